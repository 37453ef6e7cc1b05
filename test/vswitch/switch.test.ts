import { beforeEach, describe, expect, it } from 'vitest'
import { Conversation, scan } from './lab/conversation.ts'
import { type Mirror, mirrorToPort } from './lab/mirror.ts'
import { type Guest, OpenvSwitch } from './lab/openvswitch.ts'
import { Recording } from './lab/recording.ts'
import { flood, ping, send, settled, udpFlows } from './lab/traffic.ts'
import { useLab } from './lab/use-lab.ts'

const HMI = '10.10.2.10'
const PLC = '10.10.1.11'

let network: OpenvSwitch
let hmi: Guest
let plc: Guest
let mirror: Mirror

const used = useLab('switch')
used.prepare(lab => {
  network = new OpenvSwitch(lab)
  hmi = network.guest('hmi', { address: `${HMI}/16`, vlan: 110 })
  plc = network.guest('plc', { address: `${PLC}/16`, vlan: 110 })
  mirror = mirrorToPort(network)
})

/** EtherType and VLAN of a frame with one tag; EtherType alone of one without. */
const tagOf = (frame: Buffer): string =>
  frame.readUInt16BE(12) === 0x8100
    ? `vlan ${frame.readUInt16BE(14) & 0xfff} ${frame.toString('hex', 16, 18)}`
    : frame.toString('hex', 12, 14)

/** Frames the mirror port has sent while something was done; the sensor has received the same. */
async function mirrored(work: () => Promise<unknown>): Promise<number> {
  const [sent, got] = [mirror.output.counters().tx.packets, mirror.sensor.counters().rx.packets]
  await work()
  await settled(mirror.sensor)
  const received = mirror.sensor.counters().rx.packets - got
  expect(mirror.output.counters().tx.packets - sent).toBe(received)
  return received
}

describe('a mirror port', () => {
  beforeEach(() => {
    // both know each other, so that no ARP is among the frames that are counted
    hmi.namespace.ip('neigh', 'replace', PLC, 'lladdr', plc.inside.mac, 'dev', 'eth0', 'nud', 'permanent')
    plc.namespace.ip('neigh', 'replace', HMI, 'lladdr', hmi.inside.mac, 'dev', 'eth0', 'nud', 'permanent')
  })

  it('gets both directions, with the tag of the access ports', async () => {
    const recording = await Recording.begin(mirror.sensor)
    expect(await mirrored(async () => expect(await ping(hmi.inside, PLC, 5)).toBe(5))).toBe(10)
    const frames = await recording.end()
    expect(frames.map(tagOf)).toEqual(Array(10).fill('vlan 110 0800'))
    // the destination, then the type: echo request and reply
    const to = (...bytes: number[]) => frames.filter(frame => frame.includes(Buffer.from(bytes))).length
    expect([to(10, 10, 1, 11, 8), to(10, 10, 2, 10, 0)]).toEqual([5, 5])
  })

  it('gets a conversation over TCP from its handshake to its end', async () => {
    const recording = await Recording.begin(mirror.sensor, 'vlan and tcp port 502')
    const ends = {
      address: PLC,
      port: 502,
      request: Buffer.from('a request'),
      answer: Buffer.from('an answer'),
    }
    const conversation = await Conversation.open(hmi.namespace, plc.namespace, ends)
    await conversation.exchange(3)
    await conversation.exchange(2)
    await conversation.close()
    const frames = await recording.end()
    const flags = frames.map(frame => frame[14 + 4 + 20 + 13])
    expect(flags.filter(bits => bits & 2)).toEqual([0x02, 0x12])
    expect(flags.filter(bits => bits & 1).length).toBe(2)
    expect(frames.filter(frame => frame.includes('a request')).length).toBe(5)
    expect(frames.filter(frame => frame.includes('an answer')).length).toBe(5)
  })

  it('gets a conversation that ends with a reset', async () => {
    const recording = await Recording.begin(mirror.sensor, 'vlan and tcp[13] & 4 != 0')
    const conversation = await Conversation.open(hmi.namespace, plc.namespace, { address: PLC, port: 503 })
    await conversation.exchange()
    await conversation.close('rst')
    expect((await recording.end()).length).toBe(1)
  })

  it('gets a scan of ports', async () => {
    const server = await Conversation.open(hmi.namespace, plc.namespace, { address: PLC, port: 502 })
    const recording = await Recording.begin(mirror.sensor, 'vlan and tcp[13] = 2')
    const ports = Array.from({ length: 300 }, (_, i) => 400 + i)
    expect(await scan(hmi.namespace, PLC, ports)).toEqual({ open: 1, refused: 299, unanswered: 0 })
    const frames = await recording.end()
    expect(new Set(frames.map(frame => frame.readUInt16BE(14 + 4 + 20 + 2)))).toEqual(new Set(ports))
    await server.close()
  })

  it('gets what a guest sends evenly, to the last frame, and never more than was sent', async () => {
    const frames = udpFlows(50, { fromMac: hmi.inside.mac, toMac: plc.inside.mac })
    expect(await mirrored(() => flood(hmi.inside, { frames, count: 5000, gap: 200 }))).toBe(5000)
    expect(await mirrored(() => send(hmi.inside, frames, { rate: 2000, times: 20 }))).toBe(1000)
    const most = await mirrored(() => flood(hmi.inside, { frames, count: 50_000 }))
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(50_000)
  })

  it('is silent while the mirror is removed, and gets frames again after it is restored', async () => {
    mirror.remove()
    expect(await mirrored(() => ping(hmi.inside, PLC, 2))).toBe(0)
    mirror.restore()
    expect(await mirrored(() => ping(hmi.inside, PLC, 2))).toBe(4)
  })

  it('is mute', () => {
    expect(mirror.sensor.counters().tx.packets).toBe(0)
    expect(mirror.output.counters().rx.packets).toBe(0)
  })
})

