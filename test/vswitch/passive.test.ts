import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  arp,
  BROADCAST,
  ETHERTYPE,
  ethernet,
  ipv4,
  PROTO,
  udp,
  zeros,
} from '../../captures/support/frames.ts'
import type { FindingRecord } from '../../src/records.ts'
import type { Interface } from './lab/namespace.ts'
import { flood, ping, send, settled, udpFlows } from './lab/traffic.ts'
import { useLab } from './lab/use-lab.ts'
import { Wire } from './lab/wire.ts'
import { sensorOf, statusOf } from './support/sensor.ts'
import { sumOf, type Watched, Watching } from './support/watching.ts'

const FLAGS = ['--status', '1']
const HERE = '10.9.9.1'
const THERE = '10.9.9.2'

const used = useLab('wire')

const sent = (by: Interface): number => by.counters().tx.packets
const transmits = ({ findings }: Watched): FindingRecord | undefined =>
  findings.find(({ kind }) => kind === 'mirror-transmits')
/** What was sent, by name, of a finding: `ARP (3)`. */
const names = (finding: FindingRecord | undefined): Map<string, number> =>
  new Map(
    ((finding?.subject.what ?? []) as string[]).map(text => {
      const [, name, count] = /^(.*) \((\d+)\)$/.exec(text)!
      return [name, Number(count)]
    }),
  )

/** Every frame the sensor sent was told, and none of them is among those that came. */
function expectTold(watched: Watched, count: number): void {
  const [counts] = watched.summary.interfaces!
  expect(counts.outgoing).toBe(count)
  expect(sumOf(watched.summary)).toBe(watched.summary.frames.received)
  expect(watched.findings.filter(({ kind }) => kind === 'mirror-unaccounted')).toEqual([])
}

describe('a mirror port', () => {
  it('is silent while it is watched, through load, a dead sensor, and an interface that goes down', async () => {
    const wire = new Wire(used.lab)
    const policy = join(import.meta.dirname, '../../captures/it-to-plc/site.yaml')
    const watching = await Watching.begin(wire.sensor, { policy, flags: FLAGS, withFlows: true })
    await flood(wire.sender, { frames: udpFlows(100), count: 200_000 })
    process.kill(await sensorOf(watching), 'SIGKILL')
    await watching.record('gap', ({ cause, end }) => cause === 'sensor-died' && end !== undefined)
    wire.sensor.set('down')
    await watching.record('gap', ({ cause }) => cause === 'interface-down')
    wire.sensor.set('up')
    await watching.record('gap', ({ cause, end }) => cause === 'interface-down' && end !== undefined)
    // whoever is asked who they are says nothing
    const request = arp('request', { mac: wire.sender.mac, ip: THERE }, { mac: wire.sensor.mac, ip: HERE })
    await send(wire.sender, [ethernet(BROADCAST, wire.sender.mac, ETHERTYPE.arp, request), ...udpFlows(50)])
    await settled(wire.sensor)
    const watched = await watching.stop()
    expect(sent(wire.sensor)).toBe(0)
    expectTold(watched, 0)
    expect(transmits(watched)).toBeUndefined()
    expect(watched.summary.frames.decoded).toBe(200_051)
  })

  it('is told to have sent what IPv6 sends by itself where it was left on', async () => {
    const wire = new Wire(used.lab, { sensor: { ipv6: true } })
    wire.sensor.set('down')
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS, withFlows: true })
    const filter = 'icmp6 and ip6[40] == 133'
    const other = wire.sender.namespace.start(['tcpdump', '-n', '-l', '-i', wire.sender.name, filter])
    await other.says(/listening on/)
    wire.sensor.set('up')
    const finding = await watching.record('finding', ({ kind }) => kind === 'mirror-transmits')
    expect(finding.message).toMatch(/net\.ipv6\.conf\.eth0\.disable_ipv6=1/)
    // solicitations begin when the address is there
    await other.says(/router solicitation/, 30_000)
    await watching.record('status', ({ interfaces }) => interfaces[0].outgoing === sent(wire.sensor))
    const watched = await watching.stop()
    const { outgoing } = watched.summary.interfaces![0]
    const told = names(transmits(watched))
    expect(told.has('IPv6 router solicitation')).toBe(true)
    expect(told.has('MLD report')).toBe(true)
    expect([...told.values()].reduce((sum, n) => sum + n)).toBe(outgoing)
    expect(transmits(watched)!.count).toBe(outgoing)
    expectTold(watched, outgoing)
    expect(watched.summary.frames.received).toBe(0)
  })

  it('is told to have sent what a process sends out of it', async () => {
    const wire = new Wire(used.lab)
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS, withFlows: true })
    wire.sensor.addAddress(`${HERE}/24`)
    const before = sent(wire.sensor)
    await flood(wire.sender, { frames: udpFlows(10), count: 1000 })
    expect(await ping(wire.sensor, THERE)).toBe(0)
    const finding = await watching.record('finding', ({ kind }) => kind === 'mirror-transmits')
    expect(finding).toMatchObject({ severity: 'medium', subject: { interface: 'eth0' } })
    expect(finding.message).toMatch(/ARP.*ip address flush dev eth0/)
    const watched = await watching.stop()
    const count = sent(wire.sensor) - before
    expect(count).toBeGreaterThan(0)
    expectTold(watched, count)
    expect(transmits(watched)!.count).toBe(count)
    expect(names(transmits(watched))).toEqual(new Map([['ARP', count]]))
    expect(watched.summary.frames).toMatchObject({ received: 1000, decoded: 1000 })
  })
})

