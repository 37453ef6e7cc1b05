import { describe, expect, it } from 'vitest'
import { addressText, Census } from '../../src/cli/census.ts'
import { heardNotes, modeOf, tapOf, tunnelText } from '../../src/cli/doctor-notes.ts'
import { Burst } from '../../src/shared/burst.ts'
import { arpRequest, erspan, ethernet, gre, ipv4, udp, vxlan } from '../live/interface-frames.ts'
import { healthy } from '../live/interface-healthy.ts'
import { modelOf } from '../support/policy-texts.ts'

const MINE = '02:00:00:00:00:01'
const A = '02:00:00:00:00:0a'
const B = '02:00:00:00:00:0b'
const SPAN = '02:00:00:00:00:05'
const address = { version: 4 as const, text: '10.9.9.1', prefix: 24, isLinkLocal: false }
const modbus = (src: string, dst: string, tags: number[] = []): number[] =>
  ethernet(dst, src, 0x0800, ipv4('10.1.0.1', '10.1.0.2', 17, udp(502, [1])), tags)
const toUs = (protocol: number, payload: number[], fragment = 0): number[] =>
  ethernet(MINE, SPAN, 0x0800, ipv4('10.10.99.21', '10.9.9.1', protocol, payload, fragment))

/** A census of frames; `wire` is how long the last one was. */
function census(frames: number[][], facts = healthy({ addresses: [address] }), wire = 0): Census {
  const bytes = Uint8Array.from(frames.flat())
  const burst = new Burst(bytes)
  let at = 0
  for (const frame of frames) {
    const i = burst.count++
    burst.offset[i] = at
    burst.captured[i] = frame.length
    burst.wire[i] = frame.length
    at += frame.length
  }
  if (wire > 0) burst.wire[burst.count - 1] = wire
  const result = new Census(facts)
  result.take(burst)
  return result
}

const tunnels = (seen: Census): string[] =>
  [...seen.tunnels.values()].map(one => `${tunnelText(one)} ${one.frames} ${one.isOurs}`)