describe('the switch', () => {
  it('keeps VLANs apart', async () => {
    network.retag(plc, 120)
    expect(await ping(hmi.inside, PLC, 1)).toBe(0)
    network.retag(plc, 110)
    expect(await ping(hmi.inside, PLC, 1)).toBe(1)
  })

  it('mirrors one direction or the beginning of frames where that is asked for', async () => {
    const half = mirrorToPort(network, { ports: { enter: [hmi] }, snapLength: 60 })
    const recording = await Recording.begin(half.sensor)
    expect(await ping(hmi.inside, PLC, 4)).toBe(4)
    const frames = await recording.end()
    expect(frames.map(frame => frame.length)).toEqual([60, 60, 60, 60])
    expect(frames.map(frame => frame.toString('hex', 6, 12))).toEqual(
      Array(4).fill(hmi.inside.mac.replaceAll(':', '')),
    )
    half.remove()
  })

  it('lets a guest with two interfaces stand between two VLANs', async () => {
    const office = network.guest('office', { address: '10.20.0.5/24', vlan: 200 })
    const bridge = network.guest('bridge', { address: '10.10.9.9/16', vlan: 110 })
    network.plug(bridge.namespace, { name: 'eth1', address: '10.20.0.1/24', vlan: 200 })
    bridge.namespace.sysctl('net.ipv4.ip_forward', 1)
    office.namespace.ip('route', 'add', 'default', 'via', '10.20.0.1')
    hmi.namespace.ip('route', 'add', '10.20.0.0/24', 'via', '10.10.9.9')
    const recording = await Recording.begin(mirror.sensor, 'vlan and icmp')
    expect(await ping(hmi.inside, '10.20.0.5', 2)).toBe(2)
    const tags = (await recording.end()).map(tagOf)
    expect(tags.filter(tag => tag.startsWith('vlan 110')).length).toBe(4)
    expect(tags.filter(tag => tag.startsWith('vlan 200')).length).toBe(4)
  })

  it('gets checksums that were not filled in from a guest that leaves them to its interface', async () => {
    const lazy = network.guest('lazy', { address: '10.10.2.20/16', vlan: 110, offloads: true })
    const recording = await Recording.begin(mirror.sensor, 'vlan and udp')
    lazy.namespace.run(['bash', '-c', `echo hello > /dev/udp/${PLC}/9`])
    const [frame] = await recording.end()
    const checksum = frame.readUInt16BE(14 + 4 + 20 + 6)
    const sum = (from: number, to: number): number => {
      let total = 0
      for (let i = from; i < to; i += 2) total += i + 1 < to ? frame.readUInt16BE(i) : frame[i] << 8
      return total
    }
    // the pseudo header alone is summed there, which the interface was to go on with
    const pseudo = sum(18 + 12, 18 + 20) + 17 + 14
    expect(checksum).toBe((pseudo & 0xffff) + (pseudo >>> 16))
  })
})
