import { describe, expect, it } from 'vitest'
import { fitness, isUnfit, shellWord } from '../../src/live/fitness.ts'
import type { InterfaceFacts } from '../../src/live/interface-facts.ts'
import { healthy } from './interface-healthy.ts'

const on = { isOn: true, isFixed: false }
const address = { version: 4 as const, text: '10.9.9.1', prefix: 24, isLinkLocal: false }
const linkLocal = { version: 6 as const, text: 'fe80::1', prefix: 64, isLinkLocal: true }
const { counters, offloads } = healthy()

const codes = (changes: Partial<InterfaceFacts>, mode: 'mirror' | 'terminated' = 'mirror'): string[] =>
  fitness(healthy(changes), mode).map(({ code }) => code)

describe('an interface for a mirror', () => {
  it('is fit where it is mute, whole and up', () => {
    expect(fitness(healthy(), 'mirror')).toEqual([])
    expect(isUnfit([])).toBe(false)
  })

  it.each<[string, Partial<InterfaceFacts>, string, string | undefined]>([
    ['down', { isUp: false, isRunning: false }, 'down', 'ip link set dev eth1 up'],
    ['no-carrier', { isRunning: false }, 'no carrier', undefined],
    ['half-duplex', { duplex: 'half', speed: 100 }, '100 Mbit/s', 'ethtool -s eth1 autoneg on'],
    ['link-type', { linkType: undefined, hardware: 32 }, 'InfiniBand', undefined],
    ['link-type', { linkType: undefined, hardware: 999 }, 'ARPHRD 999', undefined],
    [
      'switch-port',
      { master: { name: 'br0', kind: 'bridge' } },
      'br0 (bridge)',
      'ip link set dev eth1 nomaster',
    ],
    ['member', { master: { name: 'bond0', kind: 'bond' } }, 'bond0', 'ip link set dev eth1 nomaster'],
    [
      'uppers',
      { uppers: ['eth1.110', 'eth1.120'] },
      'eth1.110, eth1.120 stand',
      'ip link set dev eth1.110 down && ip link set dev eth1.120 down',
    ],
    ['vlan-device', { kind: 'vlan' }, 'tag is lost', undefined],
    ['address', { addresses: [address] }, '10.9.9.1/24', 'ip addr flush dev eth1'],
    [
      'arp',
      { answersFor: [{ address: '10.77.0.1', interface: 'eth0' }] },
      '10.77.0.1 of eth0',
      'ip link set dev eth1 arp off',
    ],
    ['ipv6', { ipv6: 'on' }, 'router solicitations', 'sysctl -w net.ipv6.conf.eth1.disable_ipv6=1'],
    [
      'joined',
      { offloads: { ...offloads, gro: on, lro: on } },
      'GRO, LRO are on',
      'ethtool -K eth1 gro off lro off',
    ],
    [
      'joined-fixed',
      { offloads: { ...offloads, groHw: { isOn: true, isFixed: true } } },
      'hypervisor',
      undefined,
    ],
    ['rx-fcs', { offloads: { ...offloads, rxFcs: on } }, 'four bytes longer', 'ethtool -K eth1 rx-fcs off'],
    ['rx-all', { offloads: { ...offloads, rxAll: on } }, 'damaged', 'ethtool -K eth1 rx-all off'],
    ['xdp', { hasXdp: true }, 'XDP', 'ip link set dev eth1 xdp off'],
    ['mtu', { mtu: 1400 }, 'is 1400', 'ip link set dev eth1 mtu 9000'],
    ['mtu', { mtu: 1400, maxMtu: 1400 }, 'is 1400', undefined],
  ])('%s should be fixed', (code, changes, words, remedy) => {
    const notes = fitness(healthy(changes), 'mirror')
    expect(notes.map(note => note.code)).toEqual([code])
    expect(notes[0].message).toContain(words)
    expect(notes[0].remedy).toBe(remedy)
    expect(isUnfit(notes)).toBe(true)
  })

  it.each<[string, Partial<InterfaceFacts>]>([
    ['adapter-ring', { adapterRing: { now: 512, most: 4096 } }],
    ['has-sent', { counters: { ...counters, txPackets: 7 } }],
    ['missed', { counters: { ...counters, rxMissed: 2, rxFifo: 1 } }],
    ['damaged', { counters: { ...counters, rxErrors: 1 } }],
  ])('%s is told and makes it no less fit', (code, changes) => {
    const notes = fitness(healthy(changes), 'mirror')
    expect([notes.map(note => note.code), isUnfit(notes)]).toEqual([[code], false])
  })

  it('may have tags taken out by the adapter: they are put back', () => {
    expect(healthy().offloads.rxVlan?.isOn).toBe(true)
    expect(codes({})).toEqual([])
  })

  it('has a link-local address because IPv6 is on, which is told once', () => {
    expect(codes({ ipv6: 'on', addresses: [linkLocal] })).toEqual(['ipv6'])
  })

  it('is never the loopback interface', () => {
    expect(codes({ isLoopback: true, addresses: [address], ipv6: 'on' })).toEqual(['loopback'])
  })

  it('tells the gravest first', () => {
    const severities = fitness(
      healthy({
        isUp: false,
        isRunning: false,
        ipv6: 'on',
        offloads: { ...offloads, rxFcs: on },
        counters: { ...counters, txPackets: 1 },
      }),
      'mirror',
    ).map(({ severity }) => severity)
    expect(severities).toEqual(['high', 'medium', 'low', 'info'])
  })

  it('gets no remedy that would cut the machine off its network', () => {
    const notes = fitness(
      healthy({
        hasDefaultRoute: true,
        addresses: [address],
        ipv6: 'on',
        mtu: 1400,
        offloads: { ...offloads, gro: on },
      }),
      'mirror',
    )
    expect(notes.map(({ code, remedy }) => [code, remedy])).toEqual([
      ['default-route', undefined],
      ['address', undefined],
      ['ipv6', undefined],
      ['joined', 'ethtool -K eth1 gro off'],
      ['mtu', undefined],
    ])
  })
})