describe('a census', () => {
  it('tells frames between others from those for us and for many', () => {
    const seen = census([
      modbus(A, B, [110]),
      modbus(B, A, [110]),
      modbus(A, SPAN, [900, 110]),
      modbus(A, MINE),
      arpRequest(A, '10.1.0.1', '10.1.0.9'),
    ])
    expect([seen.frames, seen.forOthers, seen.forUs, seen.forGroups]).toEqual([5, 3, 1, 1])
    expect(seen.conversations()).toEqual({ pairs: 2, bothWays: 1 })
    expect(Object.fromEntries(seen.vlans)).toEqual({ 110: 2, '900.110': 1, untagged: 2 })
  })

  it('unwraps what is sent to the interface, by each kind of mirror', () => {
    const inner = modbus(A, B, [120])
    const seen = census([
      toUs(47, erspan(12, 0, inner)),
      toUs(47, erspan(12, 130, modbus(B, A))),
      toUs(47, gre(0x88be, inner)),
      toUs(47, gre(0x6558, inner)),
      toUs(17, udp(4789, vxlan(7, inner))),
      toUs(17, udp(6081, [0, 0, 0x65, 0x58, 0, 0, 9, 0, ...inner])),
    ])
    expect(tunnels(seen)).toEqual([
      'ERSPAN session 12 from 10.10.99.21 to 10.9.9.1 2 true',
      'ERSPAN from 10.10.99.21 to 10.9.9.1 1 true',
      'GRE from 10.10.99.21 to 10.9.9.1 1 true',
      'VXLAN VNI 7 from 10.10.99.21 to 10.9.9.1 1 true',
      'GENEVE VNI 9 from 10.10.99.21 to 10.9.9.1 1 true',
    ])
    // a tag that the mirror took out is in its own header
    expect(Object.fromEntries(seen.vlans)).toEqual({ 120: 5, 130: 1 })
    expect([seen.forOthers, seen.forUs]).toEqual([6, 0])
    expect(seen.conversations()).toEqual({ pairs: 1, bothWays: 1 })
  })

  it('leaves wrapped what is on its way to somebody else', () => {
    const wrapped = ethernet(
      B,
      A,
      0x0800,
      ipv4('10.1.0.1', '10.1.0.2', 17, udp(4789, vxlan(7, modbus(SPAN, A)))),
    )
    const seen = census([wrapped])
    expect(tunnels(seen)).toEqual(['VXLAN VNI 7 from 10.1.0.1 to 10.1.0.2 1 false'])
    expect(seen.conversations()).toEqual({ pairs: 1, bothWays: 0 })
  })

  it('counts pieces of what is sent to the interface, and reads no header in later ones', () => {
    const seen = census([
      toUs(17, udp(4789, vxlan(7, modbus(A, B))), 0x2000),
      toUs(17, [18, 181, 18, 181], 5),
    ])
    expect([seen.pieces, seen.tunnels.size]).toEqual([2, 1])
  })

  it('reads nothing beyond what was kept, wherever a frame is cut', () => {
    const whole = toUs(47, erspan(12, 0, modbus(A, B, [120])))
    for (let length = 0; length <= whole.length; length++) {
      const seen = census([whole.slice(0, length)])
      expect(seen.frames).toBe(1)
      expect(seen.tunnels.size).toBe(length < 50 ? 0 : 1)
    }
  })

  it('stays bounded', () => {
    const many = Array.from({ length: 5000 }, (_, i) =>
      modbus(
        `02:01:00:00:${(i >>> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
        A,
        [i % 4096],
      ),
    )
    const seen = new Census(healthy())
    for (let at = 0; at < many.length; at += 1000) {
      const part = census(many.slice(at, at + 1000))
      expect(part.frames).toBe(1000)
    }
    const burst = new Burst(Uint8Array.from(many.flat()), many.length)
    many.forEach((frame, i) => {
      burst.offset[i] = i * frame.length
      burst.captured[i] = burst.wire[i] = frame.length
    })
    burst.count = many.length
    seen.take(burst)
    expect(seen.forOthers).toBe(5000)
    expect(seen.conversations().pairs).toBe(4095)
    expect(seen.vlans.size).toBe(4096)
  })

  it('of frames without MAC addresses tells no machines', () => {
    const seen = census(
      [ipv4('10.1.0.1', '10.1.0.2', 17, udp(502, [1]))],
      healthy({ linkType: 101, mac: undefined }),
    )
    expect([seen.frames, seen.hasMacs, seen.forOthers, seen.vlans.size]).toEqual([1, false, 0, 0])
  })
})

describe('notes on what was heard', () => {
  const heard = (seen: Census, txGrowth = 0, lost = 0) => ({
    seconds: 5,
    census: seen,
    lost,
    txGrowth,
    isGone: false,
  })
  const codes = (seen: Census, mode: 'mirror' | 'terminated' = 'mirror', txGrowth = 0): string[] =>
    heardNotes('eth1', heard(seen, txGrowth), mode, undefined).map(({ code }) => code)
  const machine = (i: number): string => `02:00:00:00:01:0${i}`
  const talks = [1, 2, 3, 4].map(i => modbus(machine(i), A))

  it('are none where a mirror shows both directions', () => {
    expect(codes(census([...talks, modbus(A, machine(1))]))).toEqual([])
  })

  it('tell silence, a port without unicast, and one direction alone', () => {
    expect(codes(census([]))).toEqual(['silent'])
    expect(codes(census([arpRequest(A, '10.1.0.1', '10.1.0.9')]))).toEqual(['no-unicast'])
    expect(codes(census(talks))).toEqual(['one-sided'])
    expect(codes(census(talks.slice(1)))).toEqual([])
  })

  it('tell frames longer than the MTU explains, two tags included', () => {
    const talk = [modbus(A, B), modbus(B, A)]
    expect(codes(census(talk, healthy(), 1522))).toEqual([])
    expect(codes(census(talk, healthy(), 1523))).toEqual(['oversize'])
  })

  it('tell what this machine sends; ARP is the right of an address alone', () => {
    const seen = census([modbus(A, B), modbus(B, A)])
    const frame = arpRequest(MINE, '10.9.9.1', '10.9.9.2')
    seen.sent(Uint8Array.from(frame), 0, frame.length)
    expect(codes(seen, 'mirror', 1)).toEqual(['sends'])
    const wrapped = census([toUs(47, erspan(1, 0, modbus(A, B)))])
    wrapped.sent(Uint8Array.from(frame), 0, frame.length)
    expect(codes(wrapped, 'terminated', 1)).toEqual([])
    const unreachable = ethernet(
      SPAN,
      MINE,
      0x0800,
      ipv4('10.9.9.1', '10.10.99.21', 1, [3, 3, 0, 0, 0, 0, 0, 0]),
    )
    wrapped.sent(Uint8Array.from(unreachable), 0, unreachable.length)
    const [note] = heardNotes('eth1', heard(wrapped, 3), 'terminated', undefined)
    expect(note.message).toContain('1 ICMP unreachable and 1 that went past every listener')
  })

  it('tell a wrapped mirror where none is expected, and none where one is', () => {
    const wrapped = [toUs(47, erspan(1, 0, modbus(A, B)))]
    expect(codes(census(wrapped))).toEqual(['is-terminated'])
    expect(codes(census(wrapped), 'terminated')).toEqual([])
    expect(codes(census([arpRequest(A, '10.1.0.1', '10.1.0.9')]), 'terminated')).toEqual(['no-wrapped'])
    expect(codes(census([toUs(17, udp(4789, vxlan(1, modbus(A, B))), 0x2000)]), 'terminated')).toEqual([
      'pieces',
    ])
  })

  it('tell frames that this look lost', () => {
    const [note] = heardNotes('eth1', heard(census([modbus(A, B)]), 0, 7), 'mirror', undefined)
    expect([note.code, note.severity]).toEqual(['look-lost', 'info'])
  })
})

describe('with a policy', () => {
  const model = modelOf(`version: 1
taps:
  - {id: esx-a, type: erspan, source: 10.10.99.21, destination: 10.9.9.1, session: 12}
zones:
  - {id: control, networks: [10.1.0.0/16], vlans: [110, 120]}
`)
  const notes = (frames: number[][]): string[] =>
    heardNotes(
      'eth1',
      { seconds: 5, census: census(frames), lost: 0, txGrowth: 0, isGone: false },
      'terminated',
      model,
    )
      .filter(({ code }) => code.includes('-'))
      .map(({ code, message }) => `${code}: ${message}`)

  it('a wrapped mirror is known by its tap', () => {
    const [one] = census([toUs(47, erspan(12, 110, modbus(A, B)))]).tunnels.values()
    expect([addressText(4, one.src), tapOf(one, model)]).toEqual(['10.10.99.21', 'esx-a'])
    expect(notes([toUs(47, erspan(12, 110, modbus(A, B))), toUs(47, erspan(12, 120, modbus(A, B)))])).toEqual(
      [],
    )
  })

  it('other sessions and other VLANs are told', () => {
    expect(notes([toUs(47, erspan(13, 666, modbus(A, B)))])).toEqual([
      'undeclared-tap: no tap of the policy declares ERSPAN session 13 from 10.10.99.21 to 10.9.9.1',
      'undeclared-vlan: VLANs that the policy does not know: 666',
      'unseen-vlan: VLANs of the policy that were not seen in this look: 110 and 120',
    ])
  })

  it('an interface that has the address of a tap is its end', () => {
    expect(modeOf([{ version: 4, words: [0, 0, 0, 0x0a090901] }], model)).toBe('terminated')
    expect(modeOf([{ version: 4, words: [0, 0, 0, 0x0a090902] }], model)).toBe('mirror')
    expect(modeOf([{ version: 6, words: [0, 0, 0, 0x0a090901] }], model)).toBe('mirror')
  })
})
