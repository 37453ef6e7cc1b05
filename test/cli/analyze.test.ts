import { spawnSync } from 'node:child_process'
import { createWriteStream, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import type { Summary } from '../../src/records.ts'
import { conduitwatch, ROOT, scratch, start } from '../support/command.ts'

const folder = scratch()
afterAll(folder.remove)
const file = (name: string, bytes: string | Uint8Array): string => {
  const path = join(folder.path, name)
  writeFileSync(path, bytes)
  return path
}

const CAPTURE = 'captures/it-to-plc/traffic.pcap'
const POLICY = ['-p', 'captures/it-to-plc/site.yaml']
const CLEAN = ['captures/clean-plant/traffic.pcapng', '-p', 'captures/clean-plant/site.yaml']
const traffic = readFileSync(join(ROOT, CAPTURE))

describe('exit status', () => {
  const cut = file('cut.pcap', traffic.subarray(0, 20_000))
  const empty = file('empty.pcap', '')
  const text = file('text.pcap', 'this is a letter, not a capture')

  it.each([
    ['findings', [CAPTURE, ...POLICY], 1],
    ['no findings', CLEAN, 0],
    ['findings below --fail-on', ['captures/wrong-direction/traffic.pcap', '--fail-on', 'critical'], 0],
    ['findings and --exit-zero', [CAPTURE, ...POLICY, '--exit-zero'], 0],
    ['undetermined conversations and --strict', [cut, ...POLICY, '--fail-on', 'critical', '--strict'], 1],
    ['a capture that was cut', [cut, ...POLICY, '--fail-on', 'critical'], 3],
    ['a capture that was cut, with findings', [cut, CAPTURE, ...POLICY], 1],
    ['an empty file', [empty], 3],
    ['a file that is no capture', [text], 3],
    ['a missing file', [join(folder.path, 'missing.pcap')], 2],
    ['no capture', [], 2],
    ['an unknown option', [CAPTURE, '--fast'], 2],
    ['a missing policy', [CAPTURE, '-p', join(folder.path, 'missing.yaml')], 2],
    ['a policy with mistakes', [CAPTURE, '-p', file('bad.yaml', 'version: 1\nzones: 7\n')], 2],
    ['a time that is none', [CAPTURE, '--since', 'yesterday'], 2],
    ['an idle limit that is none', [CAPTURE, '--idle', 'tcp=soon'], 2],
    ['too many workers', [CAPTURE, '--workers', '65'], 2],
  ])('%s: %j gives %d', (_, words, status) => {
    const said = conduitwatch(['analyze', ...words])
    expect(said).toMatchObject({ status })
    if (status >= 2) expect(said.stderr).not.toBe('')
    expect(said.stderr).not.toMatch(/^ {4}at /m)
  })

  it('names damage on standard error with file, byte and reason, and the summary says that it is not complete', () => {
    const said = conduitwatch(['analyze', cut, '-f', 'json'])
    expect(said.stderr).toMatch(new RegExp(`^conduitwatch: ${cut}: damaged at byte \\d+: .+`, 'm'))
    const summary = JSON.parse(said.stdout) as Summary
    expect(summary.complete).toBe(false)
    expect(summary.files[0].damage).toHaveLength(1)
    expect(summary.frames.received).toBeGreaterThan(50)
  })

  it('judges what is good when one of several inputs is not', () => {
    const said = conduitwatch(['analyze', text, CAPTURE, empty, ...POLICY, '-f', 'json'])
    const summary = JSON.parse(said.stdout) as Summary
    expect(said.status).toBe(1)
    expect(summary.files.map(({ frames }) => frames)).toEqual([0, 2008, 0])
    expect(said.stderr.match(/damaged at byte 0/g)).toHaveLength(2)
  })

  it('tells all mistakes of a policy and judges nothing', () => {
    const zones = Array.from({ length: 200 }, (_, i) => `  - {id: z${i}, networks: [10.0.${i}.0/33]}`)
    const said = conduitwatch([
      'analyze',
      CAPTURE,
      '-p',
      file('many.yaml', ['version: 1', 'zones:', ...zones].join('\n')),
    ])
    expect(said).toMatchObject({ status: 2, stdout: '' })
    expect(said.stderr.match(/: error: /g)).toHaveLength(200)
    expect(said.stderr).toMatch(/200 mistakes/)
  })
})

describe('standard output', () => {
  it('is a report without colours when it is no terminal', () => {
    const { stdout } = conduitwatch(['analyze', CAPTURE, ...POLICY])
    expect(stdout).toMatch(/^3 conversations crossed zone borders outside the declared conduits\./)
    expect(stdout).not.toContain('\x1b')
  })

  it('lists and judges nothing without a policy, and says so', () => {
    const { status, stdout } = conduitwatch(['analyze', CAPTURE])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^Nothing was judged: no policy was given\./)
  })

  it('is findings and then the summary as JSON lines', () => {
    const { stdout } = conduitwatch(['analyze', CAPTURE, ...POLICY, '-f', 'jsonl'])
    const types = stdout
      .trimEnd()
      .split('\n')
      .map(line => (JSON.parse(line) as { type: string }).type)
    expect(types).toEqual(['finding', 'finding', 'finding', 'finding', 'summary'])
  })

  it('is a row for each flow as CSV', () => {
    const { stdout } = conduitwatch(['analyze', CAPTURE, ...POLICY, '-f', 'csv'])
    const lines = stdout.trimEnd().split('\r\n')
    expect(lines).toHaveLength(33)
    expect(lines[0]).toMatch(/^type,flow_id,/)
  })

  it.skipIf(process.platform === 'win32')('may be closed early by its reader', () => {
    const line = `"${process.execPath}" src/main.ts analyze ${CAPTURE} -f csv | head -n 1`
    const { stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: ROOT, encoding: 'utf8' })
    expect(stdout).toMatch(/^type,flow_id,/)
    expect(stderr).toBe('')
  })
})

