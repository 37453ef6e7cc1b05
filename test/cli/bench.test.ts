import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { BenchDocument } from '../../src/bench/document.ts'
import { MIXES } from '../../src/bench/mixes.ts'
import { ROOT, type Said, scratch } from '../support/command.ts'

const folder = scratch()
afterAll(folder.remove)
const MAIN = join(ROOT, 'src/main.ts')
const CAPTURE = 'captures/it-to-plc/traffic.pcap'
const POLICY = 'captures/it-to-plc/site.yaml'
const NOT_A_SIGNAL = process.platform === 'win32'

let places = 0

/** Starts `bench` with a place of its own for temporary files. */
function start(words: string[], entry = MAIN) {
  const place = join(folder.path, `place-${places++}`)
  mkdirSync(place)
  const child = spawn(process.execPath, [entry, 'bench', ...words], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: place, TEMP: place, TMP: place },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: Said = { status: null, stdout: '', stderr: '' }
  child.stdout.on('data', data => {
    said.stdout += data
  })
  child.stderr.on('data', data => {
    said.stderr += data
  })
  const ended = new Promise<Said>(resolve => child.on('close', status => resolve({ ...said, status })))
  const left = (): string[] => readdirSync(place, { recursive: true }).map(String)
  return { child, ended, left }
}

/** Runs `bench` to its end, which leaves nothing behind. */
async function bench(words: string[], entry?: string): Promise<Said> {
  const { ended, left } = start(words, entry)
  const said = await ended
  expect(left()).toEqual([])
  return said
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !holds(); i++) await new Promise(resolve => setTimeout(resolve, 20))
  expect(holds()).toBe(true)
}

describe('mixes', () => {
  it('are made, measured and told as JSON', async () => {
    const words = ['--mix', 'vlan,64', '--frames', '500', '--runs', '1', '--workers', '1,2', '-f', 'json']
    const { status, stdout, stderr } = await bench(words)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const document = JSON.parse(stdout) as BenchDocument
    expect(document).toMatchObject({ type: 'bench', runs: 1, workers: [1, 2], faults: [] })
    expect(document.results.map(({ mix }) => mix)).toEqual(['64', 'vlan'])
    for (const { frames, flows, complete, startup, measured } of document.results) {
      expect({ frames, flows, complete }).toEqual({ frames: 500, flows: 500, complete: true })
      expect(startup.seconds).toBeGreaterThan(0)
      expect(measured.map(({ workers, runs }) => [workers, runs.length])).toEqual([
        [1, 1],
        [2, 1],
      ])
      for (const figures of measured) {
        expect(figures.frames_per_second).toBeCloseTo(500 / figures.seconds, -1)
        expect(figures.cpu_ns_per_frame).toBeGreaterThan(0)
        expect(figures.peak_memory_bytes).toBeGreaterThan(10e6)
      }
    }
    expect(document.results.map(({ bytes }) => bytes)).toEqual([32_000, 34_000])
    expect(document.results.map(({ against }) => against?.mix)).toEqual([undefined, '64'])
  })

  it('are told as a table', async () => {
    const { status, stdout, stderr } = await bench([
      '--mix',
      'ot-polling',
      '--frames',
      '900',
      '--runs',
      '1',
      '--workers',
      '1',
    ])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain(`Node.js ${process.versions.node}`)
    expect(stdout).toContain('One run of the whole command')
    expect(stdout).toMatch(/^ot-polling +1 +0\.\d\d /m)
    expect(stdout).not.toContain('\x1b')
  })

  it('are named by --help', async () => {
    const { status, stdout } = await bench(['--help'])
    expect(status).toBe(0)
    for (const { name, about } of MIXES) expect(stdout).toMatch(new RegExp(`^  ${name} +${about}$`, 'm'))
  })
})

describe('own captures', () => {
  it('are measured with their policy', async () => {
    const words = [CAPTURE, 'captures/damaged', '-p', POLICY, '--runs', '1', '--workers', '1', '-f', 'json']
    const { status, stdout, stderr } = await bench(words)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const { results } = JSON.parse(stdout) as BenchDocument
    expect(results[0]).toMatchObject({ capture: CAPTURE, policy: POLICY, frames: 2008, complete: true })
    expect(results[1]).toMatchObject({ capture: 'captures/damaged', complete: false })
    expect(results.map(result => 'mix' in result)).toEqual([false, false])
  })
})

