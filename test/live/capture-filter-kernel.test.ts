import { expect, it } from 'vitest'
import { ethernet, PROTO, udp, zeros } from '../../captures/support/frames.ts'
import { compileFilter } from '../../src/live/capture-filter.ts'
import { inFrame, macOf } from '../support/scene.ts'
import { hex, useRings } from './wire-rings.ts'

const captured = useRings()
const [a, b] = ['10.0.1.1', '10.0.1.2']
const datagram = (port: number): Uint8Array => udp({ src: a, dst: b }, 1000, port, zeros(10))
const plain = (vlans: number[], proto: number, payload: Uint8Array): Uint8Array =>
  inFrame(a, b, proto, payload, { vlans })
const frames = {
  udp: plain([], PROTO.udp, datagram(4711)),
  'other udp': plain([], PROTO.udp, datagram(4712)),
  igmp: plain([], PROTO.igmp, zeros(30)),
  'udp in 110': plain([110], PROTO.udp, datagram(4711)),
  'udp in 120': plain([120], PROTO.udp, datagram(4711)),
  'igmp in 110': plain([110], PROTO.igmp, zeros(30)),
  'udp in 110 in 7': plain([7, 110], PROTO.udp, datagram(4711)),
  arp: ethernet(macOf(b), macOf(a), 0x0806, zeros(28)),
  // shorter than what a filter for ports looks at
  cut: plain([], PROTO.udp, datagram(4711)).subarray(0, 30),
}

it.each([
  ['vlan 110', ['udp in 110', 'igmp in 110']],
  // the outermost tag is not in the frame when a filter looks: what says nothing of VLANs takes any
  ['udp port 4711', ['udp', 'udp in 110', 'udp in 120']],
  ['not udp', ['igmp', 'igmp in 110', 'udp in 110 in 7', 'arp']],
  ['vlan and udp', ['udp in 110', 'udp in 120']],
  ['udp port 4711 or (vlan and udp port 4711)', ['udp', 'udp in 110', 'udp in 120']],
  ['vlan 7 and vlan 110', ['udp in 110 in 7']],
  [
    'ether[50] = 0',
    ['udp', 'other udp', 'igmp', 'udp in 110', 'udp in 120', 'igmp in 110', 'udp in 110 in 7', 'arp'],
  ],
  ['less 40', ['cut']],
  ['', Object.keys(frames)],
])('the filter %j takes what it says in the kernel, and counts the others', async (expression, expected) => {
  const filter = await compileFilter({ expression, name: 'lo', linkType: 1, snaplen: 65535 })
  const [{ counts, received, frames: taken }] = await captured(Object.values(frames), {
    filters: [hex(filter)],
  })
  const names = new Map(Object.entries(frames).map(([name, frame]) => [hex(frame), name]))
  expect(taken.map(frame => names.get(frame) ?? frame)).toEqual(expected)
  const all = Object.keys(frames).length
  expect({ ...counts, received }).toEqual({
    read: all,
    filtered: all - expected.length,
    outgoing: 0,
    received: all,
  })
})