describe('a sensor a mirror is sent to by address', () => {
  async function terminated(): Promise<{ wire: Wire; watching: Watching }> {
    const wire = new Wire(used.lab)
    wire.sensor.addAddress(`${HERE}/24`)
    wire.sender.addAddress(`${THERE}/24`)
    const watching = await Watching.begin(wire.sensor, { flags: [...FLAGS, '--mode', 'terminated'] })
    return { wire, watching }
  }

  it('may answer who asks for its address', async () => {
    const { wire, watching } = await terminated()
    const before = sent(wire.sensor)
    const ends = [
      { mac: wire.sender.mac, ip: THERE },
      { mac: wire.sensor.mac, ip: HERE },
    ] as const
    await send(wire.sender, [ethernet(BROADCAST, wire.sender.mac, ETHERTYPE.arp, arp('request', ...ends))])
    await expect.poll(() => sent(wire.sensor) - before, { timeout: 10_000 }).toBe(1)
    await watching.record('status', ({ interfaces }) => interfaces[0].outgoing === 1)
    const watched = await watching.stop()
    expectTold(watched, 1)
    expect(transmits(watched)).toBeUndefined()
    expect(watched.summary.interfaces![0].mode).toBe('terminated')
  })

  it('is told to have sent anything else, as Linux does by itself', async () => {
    const { wire, watching } = await terminated()
    const [src, dst] = [THERE, HERE]
    const datagram = ipv4({ src, dst, proto: PROTO.udp }, udp({ src, dst }, 40_000, 4789, zeros(30)))
    await send(wire.sender, [ethernet(wire.sensor.mac, wire.sender.mac, ETHERTYPE.ipv4, datagram)])
    const finding = await watching.record('finding', ({ kind }) => kind === 'mirror-transmits')
    expect(names(finding)).toEqual(new Map([['ICMP unreachable', 1]]))
    expect(finding.message).toMatch(/doctor -i eth0 --mode terminated/)
    await watching.stop()
  })
})

describe('the process that looks at bytes from the network', () => {
  it('holds no capability, is not root, and cannot open an interface', async () => {
    const wire = new Wire(used.lab)
    const watching = await Watching.begin(wire.sensor)
    const pid = await sensorOf(watching)
    for (const set of ['CapEff', 'CapPrm', 'CapInh', 'CapAmb']) expect(statusOf(pid, set)).toMatch(/^0+$/)
    expect(statusOf(pid, 'NoNewPrivs')).toBe('1')
    const ids = ['Uid', 'Gid'].map(key => statusOf(pid, key).split(/\s+/).map(Number))
    for (const numbers of ids) {
      expect(new Set(numbers).size).toBe(1)
      expect(numbers[0]).toBeGreaterThan(0)
    }
    const tried = [process.execPath, join(import.meta.dirname, 'guest/raw-socket.ts')]
    const [uid, gid] = ids.map(([id]) => String(id))
    const { namespace } = wire.sensor
    const asSensor = ['setpriv', '--reuid', uid, '--regid', gid, '--clear-groups', ...tried]
    expect(namespace.run(tried)).toBe('opened\n')
    expect(namespace.run(asSensor)).toBe('EPERM\n')
    await watching.stop()
  })
})
