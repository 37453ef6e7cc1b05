import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Assets } from '../../src/asset/assets.ts'
import { ASSIGNMENTS_SOURCE, loadAssignments, vendorOf } from '../../src/asset/vendor.ts'
import { flow } from '../support/records.ts'

const assetsOf = (...flows: ReturnType<typeof flow>[]) => {
  const assets = new Assets()
  for (const f of flows) assets.observe(f)
  return assets
}

describe('assets', () => {
  it('are one for each address that spoke, declared ones first, with services, VLANs and times', () => {
    const assets = assetsOf(
      flow({ context: { vlans: [900, 120] } }),
      flow({ at: 100, service: 'https', resp_port: 443, context: { vlans: [20] } }),
    )
    const [hmi, office] = assets.records()
    expect(hmi).toEqual({
      type: 'asset',
      asset: 'hmi-1',
      addresses: ['10.10.2.10'],
      macs: [],
      zones: ['supervision'],
      vlans: [20, 120],
      names: [],
      services_offered: ['https', 'ssh'],
      services_used: [],
      first: '2026-10-01T08:00:00Z',
      last: '2026-10-01T08:01:42Z',
    })
    expect(Object.keys(hmi)).toEqual([
      'type',
      'asset',
      'addresses',
      'macs',
      'zones',
      'vlans',
      'names',
      'services_offered',
      'services_used',
      'first',
      'last',
    ])
    expect(office).toMatchObject({ addresses: ['10.20.0.15'], services_used: ['https', 'ssh'] })
    expect('asset' in office).toBe(false)
  })

  it('merge the addresses of a declared asset', () => {
    const two = assetsOf(flow({}), flow({ resp_addr: '10.10.2.11' })).records()
    expect(two[0]).toMatchObject({ asset: 'hmi-1', addresses: ['10.10.2.10', '10.10.2.11'] })
  })

  it('tell the same address in two zones apart', () => {
    const skids = assetsOf(
      flow({ orig_addr: '192.168.0.5', orig_zone: 'skid-1' }),
      flow({ orig_addr: '192.168.0.5', orig_zone: 'skid-2' }),
    ).records()
    expect(skids.filter(a => a.addresses[0] === '192.168.0.5').map(a => a.zones)).toEqual([
      ['skid-1'],
      ['skid-2'],
    ])
  })

  it('are not those who were only asked for, nor groups', () => {
    const silent = flow({ resp_packets: 0, attempt: 'unanswered' })
    const group = flow({ respIsGroup: true, resp_addr: '224.0.1.129', attempt: 'none' })
    expect(
      assetsOf(silent, group)
        .records()
        .map(a => a.addresses),
    ).toEqual([['10.20.0.15']])
    expect(assetsOf(silent).records()[0].services_used).toEqual([])
  })

  it('have the MACs that were bound to them, not a router on the way', () => {
    const assets = assetsOf(flow({ context: { vlans: [20] }, origBound: '00:00:0c:00:00:01' }))
    assets.bind('10.10.2.10', '00:80:f4:00:00:02', 20)
    assets.bind('10.10.2.10', '00:80:f4:00:00:03', 77)
    const [hmi, office] = assets.records({ '00000C': 'Network maker\nStreet 1' })
    expect(hmi.macs).toEqual([{ mac: '00:80:f4:00:00:02' }])
    expect(office.macs).toEqual([{ mac: '00:00:0c:00:00:01', vendor: 'Network maker' }])
  })

  it('without an address go by their MAC', () => {
    const none = {
      orig_addr: undefined,
      resp_addr: undefined,
      proto: undefined,
      orig_port: undefined,
      resp_port: undefined,
      ip_version: undefined,
    } as const
    const [goose] = assetsOf(
      flow({ ...none, ethertype: 0x88b8, service: 'goose', respIsGroup: true, attempt: 'none' }),
    ).records()
    expect(goose).toMatchObject({ addresses: [], macs: [{ mac: '02:00:00:00:00:0f' }] })
  })

  it('do not offer a service when it was a guess who opened the conversation', () => {
    const [hmi] = assetsOf(
      flow({ service: undefined, direction: 'first', orig_port: 102, resp_port: 50_000 }),
    ).records()
    expect(hmi.services_offered).toEqual([])
  })

  it('know the names the capture gives them, made safe', () => {
    const assets = assetsOf(flow({}))
    assets.name('10.10.2.10', ['hmi-hall-3', 'x\u001b[31m'])
    expect(assets.records()[0].names).toEqual(['hmi-hall-3', 'x\u{fffd}[31m'])
  })

  it('are bounded, and what is left out is counted', () => {
    const assets = new Assets({ most: 5 })
    for (let i = 0; i < 20; i++)
      assets.observe(flow({ orig_addr: `10.20.0.${i}`, resp_packets: 0, attempt: 'unanswered' }))
    expect(assets.size).toBe(5)
    expect(assets.overflow).toBe(15)
  })
})

describe('vendors', () => {
  const assignments = {
    '0080F4': 'Maker A\nRoad',
    '70B3D5': 'IEEE Registration Authority\nPiscataway',
    '70B3D5123': 'Maker B',
    '8C1F64A': 'Maker C',
  }
  it.each([
    ['00:80:f4:0a:0b:0c', 'Maker A'],
    ['70:b3:d5:12:34:56', 'Maker B'],
    ['70:b3:d5:ff:ff:ff', undefined],
    ['8c:1f:64:a1:00:00', 'Maker C'],
    ['02:80:f4:0a:0b:0c', undefined],
    ['01:80:f4:0a:0b:0c', undefined],
    ['aa', undefined],
  ])('%s is of %s', (mac, vendor) => expect(vendorOf(mac, assignments)).toBe(vendor))

  it('load where the list is installed, and are unknown where it is not', async () => {
    const loaded = await loadAssignments()
    const known = vendorOf('00:0e:8c:01:02:03', loaded)
    expect(Object.keys(loaded).length > 0 ? known : 'Siemens AG').toBe('Siemens AG')
  })

  it('say where they come from, as they are installed and as the documentation has it', () => {
    const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
    const { package: name, version, date } = ASSIGNMENTS_SOURCE
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version: string }> }
    expect(lock.packages[`node_modules/${name}`].version).toBe(version)
    expect(read('docs/outputs.md').replace(/\s+/g, ' ')).toContain(`${name} ${version}, published on ${date}`)
  })
})
