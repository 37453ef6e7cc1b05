/**
 * Classic BPF as the Linux kernel takes it (filter.rst, linux/filter.h): instructions of eight bytes that work on an
 * accumulator A, an index X and sixteen words of memory. Jumps go forward only.
 */
export interface Instruction {
  code: number
  /** instructions to pass over, where the test of a conditional jump holds and where it does not */
  yes: number
  no: number
  k: number
}

/** A = packet at k, or at X + k: a word, a half, a byte, in network order. Outside the packet the program ends and answers 0. */
export const LD_WORD = 0x20
export const LD_HALF = 0x28
export const LD_BYTE = 0x30
export const LD_WORD_X = 0x40
export const LD_HALF_X = 0x48
export const LD_BYTE_X = 0x50
/** A = k, length of the packet, M[k]; X = k, M[k], four times the lower half of the byte at k; M[k] = A, X */
export const LD_CONSTANT = 0x00
export const LD_LENGTH = 0x80
export const LD_MEMORY = 0x60
export const LDX_CONSTANT = 0x01
export const LDX_MEMORY = 0x61
export const LDX_HEADER = 0xb1
export const STORE = 0x02
export const STORE_X = 0x03
export const A_TO_X = 0x07
export const X_TO_A = 0x87
/** A = A op k, or A op X with OF_X; 32 bits, unsigned. Division by an X of 0 ends the program, which answers 0. */
export const ADD = 0x04
export const SUBTRACT = 0x14
export const MULTIPLY = 0x24
export const DIVIDE = 0x34
export const OR = 0x44
export const AND = 0x54
export const SHIFT_LEFT = 0x64
export const SHIFT_RIGHT = 0x74
export const REMAINDER = 0x94
export const XOR = 0xa4
/** always; where A equals, is above, is at least, has a bit of k (X with OF_X); unsigned */
export const JUMP = 0x05
export const IF_EQUAL = 0x15
export const IF_ABOVE = 0x25
export const IF_AT_LEAST = 0x35
export const IF_BITS = 0x45
export const OF_X = 0x08
/** the answer: k, A */
export const ANSWER = 0x06
export const ANSWER_A = 0x16

/** Addresses of what is no byte of the packet: its EtherType as the kernel knows it, and where its link header begins. */
export const EXTENSIONS = 0xfffff000
export const ETHERTYPE = EXTENSIONS
export const LINK_HEADER = 0xffe00000

export const MEMORY_WORDS = 16
const MOST_INSTRUCTIONS = 4096
const FARTHEST = 255
const INSTRUCTION_BYTES = 8
const CLASS = 0x07
const CLASS_ANSWER = 0x06

/** True for jumps that test something. */
export const isTest = (code: number): boolean => (code & CLASS) === JUMP && code !== JUMP

/**
 * A program as bytes, in memory of their own: the kernel is told their address, and typed arrays of a few bytes would lie in
 * the heap, where they move. Throws RangeError where the kernel would refuse it for its length or its jumps.
 */
export function encode(program: readonly Instruction[]): Uint8Array {
  check(program)
  const bytes = new Uint8Array(new ArrayBuffer(program.length * INSTRUCTION_BYTES))
  const view = new DataView(bytes.buffer)
  program.forEach(({ code, yes, no, k }, i) => {
    const at = i * INSTRUCTION_BYTES
    view.setUint16(at, code, true)
    view.setUint8(at + 2, yes)
    view.setUint8(at + 3, no)
    view.setUint32(at + 4, k, true)
  })
  return bytes
}

