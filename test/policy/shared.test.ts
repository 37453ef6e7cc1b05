import { describe, expect, it } from 'vitest'
import { arp, ETHERTYPE, ethernet } from '../../captures/support/frames.ts'
import { parseAddress, parseMac } from '../../src/net/address.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { ownMacs } from '../../src/policy/shared.ts'
import { makeModel, type PolicySketch } from '../support/policy-models.ts'
import { Scene, tagsOf } from '../support/scene.ts'
import { runShard } from '../support/shard-run.ts'

const A = '02:00:00:00:00:0a'
const B = '02:00:00:00:00:0b'
const IP = '10.0.1.11'
const SITE: PolicySketch = { zones: [{ id: 'plc', networks: ['10.0.1.0/24'] }] }

const prefixOf = (text: string, bits: number) => ({ ...parseMac(text)!, bits, text })
const macs = (...texts: string[]) =>
  texts.map(text => {
    const { high, low } = parseMac(text)!
    return { macHigh: high, macLow: low, text }
  })

/** The conflicts of ARP frames in which the MACs claim one address in turn; the second of a pair is the VLAN. */
function conflictsOf(claims: (string | [mac: string, vlan: number])[], sketch = SITE, shared: object = {}) {
  const scene = new Scene()
  claims.forEach((claim, i) => {
    const [mac, vlan] = typeof claim === 'string' ? [claim, undefined] : claim
    const self = { mac, ip: IP }
    const tags = tagsOf(vlan === undefined ? [] : [vlan])
    scene.frame(i, ethernet('ff:ff:ff:ff:ff:ff', mac, ETHERTYPE.arp, arp('request', self, self), tags))
  })
  return runShard(scene.frames, { policy: compilePolicy({ ...makeModel(sketch), ...shared }) }).conflicts
}

describe('MACs that take turns at an address', () => {
  it('are a conflict from the first return on, with the frame that shows it', () => {
    const conflicts = conflictsOf([A, A, B, B, A])
    expect(conflicts).toMatchObject([{ address: IP, zone: 'plc', evidence: { frame: 5 } }])
    expect(conflicts[0].macs.toSorted()).toEqual([A, B])
    expect(conflicts[0]).not.toHaveProperty('macZone')
    expect(conflictsOf([A, B, A, B])).toHaveLength(2)
  })

  it('are none where one machine has taken the place of another', () => {
    expect(conflictsOf([A, B])).toEqual([])
    expect(conflictsOf([A, B, B, B])).toEqual([])
    expect(conflictsOf([A, B, '02:00:00:00:00:0c'])).toEqual([])
  })

  it('are none in broadcast domains of their own', () => {
    expect(conflictsOf([A, [B, 7], A, [B, 7]])).toEqual([])
  })

  it('are none where the policy says that machines share the address or the MAC', () => {
    const words = parseAddress(IP)!.words
    const range = { version: 4, first: words, last: words, text: IP, prefix: 32 }
    expect(conflictsOf([A, B, A], SITE, { sharedAddresses: [range] })).toEqual([])
    expect(conflictsOf([A, B, A], SITE, { sharedMacs: [prefixOf(B, 48)] })).toEqual([])
  })

  it('are none where all of them are of the asset that has the address', () => {
    const asset = { id: 'plc-11', zone: 'plc', addresses: [IP], macs: [A, B] }
    expect(conflictsOf([A, B, A], { ...SITE, assets: [asset] })).toEqual([])
    const other = { ...asset, macs: [A] }
    expect(conflictsOf([A, B, A], { ...SITE, assets: [other] })).toMatchObject([{ asset: 'plc-11' }])
  })

  it('are none where a router group is at work', () => {
    expect(conflictsOf([A, '00:00:5e:00:01:07', A])).toEqual([])
  })
})

describe('MACs of their own', () => {
  const model = makeModel(SITE)

  it.each([
    ['VRRP for IPv4', '00:00:5e:00:01:ff'],
    ['VRRP for IPv6', '00:00:5e:00:02:01'],
    ['HSRP', '00:00:0c:07:ac:0a'],
    ['HSRP version 2', '00:00:0c:9f:f1:23'],
    ['HSRP for IPv6', '00:05:73:a0:0f:ff'],
    ['GLBP', '00:07:b4:00:01:02'],
  ])('are not those of %s', (_, mac) => {
    expect(ownMacs(model, macs(mac, A)).map(({ text }) => text)).toEqual([A])
  })

  it('are those beside the ranges of router groups', () => {
    const beside = [
      '00:00:5e:00:00:01',
      '00:00:5e:00:03:01',
      '00:00:0c:07:ad:00',
      '00:00:0c:9f:e0:00',
      '00:05:73:a0:10:00',
    ]
    expect(ownMacs(model, macs(...beside)).map(({ text }) => text)).toEqual(beside)
  })

  it('are not those that a declared prefix holds, whatever its length', () => {
    const under = (prefix: string, bits: number) =>
      ownMacs({ ...model, sharedMacs: [prefixOf(prefix, bits)] }, macs(A, '82:00:00:00:00:0a')).length
    expect([under(A, 48), under('02:00:00:00:00:00', 24), under('02:00:00:00:00:00', 8)]).toEqual([1, 1, 1])
    expect([under(B, 48), under('02:00:01:00:00:00', 24), under(A, 0)]).toEqual([2, 2, 0])
  })
})
