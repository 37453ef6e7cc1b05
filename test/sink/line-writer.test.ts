import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LineWriter, OutputError } from '../../src/sink/line-writer.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'conduitwatch-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const program = (lines: number) => `
  import { LineWriter } from ${JSON.stringify(new URL('../../src/sink/line-writer.ts', import.meta.url).href)}
  const out = new LineWriter(1, 'standard output')
  for (let i = 0; i < ${lines}; i++) out.record({ line: i, filler: 'x'.repeat(90) })
  out.flush()
  process.stderr.write(out.closed ? 'closed' : 'whole')
`

describe('line writer', () => {
  it('writes every record as a line, whatever the sizes', () => {
    const file = join(dir, 'out.jsonl')
    const fd = openSync(file, 'w')
    const out = new LineWriter(fd, file)
    for (let i = 0; i < 30_000; i++) out.record({ i, text: 'é→'.repeat(i % 20) })
    out.flush()
    closeSync(fd)
    const lines = readFileSync(file, 'utf8').split('\n')
    expect(lines.pop()).toBe('')
    expect(lines.map(line => JSON.parse(line).i)).toEqual(Array.from({ length: 30_000 }, (_, i) => i))
  })

  it('waits for a slow reader', () => {
    const command = `"${process.execPath}" --input-type=module -e '${program(20_000).replaceAll("'", "'\\''")}' | (sleep 0.3; cat)`
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8', maxBuffer: 1e8 })
    expect(stderr).toBe('whole')
    expect(stdout.trimEnd().split('\n')).toHaveLength(20_000)
  })

  it('ends in silence when the reader has gone', () => {
    const command = `"${process.execPath}" --input-type=module -e '${program(50_000).replaceAll("'", "'\\''")}' | head -n 1`
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
    expect(stdout.split('\n')[0]).toContain('"line":0')
    expect(stderr).toBe('closed')
  })

  it.skipIf(process.platform !== 'linux')('says in one sentence that the disk is full', () => {
    const fd = openSync('/dev/full', 'w')
    const out = new LineWriter(fd, 'out/flows.jsonl')
    out.record({ a: 1 })
    expect(() => out.flush()).toThrow(new OutputError('cannot write out/flows.jsonl: the disk is full'))
    closeSync(fd)
  })
})