function check(program: readonly Instruction[]): void {
  const { length } = program
  if (length === 0) throw new RangeError('a program needs an instruction')
  if (length > MOST_INSTRUCTIONS)
    throw new RangeError(`a program of ${length} instructions: the kernel takes ${MOST_INSTRUCTIONS}`)
  if ((program[length - 1].code & CLASS) !== CLASS_ANSWER)
    throw new RangeError('a program ends with an answer')
  program.forEach(({ code, yes, no, k }, i) => {
    if (isTest(code) && Math.max(yes, no) > FARTHEST)
      throw new RangeError(
        `instruction ${i} jumps ${Math.max(yes, no)} instructions: ${FARTHEST} is the most`,
      )
    const farthest = code === JUMP ? k : isTest(code) ? Math.max(yes, no) : 0
    if ((code & CLASS) !== CLASS_ANSWER && i + 1 + farthest >= length)
      throw new RangeError(`instruction ${i} jumps out of the program`)
  })
}

/** A line of a program under way; its targets are labels, undefined = the next line. */
interface Line {
  code: number
  k: number
  yes: string | undefined
  no: string | undefined
}

/** Writes programs line by line, with labels for jumps. */
export class Assembler {
  private readonly lines: Line[] = []
  private readonly labels = new Map<string, number>()

  add(code: number, k = 0): this {
    this.lines.push({ code, k: k >>> 0, yes: undefined, no: undefined })
    return this
  }

  /** A test with where to go on; a side without a label goes on with the next line. */
  test(code: number, k: number, yes: string | undefined, no?: string): this {
    this.lines.push({ code, k: k >>> 0, yes, no })
    return this
  }

  go(to: string): this {
    this.lines.push({ code: JUMP, k: 0, yes: to, no: undefined })
    return this
  }

  /** Names the next line. Throws where the name is taken. */
  label(name: string): this {
    if (this.labels.has(name)) throw new RangeError(`label ${name} stands twice`)
    this.labels.set(name, this.lines.length)
    return this
  }

  /**
   * The instructions. A test whose targets lie too far away for its eight bits gets two jumps behind it that lead there. Throws
   * RangeError for a label that is missing or lies behind.
   */
  instructions(): Instruction[] {
    const isFar = new Array<boolean>(this.lines.length).fill(false)
    let at = this.positions(isFar)
    // a test that grows may push others beyond their reach
    for (let before = -1; before !== at[at.length - 1]; ) {
      before = at[at.length - 1]
      this.lines.forEach((line, i) => {
        const farthest = Math.max(this.distance(line.yes, i, at, 1), this.distance(line.no, i, at, 1))
        if (isTest(line.code) && farthest > FARTHEST) isFar[i] = true
      })
      at = this.positions(isFar)
    }
    return this.lines.flatMap((line, i) => this.written(line, i, at, isFar[i]))
  }

  /** The program as the kernel takes it; see `encode`. */
  assemble(): Uint8Array {
    return encode(this.instructions())
  }

  private written(line: Line, i: number, at: readonly number[], isFar: boolean): Instruction[] {
    const { code, k, yes, no } = line
    const plain = { code, yes: 0, no: 0, k }
    if (code === JUMP) return [{ ...plain, k: this.distance(yes, i, at, 1) }]
    if (!isTest(code)) return [plain]
    if (!isFar) return [{ ...plain, yes: this.distance(yes, i, at, 1), no: this.distance(no, i, at, 1) }]
    const jump = (to: string | undefined, behind: number): Instruction => ({
      ...plain,
      code: JUMP,
      k: this.distance(to, i, at, behind),
    })
    return [{ ...plain, no: 1 }, jump(yes, 2), jump(no, 3)]
  }

  /** Where each line begins, in instructions, and where the program ends. */
  private positions(isFar: readonly boolean[]): number[] {
    const at = [0]
    for (const far of isFar) at.push(at[at.length - 1] + (far ? 3 : 1))
    return at
  }

  /** Instructions between the one that jumps, the last of `behind` that line `i` began with, and its target. */
  private distance(to: string | undefined, i: number, at: readonly number[], behind: number): number {
    const line = to === undefined ? i + 1 : this.labels.get(to)
    if (line === undefined) throw new RangeError(`label ${to} is missing`)
    if (line <= i) throw new RangeError(`label ${to} lies behind: programs go forward`)
    return at[line] - at[i] - behind
  }
}