describe('the end of a wrapped mirror', () => {
  it('needs an address, and room for what is wrapped', () => {
    expect(codes({ mtu: 9000 }, 'terminated')).toEqual(['no-address'])
    expect(codes({ mtu: 9000, addresses: [linkLocal] }, 'terminated')).toEqual(['no-address'])
    expect(codes({ mtu: 9000, addresses: [address] }, 'terminated')).toEqual([])
    expect(codes({ addresses: [address] }, 'terminated')).toEqual(['mtu'])
  })

  it('needs IPv6 only where the mirror comes by it', () => {
    const six = { version: 6 as const, text: 'fd00::1', prefix: 64, isLinkLocal: false }
    const severity = (addresses: InterfaceFacts['addresses']): string[] =>
      fitness(healthy({ mtu: 9000, addresses, ipv6: 'on' }), 'terminated').map(note => note.severity)
    expect(severity([address])).toEqual(['low'])
    expect(severity([address, six])).toEqual(['info'])
  })

  it('may have sent frames: it answers ARP', () => {
    expect(
      codes({ mtu: 9000, addresses: [address], counters: { ...counters, txPackets: 9 } }, 'terminated'),
    ).toEqual([])
  })
})

it('writes names as a shell and sysctl take them', () => {
  expect(shellWord('eth1.110')).toBe('eth1.110')
  expect(shellWord("a b'c")).toBe(`'a b'\\''c'`)
  const [{ remedy }] = fitness(healthy({ name: 'eth1.110', ipv6: 'on' }), 'mirror')
  expect(remedy).toBe('sysctl -w net/ipv6/conf/eth1.110/disable_ipv6=1')
})