describe('runs that do not agree', () => {
  /** the command, but that `analyze` with two workers loses a frame */
  const entry = join(folder.path, 'loses.mjs')
  writeFileSync(
    entry,
    `const lost = process.argv.indexOf('--workers') > 0 && process.argv[process.argv.indexOf('--workers') + 1] === '2'
     if (process.argv[2] === 'analyze')
       console.log(JSON.stringify({
         frames: { received: lost ? 499 : 500 }, bytes: 32000, files: [{ bytes: 40024 }], flows: { total: 9 }, complete: true
       }))
     else await import(${JSON.stringify(new URL('../../src/main.ts', import.meta.url).href)})`,
  )
  const words = ['--mix', '64', '--frames', '500', '--runs', '1', '--workers', '1,2']

  it('give exit status 1 and a sentence', async () => {
    const text = await bench(words, entry)
    expect(text.status).toBe(1)
    expect(text.stdout).toContain('- 64: analyze with 2 workers counted 499 of 500 frames.\n')
    const json = await bench([...words, '-f', 'json'], entry)
    expect(json).toMatchObject({
      status: 1,
      stderr: 'conduitwatch: 64: analyze with 2 workers counted 499 of 500 frames\n',
    })
    expect((JSON.parse(json.stdout) as BenchDocument).faults).toHaveLength(1)
  })
})

describe('mistakes', () => {
  it.each([
    [['--mix', '64,65'], /There is no mix "65", but 64, ot-polling/],
    [['--workers', '1,1'], /different numbers from 1 to 64/],
    [['--workers', '65'], /different numbers/],
    [['--workers', ''], /different numbers/],
    [['--frames', '99'], /whole number from 100/],
    [['--runs', 'all'], /whole number from 1 to 99/],
    [['-p', POLICY], /--policy goes with captures/],
    [[CAPTURE, '--mix', '64'], /--mix goes without captures/],
    [[CAPTURE, '--frames', '500'], /--frames goes without captures/],
    [['-'], /standard input cannot be measured/],
    [['missing.pcap'], /cannot read missing\.pcap: there is no such file/],
    [[CAPTURE, '-p', 'missing.yaml'], /cannot read the policy missing\.yaml/],
    [[CAPTURE, '--fast'], /unknown option/],
  ])('%j are told and give exit status 2', async (words, message) => {
    const said = await bench(words)
    expect(said).toMatchObject({ status: 2, stdout: '' })
    expect(said.stderr).toMatch(message)
    expect(said.stderr).not.toMatch(/^ {4}at /m)
  })

  it('may be too large a wish, which is told before the disk is full', async ctx => {
    const { bavail, bsize } = statfsSync(folder.path)
    if (bavail * bsize > 1.5e12) ctx.skip('this disk has room for it')
    const said = await bench(['--mix', '1518', '--frames', '1000000000'])
    expect(said).toMatchObject({ status: 2, stdout: '' })
    expect(said.stderr).toMatch(/^conduitwatch: there is no room for a capture of 1\.5 TB/)
  })
})

describe.skipIf(NOT_A_SIGNAL)('an interrupt', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s while a capture is made leaves nothing behind',
    async signal => {
      const { child, ended, left } = start(['--mix', '64', '--frames', '5000000'])
      await until(() => left().some(name => name.endsWith('64.pcap')))
      child.kill(signal)
      expect(await ended).toMatchObject({ status: signal === 'SIGINT' ? 130 : 143, stdout: '', stderr: '' })
      expect(left()).toEqual([])
    },
  )

  it('while a run is measured ends it and leaves nothing behind', async () => {
    const entry = join(folder.path, 'slow.mjs')
    const started = join(folder.path, 'started')
    writeFileSync(
      entry,
      `import { writeFileSync } from 'node:fs'
       if (process.argv[2] === 'analyze') {
         writeFileSync(${JSON.stringify(started)}, '')
         setInterval(() => {}, 1000)
       } else await import(${JSON.stringify(new URL('../../src/main.ts', import.meta.url).href)})`,
    )
    const { child, ended, left } = start([CAPTURE], entry)
    await until(() => readdirSync(folder.path).includes('started'))
    child.kill('SIGINT')
    // its output closes only when the run has ended, too
    expect(await ended).toMatchObject({ status: 130, stdout: '' })
    expect(left()).toEqual([])
  })
})
