import { expect, it } from 'vitest'
import { quietRules } from '../../src/live/quiet-rules.ts'
import { arpRequest, ethernet, gre, ipv4, udp, vxlan } from './interface-frames.ts'
import { type InterfaceLab, run, useInterfaceLab } from './interface-lab.ts'

const lab = useInterfaceLab()
const PLANT = '02:00:00:00:00:02'
const MINE = '02:00:00:00:00:01'
const bytes = (frame: number[]): Uint8Array => Uint8Array.from(frame)

interface Told {
  name: string
  heard: { tried: boolean; reason?: string }
  notes: { code: string }[]
  [key: string]: unknown
}

/** What `interfaces` says of the sensor's interfaces, without listening. */
function told({ inSensor }: InterfaceLab): Map<string, Told> {
  const { stdout } = inSensor([process.execPath, commands(), 'interfaces', '-f', 'json', '--listen', '0'])
  return new Map((JSON.parse(stdout).interfaces as Told[]).map(one => [one.name, one]))
}
const commands = (): string => new URL('../cli/interface-commands.ts', import.meta.url).pathname

it('tells what iproute2 and ethtool have set', () => {
  lab.ip('link', 'set', 'mir0', 'address', MINE, 'mtu', '1480')
  lab.ip('addr', 'add', '10.9.9.1/24', 'dev', 'mir0')
  lab.ip('link', 'add', 'br0', 'type', 'bridge')
  lab.ip('link', 'set', 'mir0', 'master', 'br0')
  lab.inSensor(['ethtool', '-K', 'mir0', 'gro', 'on'])
  lab.inSensor(['ethtool', '-K', 'mir0', 'rxvlan', 'off'])
  const mir0 = told(lab).get('mir0')!
  expect(mir0).toMatchObject({
    kind: 'veth',
    driver: 'veth',
    mac: MINE,
    mtu: 1480,
    up: true,
    running: true,
    speed_mbit: 10_000,
    duplex: 'full',
    link_type: 1,
    addresses: [{ address: '10.9.9.1', prefix: 24, link_local: false }],
    ipv6: 'off',
    master: { name: 'br0', kind: 'bridge' },
    default_route: false,
    offloads: { gro: { on: true, fixed: false }, rx_vlan: { on: false }, lro: { fixed: true } },
  })
  expect(mir0.notes.map(({ code }) => code)).toEqual(['switch-port', 'address', 'joined', 'mtu'])
})

it('shows only this network namespace, whatever sysfs shows', () => {
  const script = `ip netns exec ${lab.sensor} true && exec nsenter --net=/run/netns/${lab.sensor} "$0" "$@"`
  const words = [
    'sh',
    '-c',
    script,
    process.execPath,
    commands(),
    'interfaces',
    '-f',
    'json',
    '--listen',
    '0',
  ]
  const names = JSON.parse(run(words).stdout).interfaces.map(({ name }: Told) => name)
  expect(names).toEqual(['mir0', 'lo'])
})

it('finds the addresses of an interface that is down, and its default route', () => {
  lab.ip('addr', 'add', '10.9.9.1/24', 'dev', 'mir0')
  lab.ip('route', 'add', 'default', 'via', '10.9.9.2')
  expect(told(lab).get('mir0')).toMatchObject({ default_route: true })
  lab.ip('link', 'set', 'mir0', 'down')
  const mir0 = told(lab).get('mir0')!
  expect(mir0).toMatchObject({ up: false, running: false, default_route: false })
  expect(mir0.addresses).toHaveLength(1)
})

it('foretells whether ARP for another interface is answered, and the remedy stops it', () => {
  lab.ip('link', 'add', 'mgmt', 'type', 'veth', 'peer', 'name', 'mgmt-peer')
  lab.ip('addr', 'add', '10.77.0.1/24', 'dev', 'mgmt')
  for (const name of ['mgmt', 'mgmt-peer']) lab.ip('link', 'set', name, 'up')
  for (const key of ['arp_ignore', 'rp_filter'])
    for (const which of ['all', 'mir0']) lab.set(`ipv4/conf/${which}/${key}`, 0)
  const request = [bytes(arpRequest(PLANT, '10.77.0.2', '10.77.0.1'))]
  const isForetold = (): boolean =>
    told(lab)
      .get('mir0')!
      .notes.some(({ code }) => code === 'arp')
  const isAnswered = (): boolean => {
    const before = lab.sent()
    lab.send(request)
    return lab.sent() > before
  }
  const both = (): boolean[] => [isForetold(), isAnswered()]
  expect(both()).toEqual([true, true])
  for (const value of [1, 2]) {
    lab.set('ipv4/conf/all/rp_filter', value)
    expect(both()).toEqual([false, false])
  }
  lab.set('ipv4/conf/all/rp_filter', 0)
  for (const [value, isThere] of [
    [1, false],
    [2, false],
    [3, true],
    [8, false],
  ] as const) {
    lab.set('ipv4/conf/mir0/arp_ignore', value)
    expect([value, ...both()]).toEqual([value, isThere, isThere])
  }
  lab.set('ipv4/conf/mir0/arp_ignore', 0)
  lab.ip('link', 'set', 'dev', 'mir0', 'arp', 'off')
  expect(both()).toEqual([false, false])
})

