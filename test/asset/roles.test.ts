import { describe, expect, it } from 'vitest'
import { Assets } from '../../src/asset/assets.ts'
import { deedsOf, guessRole } from '../../src/asset/roles.ts'
import { type FlowSays, flow } from '../support/records.ts'

/** A machine's deeds: "offers modbus read" or "uses s7comm program". */
const deeds = (...texts: string[]): string[] =>
  texts.flatMap(text => {
    const [sign, protocol, ...actions] = text.split(' ')
    const mark = sign === 'offers' ? '<' : '>'
    return [`${mark}${protocol}`, ...actions.map(action => `${mark}${protocol}:${action}`)]
  })

describe('what a machine is for', () => {
  it.each<[string, string[], ...string[]]>([
    ['plc', ['offers modbus'], 'offers modbus read write'],
    ['plc', ['offers s7comm'], 'offers s7comm read program', 'uses s7comm read write'],
    ['plc', ['offers s7comm'], 'offers s7comm', 'offers opcua read', 'uses profinet report'],
    ['plc', ['sends ethercat'], 'uses ethercat write'],
    ['safety-controller', ['offers tristation'], 'offers tristation', 'offers modbus'],
    ['rtu', ['offers dnp3'], 'offers dnp3 read control'],
    ['ied', ['offers mms'], 'offers mms read', 'uses goose report'],
    ['ied', ['sends goose'], 'uses goose report'],
    ['pmu', ['offers synchrophasor'], 'offers synchrophasor report'],
    ['pdc', ['uses synchrophasor'], 'uses synchrophasor read report'],
    ['pdc', ['offers synchrophasor', 'uses synchrophasor'], 'offers synchrophasor', 'uses synchrophasor'],
    ['plc', ['sent profinet write', 'sent profinet session'], 'uses profinet write session'],
    ['hmi', ['sent profinet read'], 'uses profinet read'],
    ['building-controller', ['offers bacnet'], 'offers bacnet read'],
    ['field-device', ['offers hart-ip'], 'offers hart-ip read'],
    ['gateway', ['offers iec104', 'uses modbus'], 'offers iec104 read', 'uses modbus read'],
    ['gateway', ['offers opcua', 'uses s7comm'], 'offers opcua read', 'uses s7comm read write'],
    ['gateway', ['offers modbus', 'uses hart-ip'], 'offers modbus', 'uses hart-ip read'],
    ['engineering-station', ['sent s7comm program'], 'uses s7comm read write program session'],
    [
      'engineering-station',
      ['sent s7comm program', 'sent enip upload'],
      'uses enip upload',
      'uses s7comm program',
    ],
    ['engineering-station', ['sent s7comm control'], 'uses s7comm read control'],
    ['hmi', ['sent mms control'], 'uses mms control'],
    ['hmi', ['receives opcua report'], 'uses opcua session report'],
    ['hmi', ['sent modbus write', 'sent modbus read'], 'uses modbus read write'],
    ['hmi', ['sent modbus read'], 'uses modbus read'],
    ['hmi', ['uses fox'], 'uses fox'],
    ['scada-server', ['sent dnp3 control', 'sent dnp3 read'], 'uses dnp3 read control'],
    ['historian', ['sent opcua read', 'uses mssql'], 'uses opcua read', 'uses mssql'],
    ['historian', ['sent modbus read', 'offers influxdb'], 'uses modbus read', 'offers influxdb'],
    ['hmi', ['sent modbus write', 'sent modbus read'], 'uses modbus read write', 'offers mssql'],
    ['domain-controller', ['offers kerberos', 'offers ldap'], 'offers ldap', 'offers kerberos', 'offers ntp'],
    ['database-server', ['offers postgres'], 'offers postgres'],
    ['hypervisor', ['offers esxi-mgmt'], 'offers esxi-mgmt'],
    ['mqtt-broker', ['offers mqtt'], 'offers mqtt report'],
  ])('%s: %j', (role, how, ...does) => {
    expect(guessRole(deeds(...does), [])).toEqual({ role, how })
    expect(guessRole(deeds(...does).reverse(), [])).toEqual({ role, how })
  })

  it.each([
    ['uses s7comm session discover diagnose'],
    ['uses kerberos'],
    ['uses mssql'],
    ['offers ldap'],
    ['uses ntp'],
  ])('%s: nothing', does => {
    expect(guessRole(deeds(does), [])).toBeUndefined()
  })

  it('is told by bytes, not by ports, and by protocols that matter', () => {
    expect(deedsOf({ service: 'modbus', service_how: 'port' })).toEqual([])
    expect(deedsOf({ service: 'modbus' })).toEqual([])
    expect(deedsOf({ service: 'https', service_how: 'parsed' })).toEqual([])
    const actions = { 'modbus:read': 4, 'modbus:write': 1, 'other:read': 9 }
    expect(deedsOf({ service: 'modbus', service_how: 'parsed', actions })).toEqual([
      'modbus',
      'modbus:read',
      'modbus:write',
    ])
  })
})

