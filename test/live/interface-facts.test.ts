import { describe, expect, it } from 'vitest'
import {
  allInterfaces,
  defaultInterfaces,
  describe as described,
  interfaceCounters,
  interfaceFacts,
} from '../../src/live/interface-facts.ts'
import { type Link, type LinkAddress, linkOf } from '../../src/live/netlink.ts'

const link = (changes: Partial<Link>): Link => ({
  name: 'eth1',
  index: 3,
  hardware: 1,
  flags: 0x1043,
  mac: Uint8Array.of(2, 0, 0, 0, 0, 0xab),
  mtu: 1500,
  maxMtu: 9000,
  promiscuity: 0,
  kind: '',
  master: 0,
  lower: 0,
  hasXdp: false,
  counters: linkOf(new DataView(new ArrayBuffer(16))).counters,
  ...changes,
})
const four = (index: number, bytes: number[], scope = 0): LinkAddress => ({
  index,
  version: 4,
  bytes: Uint8Array.from(bytes),
  prefix: 24,
  scope,
})
const quiet = { disableIpv6: 1, arpIgnore: 0, rpFilter: 0 }
const eth1 = link({})
const eth0 = link({ name: 'eth0', index: 2 })
const management = four(2, [10, 77, 0, 1])

describe('what follows from the lists of the kernel', () => {
  it('names addresses, and what an interface stands on or belongs to', () => {
    const bridge = link({ name: 'br0', index: 9, kind: 'bridge' })
    const port = link({ master: 9 })
    const upper = link({ name: 'eth1.110', index: 4, kind: 'vlan', lower: 3 })
    const pair = link({ name: 'v1', index: 5, kind: 'veth', lower: 3 })
    const six: LinkAddress = {
      index: 3,
      version: 6,
      bytes: Uint8Array.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]),
      prefix: 64,
      scope: 253,
    }
    const all = [port, bridge, upper, pair]
    expect(described(port, all, [four(3, [10, 9, 9, 1]), management, six], quiet)).toMatchObject({
      mac: '02:00:00:00:00:ab',
      isUp: true,
      isRunning: true,
      master: { name: 'br0', kind: 'bridge' },
      uppers: ['eth1.110'],
      addresses: [
        { version: 4, text: '10.9.9.1', prefix: 24, isLinkLocal: false },
        { version: 6, text: 'fe80::9', prefix: 64, isLinkLocal: true },
      ],
    })
  })

  it.each([
    [Number.NaN, 'absent'],
    [0, 'on'],
    [1, 'off'],
  ])('disable_ipv6 %s is IPv6 %s', (disableIpv6, ipv6) => {
    expect(described(eth1, [eth1], [], { ...quiet, disableIpv6 }).ipv6).toBe(ipv6)
  })

  it.each([
    ['nothing in the way', eth1, quiet, [management], ['10.77.0.1']],
    ['arp_ignore 1', eth1, { ...quiet, arpIgnore: 1 }, [management], []],
    ['arp_ignore 3', eth1, { ...quiet, arpIgnore: 3 }, [management], ['10.77.0.1']],
    ['rp_filter 2', eth1, { ...quiet, rpFilter: 2 }, [management], []],
    ['ARP off', link({ flags: 0x10c3 }), quiet, [management], []],
    ['an address of its own', eth1, quiet, [management, four(3, [10, 9, 9, 1])], []],
    ['no address elsewhere', eth1, quiet, [], []],
    ['an address for this machine alone', eth1, quiet, [four(2, [127, 0, 0, 1], 254)], []],
  ])('answers ARP for other interfaces: %s', (_name, one, settings, addresses, expected) => {
    const { answersFor } = described(one, [one, eth0], addresses, settings)
    expect(answersFor).toEqual(expected.map(address => ({ address, interface: 'eth0' })))
  })
})

describe('default routes', () => {
  const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n'
  const NONE = '0'.repeat(32)
  const six = (destination: string, prefix: string, flags: string, name: string): string =>
    `${destination} ${prefix} ${NONE} 00 fe80${'0'.repeat(27)}1 00000400 00000001 00000000 ${flags}     ${name}\n`

  it('are those to everywhere, in both families', () => {
    const text = `${HEAD}eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\neth2\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n`
    expect([...defaultInterfaces(text, six(NONE, '00', '00000003', 'eth3'))]).toEqual(['eth0', 'eth3'])
  })

  it('are not those that refuse, nor half of everything', () => {
    const text = `${HEAD}eth0\t00000000\t00000000\t0203\t0\t0\t0\t00000000\t0\t0\t0\neth1\t00000000\t010200C0\t0003\t0\t0\t0\t00000080\t0\t0\t0\n`
    const others = six(NONE, '00', '00200200', 'lo') + six(NONE, '01', '00000003', 'eth1')
    expect([...defaultInterfaces(text, others)]).toEqual([])
    expect([...defaultInterfaces('', '')]).toEqual([])
  })
})

describe('an answer of the kernel', () => {
  it('may be cut anywhere, and is read as far as it goes', () => {
    const body = new Uint8Array(64)
    const view = new DataView(body.buffer)
    view.setInt32(4, 7, true)
    view.setUint16(16, 8, true)
    view.setUint16(18, 4, true)
    view.setUint32(20, 9000, true)
    // an attribute that says it is longer than what is there
    view.setUint16(24, 900, true)
    view.setUint16(26, 3, true)
    for (let length = 16; length <= 64; length++) {
      const { index, mtu, name } = linkOf(new DataView(body.buffer, 0, length))
      expect([index, mtu, name]).toEqual([7, length < 24 ? 0 : 9000, ''])
    }
  })
})

describe.skipIf(process.platform !== 'linux')('this machine (Linux)', () => {
  it('has a loopback interface', () => {
    const lo = interfaceFacts('lo')!
    expect(lo).toMatchObject({ name: 'lo', isLoopback: true, mac: undefined, linkType: 1, kind: '' })
    expect(allInterfaces().map(({ name }) => name)).toContain('lo')
    expect(interfaceCounters('lo')!.rxPackets).toBeGreaterThanOrEqual(lo.counters.rxPackets)
  })

  it('has none of a name nobody gave, of no name and of one too long', () => {
    for (const name of ['nobody-0', '', 'x'.repeat(40)]) {
      expect(interfaceFacts(name)).toBeUndefined()
      expect(interfaceCounters(name)).toBeUndefined()
    }
  })
})