/** A wrapped mirror that nobody expects: GRE without a tunnel interface, VXLAN without a listener. */
const unexpected = (): Uint8Array[] => {
  const inner = ethernet(
    PLANT,
    '02:00:00:00:00:03',
    0x0800,
    ipv4('10.1.0.1', '10.1.0.2', 17, udp(502, [1, 2])),
  )
  const wrap = (protocol: number, payload: number[]): Uint8Array =>
    bytes(ethernet(MINE, PLANT, 0x0800, ipv4('10.9.9.2', '10.9.9.1', protocol, payload)))
  return [wrap(47, gre(0x6558, inner)), wrap(17, udp(4789, vxlan(7, inner)))]
}

/** Kinds of frames that left while a wrapped mirror came in and its neighbour asked for the address. */
async function leaving(words: readonly string[] = []): Promise<Record<string, number>> {
  const frames = [...unexpected(), bytes(arpRequest(PLANT, '10.9.9.2', '10.9.9.1'))]
  const { stdout } = await lab.ask(
    ['doctor', '-i', 'mir0', '-f', 'json', '--listen', '1', '--mode', 'terminated', ...words],
    frames,
  )
  const { heard } = JSON.parse(stdout)
  expect(heard.tunnels.map(({ tunnel }: { tunnel: string }) => tunnel).toSorted()).toEqual([
    'GRE from 10.9.9.2 to 10.9.9.1',
    'VXLAN VNI 7 from 10.9.9.2 to 10.9.9.1',
  ])
  return heard.sent
}

const reachable = (): void => {
  lab.ip('link', 'set', 'mir0', 'address', MINE)
  lab.ip('addr', 'add', '10.9.9.1/24', 'dev', 'mir0')
  lab.ip('neigh', 'add', '10.9.9.2', 'lladdr', PLANT, 'dev', 'mir0')
}

it('without a rule ICMP unreachables leave, of both kinds', async () => {
  reachable()
  const before = lab.sent()
  lab.send(unexpected())
  expect(lab.sent() - before).toBe(2)
  const sent = await leaving()
  expect(Object.keys(sent).toSorted()).toEqual(['ARP', 'ICMP unreachable'])
})

it.each(['6.1.0', '5.4.0'])('with the rule for kernel %s only ARP leaves', async release => {
  reachable()
  const { text } = quietRules('mir0', 'terminated', release)!
  // a second time, it takes the place of itself
  for (let i = 0; i < 2; i++) lab.inSensor(['nft', '-f', '-'], text)
  expect(JSON.parse(lab.inSensor(['nft', '-j', 'list', 'tables']).stdout).nftables).toHaveLength(2)
  const before = lab.sent()
  lab.send(unexpected())
  expect(lab.sent() - before).toBe(0)
  // a neighbour is asked and answered, and nothing else
  expect(Object.keys(await leaving())).toEqual(['ARP'])
  lab.ip('neigh', 'flush', 'all')
  const ping = lab.inSensor(['ping', '-c', '1', '-W', '1', '10.9.9.2'], '', true)
  expect(ping.status).not.toBe(0)
})

it('with the rule neighbour discovery leaves, and router solicitations and listener reports do not', async () => {
  const { text } = quietRules('mir0', 'terminated', '6.1.0')!
  lab.inSensor(['nft', '-f', '-'], text.replaceAll(' accept\n', ' counter accept\n'))
  const before = lab.sent()
  lab.set('ipv6/conf/mir0/disable_ipv6', 0)
  lab.ip('addr', 'add', 'fd00::1/64', 'dev', 'mir0')
  /** packets that each rule has counted: ARP, neighbour discovery, what was held back */
  const counted = (): number[] =>
    [...lab.inSensor(['nft', '-j', 'list', 'ruleset']).stdout.matchAll(/"packets": (\d+)/g)].map(([, n]) =>
      Number(n),
    )
  await expect
    .poll(
      () =>
        counted()
          .slice(1)
          .every(n => n > 0),
      { timeout: 20_000, interval: 200 },
    )
    .toBe(true)
  // the two are not read in one moment
  await expect.poll(() => [lab.sent() - before, counted()[0]].join() === `${counted()[1]},0`).toBe(true)
})

it("on the machine's own way only ICMP errors are held back", async () => {
  reachable()
  lab.inSensor(['nft', '-f', '-'], quietRules('mir0', 'errors', '6.1.0')!.text)
  const before = lab.sent()
  lab.send(unexpected())
  expect(lab.sent() - before).toBe(0)
  lab.inSensor(['ping', '-c', '1', '-W', '1', '10.9.9.2'], '', true)
  expect(lab.sent() - before).toBe(1)
})

it('on a mirror port nothing leaves, ARP included', () => {
  reachable()
  lab.inSensor(['nft', '-f', '-'], quietRules('mir0', 'mirror', '6.1.0')!.text)
  const before = lab.sent()
  lab.send([...unexpected(), bytes(arpRequest(PLANT, '10.9.9.2', '10.9.9.1'))])
  lab.inSensor(['ping', '-c', '1', '-W', '1', '10.9.9.3'], '', true)
  expect(lab.sent() - before).toBe(0)
})
