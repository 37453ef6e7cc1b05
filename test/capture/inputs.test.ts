import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bytes } from '../../captures/support/bytes.ts'
import { openCaptures } from '../../src/capture/open.ts'
import { CaptureError } from '../../src/capture/source.ts'
import { readAll, refusalOf, Scratch, timed } from './support.ts'

let scratch: Scratch
beforeEach(() => {
  scratch = new Scratch()
})
afterEach(() => scratch.remove())

const at = (...parts: string[]): string => join(scratch.path, ...parts)
async function refusal(...paths: string[]): Promise<CaptureError> {
  try {
    await openCaptures(paths)
  } catch (error) {
    expect(error).toBeInstanceOf(CaptureError)
    expect((error as Error).message).not.toContain('\n')
    return error as CaptureError
  }
  throw new Error('nothing was refused')
}

describe('what can be named', () => {
  it('is a folder: all captures in it and below, other things left out and said', async () => {
    scratch.file('day/b.pcap', timed([2e6]))
    scratch.file('day/a/x.pcapng0', timed([1e6]))
    scratch.file('day/a/README.md', 'no capture')
    scratch.file('day/notes', '')
    scratch.file('day/.hidden.pcap', timed([3e6]))
    scratch.file('day/.git/x.pcap', timed([3e6]))
    mkdirSync(at('day/empty'))
    const { files, frames } = await readAll(at('day'))
    expect(files.map(f => f.name)).toEqual([at('day/a/x.pcapng0'), at('day/b.pcap')])
    expect(frames.map(f => f.seconds)).toEqual([1, 2])
    expect(files[0].notes).toEqual([
      `2 other files in ${at('day')} are no captures and were skipped, such as a/README.md, notes`,
    ])
    expect(files.flatMap(f => f.damage)).toEqual([])
  })

  it('is a folder in which a file is called a capture and is none: that is worth a word', async () => {
    scratch.file('day/a.pcap', timed([1e6]))
    scratch.file('day/b.pcap', 'not any more')
    scratch.file('day/c.pcap', '')
    scratch.file('day/d.pcap.xz', bytes(0xfd, '7zXZ', 0, 0, 0))
    const { files } = await readAll(at('day'))
    expect(files.map(f => f.damage.map(d => [d.offset, d.reason]))).toEqual([
      [],
      [[0, expect.stringMatching(/^it cannot be read: it is not a capture/)]],
      [[0, 'it is empty']],
      [[0, 'it cannot be read: it is compressed with xz, which is not read; unpack it first']],
    ])
  })

  it('is a folder with captures, not one without', async () => {
    scratch.file('none/readme.txt', 'hello')
    const { path, message } = await refusal(at('none'))
    expect([path, message]).toEqual([
      at('none'),
      `cannot read ${at('none')}: there is no capture in this folder, only 1 other file`,
    ])
    const file = scratch.file('a.pcap', timed([1]))
    const { files, frames } = await readAll([file, at('none')])
    expect(frames).toHaveLength(1)
    expect(files[1]).toMatchObject({ name: at('none'), damage: [{ offset: 0 }] })
  })

  it('is read once, however often it is named', async () => {
    const file = scratch.file('d/a.pcap', timed([1]))
    if (process.platform !== 'win32') symlinkSync(file, at('d/latest.pcap'))
    const { frames, files } = await readAll([file, at('d'), file])
    expect(frames).toHaveLength(1)
    if (process.platform !== 'win32')
      expect(files[0].notes).toEqual([`${at('d/latest.pcap')} is the same file and was read once`])
  })

  it.skipIf(process.platform === 'win32')('may contain links that lead in a circle or nowhere', async () => {
    scratch.file('d/a.pcap', timed([1]))
    symlinkSync(at('d'), at('d/round'))
    symlinkSync(at('gone'), at('d/gone.pcap'))
    const { frames, files } = await readAll(at('d'))
    expect(frames).toHaveLength(1)
    expect(files[1]).toMatchObject({ name: at('d/gone.pcap'), damage: [{ reason: /there is no such file/ }] })
  })

  it('is refused in one sentence when there is nothing behind any name', async () => {
    expect((await refusal(at('gone.pcap'))).message).toBe(
      `cannot read ${at('gone.pcap')}: there is no such file`,
    )
    const file = scratch.file('a.pcap', timed([1]))
    expect((await refusal(join(file, 'x'))).message).toMatch(/part of the path is a file/)
    expect((await refusal(at('gone'), at('gone2'), at('gone3'))).message).toMatch(
      /there is no such file; nor can the 2 other inputs be read$/,
    )
    expect((await refusal()).message).toBe('no capture is named')
  })

  it('is damage at byte 0 when others can be read', async () => {
    const file = scratch.file('a.pcap', timed([1, 2]))
    const text = scratch.file('b.txt', 'just text')
    const { frames, files } = await readAll([at('gone.pcap'), file, text])
    expect(frames).toHaveLength(2)
    expect(files.map(f => [f.name, f.frames, f.damage.length])).toEqual([
      [at('gone.pcap'), 0, 1],
      [file, 2, 0],
      [text, 0, 1],
    ])
    expect(files[0].damage[0]).toEqual({
      file: at('gone.pcap'),
      offset: 0,
      reason: 'it cannot be read: there is no such file',
    })
  })

  it('is unreadable without permission', async ctx => {
    if (process.platform === 'win32' || process.getuid?.() === 0) ctx.skip('everything is permitted here')
    const file = scratch.file('a.pcap', timed([1]))
    chmodSync(file, 0)
    expect(await refusalOf(file)).toMatch(/permission denied/)
  })

  it('may be empty: that is damage, not a mistake', async () => {
    const { files, frames } = await readAll(scratch.file('a.pcap', ''))
    expect(frames).toEqual([])
    expect(files[0]).toMatchObject({
      format: 'empty',
      bytes: 0,
      damage: [{ offset: 0, reason: 'it is empty' }],
    })
  })

  it.skipIf(process.platform === 'win32')('may be a device', async () => {
    expect((await readAll('/dev/null')).files[0].damage).toMatchObject([{ reason: 'it is empty' }])
  })

  it.each<[string, Uint8Array, string]>([
    ['snoop', bytes('snoop', 0, 0, 0, 0, 0, 0, 2), 'it is a snoop capture, which is not read'],
    ['xz', bytes(0xfd, '7zXZ', 0, 1, 2), 'it is compressed with xz, which is not read; unpack it first'],
    ['lz4', bytes(4, 0x22, 0x4d, 0x18, 9), 'it is compressed with LZ4, which is not read; unpack it first'],
    ['zip', bytes('PK', 3, 4, 0, 0), 'it is a ZIP archive, which is not read; unpack it first'],
    ['netmon', bytes('GMBU', 0, 2), 'it is a Microsoft Network Monitor capture, which is not read'],
    ['short', bytes(1, 2), 'it is not a capture that is read (first bytes 01 02)'],
    ['text', bytes('zones:\n'), 'it is not a capture that is read (first bytes 7a 6f 6e 65 73 3a 0a)'],
  ])('is named when it is something else: %s', async (name, content, reason) => {
    const path = scratch.file(name, content)
    expect(await refusalOf(path)).toBe(reason)
  })

  it('has a tap where a glob matches its path or its name; the first counts', async () => {
    const names = ['esx-a/1.pcap', 'esx-b/2.pcap', 'dmz.pcap', 'other.pcap']
    const paths = names.map((name, i) => scratch.file(name, timed([i])))
    const { ports, files } = await readAll(paths, {
      taps: [
        { name: 'A', glob: '**/esx-a/*' },
        { name: 'B', glob: '2.pcap' },
        { name: 'D', glob: 'd*' },
        { name: 'late', glob: '**' },
        { name: 'typo', glob: 'emz*' },
      ],
    })
    expect(ports.map(({ file, tap }) => [file, tap])).toEqual([
      [0, 'A'],
      [1, 'B'],
      [2, 'D'],
      [3, 'late'],
    ])
    expect(files[0].notes).toEqual(['no capture matches --tap typo=emz*'])
  })
})