describe('input', () => {
  const summaryOf = (words: string[], input?: Uint8Array): Summary =>
    JSON.parse(conduitwatch(['analyze', ...words, '-f', 'json'], input).stdout) as Summary

  it('comes from standard input, packed or not', () => {
    const plain = summaryOf(['-', ...POLICY], traffic)
    const packed = summaryOf(['-', ...POLICY], gzipSync(traffic))
    const named = summaryOf([CAPTURE, ...POLICY])
    expect({ ...plain, files: [], limits: [] }).toEqual({ ...named, files: [], limits: [] })
    expect({ ...packed, files: [], limits: [] }).toEqual({ ...named, files: [], limits: [] })
    expect(packed.files[0].format).toMatch(/gzip/)
  })

  it('may be part of its time', () => {
    const all = summaryOf([CAPTURE])
    const halves = [summaryOf([CAPTURE, '--until', '+60s']), summaryOf([CAPTURE, '--since', '+60s'])]
    for (const half of halves) {
      expect(half.frames.received).toBe(all.frames.received)
      expect(half.frames.filtered).toBeGreaterThan(0)
    }
    expect(halves[0].frames.filtered + halves[1].frames.filtered).toBe(all.frames.received)
    const last = summaryOf([CAPTURE, '--since', '-10s'])
    expect(Date.parse(last.start!)).toBeGreaterThan(Date.parse(all.end!) - 11_000)
  })

  it('cannot be counted from its end when it is a pipe', () => {
    const said = conduitwatch(['analyze', '-', '--since', '-10s'], traffic)
    expect(said).toMatchObject({ status: 2, stdout: '' })
    expect(said.stderr).toMatch(/not a pipe/)
  })

  it.skipIf(process.platform === 'win32')(
    'may grow: an interrupt ends it, and what was read is judged',
    async () => {
      const fifo = join(folder.path, 'growing')
      expect(spawnSync('mkfifo', [fifo]).status).toBe(0)
      const { child, ended } = start(['analyze', fifo, ...POLICY, '-f', 'json'])
      const writer = createWriteStream(fifo)
      await new Promise<void>(resolve => writer.write(traffic, () => resolve()))
      // the writer is done when everything is read; the frames of one more burst are on their way to the judge
      await new Promise(resolve => setTimeout(resolve, 500))
      child.kill('SIGINT')
      const said = await Promise.race([
        ended,
        new Promise<undefined>(resolve => setTimeout(() => resolve(undefined), 10_000)),
      ])
      writer.destroy()
      if (said === undefined) child.kill('SIGKILL')
      const summary = JSON.parse(said!.stdout) as Summary
      expect(summary.complete).toBe(false)
      expect(summary.frames.received).toBe(2008)
      expect(said!.status).toBe(1)
    },
  )

  it('names its tap', () => {
    const { stdout } = conduitwatch(['analyze', CAPTURE, '--tap', 'esx-a=*.pcap', '-f', 'csv'])
    expect(stdout.split('\r\n')[1].split(',')).toContain('esx-a')
  })
})

describe('--out', () => {
  const out = join(folder.path, 'out', 'deep')

  it('writes four files, refuses those of another run, and replaces them with --force', () => {
    expect(conduitwatch(['analyze', CAPTURE, ...POLICY, '-o', out]).status).toBe(1)
    expect(readdirSync(out).sort()).toEqual(['assets.jsonl', 'findings.jsonl', 'flows.jsonl', 'summary.json'])
    const flows = readFileSync(join(out, 'flows.jsonl'), 'utf8')
    const again = conduitwatch(['analyze', CAPTURE, ...POLICY, '-o', out])
    expect(again).toMatchObject({ status: 2, stdout: '' })
    expect(again.stderr).toMatch(/--force/)
    expect(conduitwatch(['analyze', CAPTURE, ...POLICY, '-o', out, '--force']).status).toBe(1)
    expect(readFileSync(join(out, 'flows.jsonl'), 'utf8')).toBe(flows)
  })

  it('leaves nothing behind when nothing was judged', () => {
    const other = join(folder.path, 'other')
    expect(conduitwatch(['analyze', join(folder.path, 'missing.pcap'), '-o', other]).status).toBe(2)
    expect(readdirSync(other)).toEqual([])
  })

  it.skipIf(!existsSync('/proc/self'))('comes back from a place where nothing can be made', () => {
    const said = conduitwatch(['analyze', CAPTURE, '-o', '/proc/conduitwatch/out'])
    expect(said).toMatchObject({ status: 2, stdout: '' })
    expect(said.stderr).toMatch(/cannot use/)
  })
})

describe('the installed command', () => {
  it('says in one sentence that Node.js is too old', () => {
    const old = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"20.1.0"}})'
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      ['--import', old, join(ROOT, 'bin/conduitwatch.js'), '--version'],
      { encoding: 'utf8' },
    )
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: 'conduitwatch needs Node.js 24 or newer; this is 20.1.0.\n',
    })
  })
})
