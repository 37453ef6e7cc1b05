import { describe, expect, it } from 'vitest'
import { type Mirror, mirrorToAddress, type Wrapping } from './lab/mirror.ts'
import { type Guest, OpenvSwitch } from './lab/openvswitch.ts'
import { Recording } from './lab/recording.ts'
import { ping } from './lab/traffic.ts'
import { useLab } from './lab/use-lab.ts'

const PLC = '10.10.1.11'
const SESSION = 0x2a5

/** What stands between the IPv4 header of a wrapper and the mirrored frame, as hex digits; x = whatever. */
const wrappers: Record<Wrapping['in'], { proto: number; header: string }> = {
  // key present; Transparent Ethernet Bridging; key (RFC 2890)
  gre: { proto: 47, header: '2000 6558 000002a5' },
  // sequence number; ERSPAN type II: version 1, session, index (draft-foschiano-erspan 4.2)
  erspan1: { proto: 47, header: '1000 88be xxxxxxxx 1xxx x2a5 000xxxx7' },
  // ERSPAN type III: version 2, session, time stamp, hardware id (4.3)
  erspan2: { proto: 47, header: '1000 22eb xxxxxxxx 2xxx x2a5 xxxxxxxx xxxx xxxx' },
  // UDP to 4789; VNI (RFC 7348)
  vxlan: { proto: 17, header: 'xxxx 12b5 xxxx xxxx 08000000 0002a500' },
  // UDP to 6081; no options; VNI (RFC 8926)
  geneve: { proto: 17, header: 'xxxx 17c1 xxxx xxxx 0000 6558 0002a500' },
}

let network: OpenvSwitch
let hmi: Guest
let plc: Guest

const used = useLab('switch')
used.prepare(lab => {
  network = new OpenvSwitch(lab)
  hmi = network.guest('hmi', { address: '10.10.2.10/16', vlan: 110 })
  plc = network.guest('plc', { address: `${PLC}/16`, vlan: 110 })
})

describe.each(Object.entries(wrappers))('a mirror sent in %s', (kind, { proto, header }) => {
  let mirror: Mirror
  used.prepare(() => {
    mirror = mirrorToAddress(network, { in: kind as Wrapping['in'], session: SESSION })
  })

  it('brings each frame to the sensor, with its tag, in the wrapper', async () => {
    const recording = await Recording.begin(mirror.sensor, `dst host ${mirror.to}`)
    // as long as a guest can send
    hmi.namespace.run(['ping', '-n', '-c', '2', '-i', '0.05', '-s', '1472', '-M', 'do', PLC])
    const frames = await recording.end()
    const shape = new RegExp(`^${header.replaceAll(' ', '').replaceAll('x', '.')}`)
    const size = header.replaceAll(' ', '').length / 2
    const inner: string[] = []
    for (const frame of frames) {
      expect(frame.readUInt16BE(12)).toBe(0x0800)
      expect(frame[14]).toBe(0x45)
      expect(frame[23]).toBe(proto)
      expect(frame.toString('hex', 34)).toMatch(shape)
      const mirrored = frame.subarray(34 + size)
      expect(mirrored.toString('hex', 12, 16)).toBe('8100006e')
      if (mirrored.readUInt16BE(16) === 0x0800) inner.push(mirrored.toString('hex', 0, 12))
      if (mirrored.readUInt16BE(16) === 0x0800) expect(mirrored.length).toBe(14 + 4 + 1500)
    }
    const [a, b] = [hmi, plc].map(guest => guest.inside.mac.replaceAll(':', ''))
    expect(inner).toEqual([b + a, a + b, b + a, a + b])
    mirror.remove()
  })

  it('sends nothing while it is removed, and all again after that', async () => {
    const sent = (): number => mirror.output.counters().tx.packets
    const before = sent()
    await ping(hmi.inside, PLC, 2)
    expect(sent()).toBe(before)
    mirror.restore()
    const recording = await Recording.begin(mirror.sensor, `dst host ${mirror.to}`)
    await ping(hmi.inside, PLC, 2)
    const frames = await recording.end()
    expect(frames.length).toBeGreaterThanOrEqual(4)
    expect(sent() - before).toBe(frames.length)
    mirror.remove()
  })
})
