import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as B from '../../src/live/bpf.ts'
import { runProgram, shown } from '../support/classic-bpf.ts'

const FRAME = shown(
  Uint8Array.from({ length: 60 }, (_, i) => i),
  false,
)
const answered = (program: B.Assembler): number => runProgram(program.assemble(), FRAME).answer

describe('the assembler', () => {
  it('writes instructions as struct sock_filter has them', () => {
    const a = new B.Assembler().add(B.LD_HALF, 12).test(B.IF_EQUAL, 0x86dd, undefined, 'other')
    const program = a.add(B.ANSWER, 262144).label('other').add(B.ANSWER).assemble()
    expect(Buffer.from(program).toString('hex')).toBe(
      '280000000c000000150000 01dd860000060000000000040006000000 00000000'.replaceAll(' ', ''),
    )
    // typed arrays of up to 64 bytes would lie in the heap, were it not for a buffer of their own
    expect(program.byteOffset).toBe(0)
    expect(program.buffer.byteLength).toBe(program.length)
  })

  it('leads jumps to their labels, both ways of a test among them', () => {
    const which = (value: number): number =>
      answered(
        new B.Assembler()
          .add(B.LD_CONSTANT, value)
          .test(B.IF_EQUAL, 1, 'one')
          .test(B.IF_ABOVE, 10, 'more', 'less')
          .label('one')
          .add(B.ANSWER, 100)
          .label('more')
          .add(B.ANSWER, 200)
          .label('less')
          .add(B.ANSWER, 300),
      )
    expect([1, 11, 5].map(which)).toEqual([100, 200, 300])
  })

  it('reaches targets beyond 255 instructions with jumps in between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ filler: fc.nat(300), bit: fc.nat(7), isFar: fc.boolean() }), { maxLength: 10 }),
        fc.nat(255),
        (steps, value) => {
          const a = new B.Assembler().add(B.LDX_CONSTANT, 0)
          let expected = 0
          steps.forEach(({ filler, bit, isFar }, i) => {
            a.add(B.LD_CONSTANT, value).test(
              B.IF_BITS,
              1 << bit,
              `set ${i}`,
              isFar ? `clear ${i}` : undefined,
            )
            for (let n = 0; n < filler; n++) a.add(B.LD_CONSTANT, n)
            a.label(`clear ${i}`)
              .add(B.X_TO_A)
              .add(B.ADD, 1 << i)
              .add(B.A_TO_X)
            for (let n = 0; n < filler; n++) a.add(B.LD_CONSTANT, n)
            a.label(`set ${i}`)
            if ((value & (1 << bit)) === 0) expected += 1 << i
          })
          const program = a.add(B.X_TO_A).add(B.ANSWER_A)
          if (program.instructions().length > 4096) return
          expect(answered(program)).toBe(expected)
        },
      ),
    )
  })

  it('refuses labels that are missing, stand twice or lie behind', () => {
    expect(() => new B.Assembler().go('x').add(B.ANSWER).assemble()).toThrow('label x is missing')
    expect(() => new B.Assembler().label('x').label('x')).toThrow('label x stands twice')
    const back = new B.Assembler().label('x').add(B.X_TO_A).go('x').add(B.ANSWER)
    expect(() => back.assemble()).toThrow('label x lies behind')
  })
})

describe('what the kernel would refuse', () => {
  const answer = { code: B.ANSWER, yes: 0, no: 0, k: 1 }
  const nothing = { code: B.X_TO_A, yes: 0, no: 0, k: 0 }

  it.each([
    ['no instruction', [], 'needs an instruction'],
    ['more than 4096', new Array(4097).fill(answer), '4097 instructions'],
    ['no answer at its end', [answer, nothing], 'ends with an answer'],
    ['a test that jumps out', [{ code: B.IF_EQUAL, yes: 0, no: 1, k: 0 }, answer], 'jumps out'],
    ['a jump out', [{ code: B.JUMP, yes: 0, no: 0, k: 1 }, answer], 'jumps out'],
    [
      'a test that jumps too far',
      [{ code: B.IF_EQUAL, yes: 256, no: 0, k: 0 }, ...new Array(300).fill(answer)],
      'jumps 256 instructions',
    ],
  ])('%s', (_, program, message) => {
    expect(() => B.encode(program)).toThrow(message)
  })

  it('takes as many as there may be, with the farthest jumps', () => {
    const jump = { code: B.IF_EQUAL, yes: 255, no: 0, k: 0 }
    expect(B.encode([jump, ...new Array(4095).fill(answer)]).length).toBe(4096 * 8)
  })
})
