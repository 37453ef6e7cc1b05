import * as B from '../../src/live/bpf.ts'

/** A packet as the kernel shows it to a program. */
export interface Shown {
  /** from the link header on, less the VLAN tag that was taken out */
  bytes: Uint8Array
  /** where loads count from */
  from: number
  /** EtherType, 0x0004 of a frame that states a length instead (ETH_P_802_2) */
  protocol: number
  /** tag taken out; undefined = there was none */
  tag: number | undefined
}

/** 802.1Q and 802.1ad are the tags that the kernel takes out (__netif_receive_skb_core, skb_vlan_untag). */
const TAKEN_OUT = [0x8100, 0x88a8]

/** A frame as it comes to packet sockets. For a fanout program loads count from behind the link header, for a filter from its start. */
export function shown(frame: Uint8Array, isForFanout: boolean): Shown {
  const type = (at: number): number => (frame[at] << 8) | frame[at + 1]
  const isTagged = TAKEN_OUT.includes(type(12)) && frame.length >= 18
  const bytes = isTagged ? Uint8Array.of(...frame.subarray(0, 12), ...frame.subarray(16)) : frame
  const protocol = type(isTagged ? 16 : 12)
  return {
    bytes,
    from: isForFanout ? 14 : 0,
    protocol: protocol < 0x600 ? 4 : protocol,
    tag: isTagged ? type(14) : undefined,
  }
}

const PROTOCOL = 0
const TAG = 44
const TAG_PRESENT = 48

export interface Outcome {
  answer: number
  /** it read behind the end or divided by zero, which the kernel takes for an answer of 0 */
  ended: boolean
}

/** Runs a program as the kernel does (filter.rst). `onLoad` is told of each look at the packet. Throws for what is no program. */
export function runProgram(
  program: Uint8Array,
  packet: Shown,
  onLoad: (isComputed: boolean) => void = () => {},
): Outcome {
  const { bytes, from } = packet
  const code = new DataView(program.buffer, program.byteOffset, program.length)
  const memory = new Uint32Array(B.MEMORY_WORDS)
  const length = bytes.length - from
  let a = 0
  let x = 0
  const load = (at: number, width: number, isOfX: boolean): number | undefined => {
    onLoad(isOfX)
    // only addresses that the program states can be such a one
    if (isOfX && at >= 2 ** 31) return undefined
    if (at >= B.EXTENSIONS) {
      if (at - B.EXTENSIONS === PROTOCOL) return packet.protocol
      if (at - B.EXTENSIONS === TAG) return packet.tag ?? 0
      if (at - B.EXTENSIONS === TAG_PRESENT) return packet.tag === undefined ? 0 : 1
      throw new Error(`extension ${at - B.EXTENSIONS} is not known here`)
    }
    const start = at >= B.LINK_HEADER ? at - B.LINK_HEADER : at + from
    if (at >= 2 ** 31 && at < B.LINK_HEADER) return undefined
    if (start + width > bytes.length) return undefined
    let value = 0
    for (let i = 0; i < width; i++) value = value * 256 + bytes[start + i]
    return value
  }
  for (let at = 0; ; at++) {
    if (at * 8 >= program.length) throw new Error('the program has no end')
    const what = code.getUint16(at * 8, true)
    const k = code.getUint32(at * 8 + 4, true)
    if ((what & 7) === 5 && what !== B.JUMP) {
      const other = (what & B.OF_X) !== 0 ? x : k
      const tests: Record<number, boolean> = {
        [B.IF_EQUAL]: a === other,
        [B.IF_ABOVE]: a > other,
        [B.IF_AT_LEAST]: a >= other,
        [B.IF_BITS]: (a & other) !== 0,
      }
      at += code.getUint8(at * 8 + (tests[what & ~B.OF_X] ? 2 : 3))
      continue
    }
    if ((what & 7) === 4) {
      const other = (what & B.OF_X) !== 0 ? x : k
      const operation = what & ~B.OF_X
      if ((operation === B.DIVIDE || operation === B.REMAINDER) && other === 0)
        return { answer: 0, ended: true }
      a = calculated(operation, a, other)
      continue
    }
    const widths: Record<number, number> = { [B.LD_WORD]: 4, [B.LD_HALF]: 2, [B.LD_BYTE]: 1 }
    const isOfX = [B.LD_WORD_X, B.LD_HALF_X, B.LD_BYTE_X].includes(what)
    const width = isOfX ? widths[what - B.LD_WORD_X + B.LD_WORD] : widths[what]
    if (width !== undefined || what === B.LDX_HEADER) {
      const value = load(isOfX ? (x + k) >>> 0 : k, width ?? 1, isOfX)
      if (value === undefined) return { answer: 0, ended: true }
      if (what === B.LDX_HEADER) x = (value & 15) * 4
      else a = value
      continue
    }
    if (what === B.ANSWER) return { answer: k, ended: false }
    if (what === B.ANSWER_A) return { answer: a, ended: false }
    if (what === B.JUMP) at += k
    else if (what === B.LD_CONSTANT) a = k
    else if (what === B.LD_LENGTH) a = length
    else if (what === B.LD_MEMORY) a = memory[k]
    else if (what === B.LDX_CONSTANT) x = k
    else if (what === B.LDX_MEMORY) x = memory[k]
    else if (what === B.STORE) memory[k] = a
    else if (what === B.STORE_X) memory[k] = x
    else if (what === B.A_TO_X) x = a
    else if (what === B.X_TO_A) a = x
    else throw new Error(`instruction ${at} is none: 0x${what.toString(16)}`)
  }
}

function calculated(operation: number, a: number, other: number): number {
  switch (operation) {
    case B.ADD:
      return (a + other) >>> 0
    case B.SUBTRACT:
      return (a - other) >>> 0
    case B.MULTIPLY:
      return Math.imul(a, other) >>> 0
    case B.DIVIDE:
      return Math.floor(a / other)
    case B.REMAINDER:
      return a % other
    case B.AND:
      return (a & other) >>> 0
    case B.OR:
      return (a | other) >>> 0
    case B.XOR:
      return (a ^ other) >>> 0
    case B.SHIFT_LEFT:
      return (a << other) >>> 0
    case B.SHIFT_RIGHT:
      return a >>> other
    default:
      throw new Error(`operation 0x${operation.toString(16)} is not known here`)
  }
}

/** The ring of a group of `rings` into which the kernel puts a frame by a fanout program. */
export const ringOf = (program: Uint8Array, frame: Uint8Array, rings: number): number =>
  runProgram(program, shown(frame, true)).answer % rings
