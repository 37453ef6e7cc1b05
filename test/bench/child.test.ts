import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { BenchError, childRunner, type Run } from '../../src/bench/child.ts'
import { scratch } from '../support/command.ts'

const folder = scratch()
afterAll(folder.remove)

const SUMMARY = {
  frames: { received: 7 },
  bytes: 448,
  files: [{ bytes: 300 }, { bytes: 284 }],
  flows: { total: 3 },
  complete: true,
}

/** A program in place of the command; SUMMARY is what it may say. */
function program(name: string, text: string): string {
  const path = join(folder.path, `${name}.mjs`)
  writeFileSync(path, `const summary = ${JSON.stringify(JSON.stringify(SUMMARY))}\n${text}\n`)
  return path
}

function runOf(name: string, text: string, signal = new AbortController().signal): Promise<Run> {
  return childRunner(program(name, text), signal)({ capture: 'x.pcap', policy: 'p.yaml', workers: 3 })
}

describe('a run as a child process', () => {
  it('asks for the summary as JSON', async () => {
    const asked = join(folder.path, 'asked.json')
    await runOf(
      'asked',
      `import { writeFileSync } from 'node:fs'
       writeFileSync(${JSON.stringify(asked)}, JSON.stringify(process.argv.slice(2)))
       console.log(summary)`,
    )
    const words = (await import(asked, { with: { type: 'json' } })).default
    expect(words).toEqual([
      'analyze',
      'x.pcap',
      '--workers',
      '3',
      '-f',
      'json',
      '--no-progress',
      '-p',
      'p.yaml',
    ])
  })

  it.each([0, 1, 3])('is good with exit status %d', async status => {
    const run = await runOf(`good${status}`, `console.log(summary); process.exitCode = ${status}`)
    expect(run.answer).toEqual({
      frames: 7,
      bytes: 448,
      fileBytes: 584,
      flows: 3,
      complete: true,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(run.seconds).toBeGreaterThan(0)
    expect(run.cpuSeconds).toBeGreaterThan(0)
  })

  it('counts CPU and memory of all its threads, once', async () => {
    const alone = await runOf('alone', 'console.log(summary)')
    const threads = await runOf(
      'threads',
      `import { isMainThread, Worker } from 'node:worker_threads'
       let block
       if (isMainThread) {
         console.log(summary)
         for (let i = 0; i < 2; i++) new Worker(new URL(import.meta.url))
       } else {
         block = Buffer.alloc(80e6, 1)
         const end = process.threadCpuUsage().user + 300_000
         while (process.threadCpuUsage().user < end) block[5]++
       }`,
    )
    expect(threads.cpuSeconds).toBeGreaterThan(alone.cpuSeconds + 0.5)
    expect(threads.peakMemory).toBeGreaterThan(alone.peakMemory + 70e6)
  })

  it.skipIf(!existsSync('/proc/self/status'))('does not count the memory of its parent', async () => {
    const large = Buffer.alloc(400e6, 1)
    const { peakMemory } = await runOf('small', 'console.log(summary)')
    expect(peakMemory).toBeGreaterThan(20e6)
    expect(peakMemory).toBeLessThan(large.length)
  })

  it('that judged nothing hands on what the command said', async () => {
    const said = runOf('none', `console.error('conduitwatch: there is no such file'); process.exitCode = 2`)
    await expect(said).rejects.toThrow(BenchError)
    await expect(said).rejects.toThrow(/^conduitwatch: there is no such file$/)
  })

  it.each([
    ['died', 'process.kill(process.pid, "SIGKILL")', /with --workers 3 ended by SIGKILL/],
    ['failed', 'process.exitCode = 134; console.error("heap")', /ended with exit status 134: heap/],
    ['silent', '', /did not say/],
    ['mad', 'console.log("{}")', /did not say/],
  ])('that %s is an error', async (name, text, message) => {
    if (name === 'died' && process.platform === 'win32') return
    await expect(runOf(name, text)).rejects.toThrow(message)
  })

  it('ends at once when it is stopped', async () => {
    const stop = new AbortController()
    const started = join(folder.path, 'started')
    const said = runOf(
      'long',
      `import { writeFileSync } from 'node:fs'
       writeFileSync(${JSON.stringify(started)}, String(process.pid))
       setInterval(() => {}, 1000)`,
      stop.signal,
    )
    while (!readdirSync(folder.path).includes('started')) await new Promise(r => setTimeout(r, 20))
    stop.abort()
    await expect(said).rejects.toThrow(/abort/)
  })
})
