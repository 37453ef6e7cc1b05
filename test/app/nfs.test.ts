import { describe, expect, it } from 'vitest'
import { nfs } from '../../src/app/it/nfs.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const marked = (text: string) => {
  const body = hex(text)
  return Uint8Array.from([0x80, 0, 0, body.length, ...body])
}
const call = (program: number, version: number, procedure: number): Said => ({
  from: 'client',
  bytes: marked(
    `11223344 00000000 00000002 ${program.toString(16).padStart(8, '0')} 0000000${version} ${procedure.toString(16).padStart(8, '0')} 00000000 00000000 00000000 00000000`,
  ),
})
const reply = (status: string): Said => ({
  from: 'server',
  bytes: marked(`11223344 00000001 00000000 00000000 00000000 00000000 ${status}`),
})

describe('what is NFS', () => {
  it('calls of NFS and what belongs to it', () => {
    expect(probeText(nfs, call(100003, 3, 1).bytes, { dstPort: 2049 })).toBe('certain from client')
    expect(probeText(nfs, call(100005, 3, 1).bytes, { dstPort: 20048 })).toBe('certain from client')
    expect(probeText(nfs, call(100000, 2, 3).bytes, { dstPort: 2049 })).toBe('not')
    expect(probeText(nfs, reply('00000000').bytes, { srcPort: 2049 })).toBe('unsure from server')
  })

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => expect(probeText(nfs, bytes, { dstPort: 2049 })).toBe('not'))
})

describe('what NFS does', () => {
  it.each([
    [100003, 3, 6, ['file', 'read'], 306, 'read'],
    [100003, 3, 7, ['write', 'file'], 307, 'write'],
    [100003, 2, 8, ['write', 'file'], 208, 'write'],
    [100003, 4, 1, ['file', 'unknown'], 401, 'compound'],
    [100003, 3, 99, ['unknown'], 399, undefined],
    [100005, 3, 1, ['session'], 10301, 'mount'],
    [100227, 3, 2, ['write', 'file'], 40302, 'set access list'],
    [100021, 4, 2, ['session'], 20402, 'lock manager'],
  ])('program %i, version %i, procedure %i: %j', (program, version, procedure, act, fn, name) => {
    const [, told] = readAll(nfs, [call(program, version, procedure)])
    expect(told).toMatchObject({ fn })
    expect(new Set((told as { act: string[] }).act)).toEqual(new Set(act))
    expect(nfs.functionName!(fn)).toBe(name)
  })

  it('is refused for want of permission', () => {
    expect(readAll(nfs, [call(100003, 3, 7), reply('0000000d')]).at(-1)).toEqual({
      answer: 307,
      refused: true,
    })
    expect(readAll(nfs, [call(100003, 3, 7), reply('00000000')]).at(-1)).toEqual({ answer: 307 })
  })

  it('what is not of its programs is unknown', () => {
    expect(readAll(nfs, [call(100004, 3, 7)])).toContainEqual({ act: ['unknown'], fn: 0 })
  })
})