describe('roles of assets', () => {
  const modbus = (says: FlowSays = {}) =>
    flow({
      service: 'modbus',
      service_how: 'parsed',
      resp_port: 502,
      resp_asset: undefined,
      actions: { 'modbus:read': 7, 'modbus:write': 2 },
      ...says,
    } as FlowSays)
  const rolesOf = (...flows: ReturnType<typeof flow>[]) => {
    const assets = new Assets()
    for (const f of flows) assets.observe(f)
    return Object.fromEntries(assets.records().map(a => [a.addresses[0], a.role]))
  }

  it('of the end that asks and of the one that is asked, with the reasons', () => {
    const assets = new Assets()
    assets.observe(modbus())
    expect(assets.records()).toMatchObject([
      { addresses: ['10.10.2.10'], role: 'plc', role_how: ['offers modbus'] },
      { addresses: ['10.20.0.15'], role: 'hmi', role_how: ['sent modbus write', 'sent modbus read'] },
    ])
  })

  it('grow with what is seen', () => {
    const program = modbus({ service: 's7comm', resp_port: 102, actions: { 's7comm:program': 1 } })
    expect(rolesOf(modbus(), program)).toEqual({ '10.10.2.10': 'plc', '10.20.0.15': 'engineering-station' })
    expect(rolesOf(program, modbus())).toEqual(rolesOf(modbus(), program))
  })

  it('need an answer, unless it was sent to a group', () => {
    expect(rolesOf(modbus({ attempt: 'unanswered', resp_packets: 0 }))).toEqual({ '10.20.0.15': undefined })
    expect(rolesOf(modbus({ service_how: 'port' }))).toEqual({
      '10.20.0.15': undefined,
      '10.10.2.10': undefined,
    })
    const goose = modbus({
      service: 'goose',
      actions: { 'goose:report': 900 },
      respIsGroup: true,
      resp_packets: 0,
      attempt: 'none',
    })
    expect(rolesOf(goose)).toEqual({ '10.20.0.15': 'ied' })
  })
})

describe('what machines announce', () => {
  it('stands with its protocol, at the address or the MAC, each once', () => {
    const assets = new Assets()
    assets.observe(flow({ origBound: '00:00:0c:00:00:01' }))
    assets.heard('10.10.2.10', 'name', 'panel-3', 'enip')
    assets.heard('10.10.2.10', 'vendor', 'Rockwell Automation', 'enip')
    assets.heard('10.10.2.10', 'name', 'panel-3', 'enip')
    assets.heard('00:00:0c:00:00:01', 'product', 'Panel \u001b[31mX', 'lldp')
    assets.heard('10.10.2.10', 'serial', '   ', 'enip')
    assets.heard('10.99.9.9', 'name', 'nobody', 'enip')
    const [hmi, office] = assets.records()
    expect(hmi.identity).toEqual([
      { what: 'vendor', text: 'Rockwell Automation', how: 'enip' },
      { what: 'name', text: 'panel-3', how: 'enip' },
    ])
    expect(hmi.names).toEqual(['panel-3'])
    expect(office.identity).toEqual([{ what: 'product', text: 'Panel \u{fffd}[31mX', how: 'lldp' }])
    expect(office.names).toEqual([])
  })

  it('is a role where no deed speaks for another', () => {
    const assets = new Assets()
    assets.observe(flow({ service: 'modbus', service_how: 'parsed', resp_asset: undefined }))
    for (const address of ['10.10.2.10', '10.20.0.15'])
      assets.heard(address, 'role', 'bridge, router', 'lldp')
    assets.observe(flow({ orig_addr: '10.20.0.16', resp_packets: 0 }))
    assets.heard('10.20.0.16', 'role', 'Station', 'fox')
    assets.heard('10.20.0.17', 'role', 'Workbench', 'lldp')
    expect(assets.records().map(a => [a.role, a.role_how])).toEqual([
      ['plc', ['offers modbus']],
      ['hmi', ['uses modbus']],
      [undefined, undefined],
    ])
    assets.heard('10.20.0.15', 'role', 'Workbench', 'fox')
    expect(assets.records()[1]).toMatchObject({
      role: 'engineering-station',
      role_how: ['announces Workbench by fox'],
    })
    const silent = new Assets()
    silent.observe(flow({ resp_packets: 0 }))
    silent.heard('10.20.0.15', 'role', 'bridge, router', 'lldp')
    expect(silent.records()[0]).toMatchObject({
      role: 'network-device',
      role_how: ['announces bridge, router by lldp'],
    })
  })

  it('is bounded, and travels with the state', () => {
    const assets = new Assets({ most: 2 })
    assets.observe(flow())
    for (let i = 0; i < 40; i++) assets.heard('10.10.2.10', 'name', `n${i}${'x'.repeat(200)}`, 'dhcp')
    assets.heard('10.20.0.15', 'role', 'Workbench', 'fox')
    assets.heard('10.20.0.16', 'role', 'too many', 'fox')
    const [hmi, office] = assets.records()
    expect(hmi.identity).toHaveLength(16)
    expect(hmi.identity?.[0].text).toHaveLength(128)
    expect(office.identity).toEqual([{ what: 'role', text: 'Workbench', how: 'fox' }])
    const state = assets.state()
    assets.heard('10.20.0.15', 'vendor', 'Tridium', 'fox')
    const other = new Assets({ most: 2 })
    other.absorb(structuredClone(state))
    expect(other.records()[1].identity).toEqual(office.identity)
  })
})
