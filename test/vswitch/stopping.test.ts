import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/command.ts'
import { type Outcome, run, sleep, until } from './lab/command.ts'
import { isRunning } from './lab/daemon.ts'
import { flood, send, udpFlows } from './lab/traffic.ts'
import { useLab } from './lab/use-lab.ts'
import { Wire } from './lab/wire.ts'
import { sensorOf } from './support/sensor.ts'
import { processesOf, sumOf, Watching } from './support/watching.ts'

const MAIN = join(ROOT, 'src/main.ts')
const FLOWS = 100
const MANY = 1_000_000
const NOBODY = '65534'

let wire: Wire
const used = useLab('wire')
used.prepare(lab => {
  wire = new Wire(lab)
})

const load = (): ReturnType<typeof flood> => flood(wire.sender, { frames: udpFlows(FLOWS), count: MANY })

/** Starts `watch` by words of the lab's own. */
const start = (...words: string[]): Promise<Outcome> => wire.sensor.namespace.start(words).ended

/** What was said to a user is one sentence in one line, and no trace of the program's insides. */
function expectSentence({ status, stderr }: Outcome, sentence: RegExp): void {
  const lines = stderr.trimEnd().split('\n')
  expect(lines.at(-1)).toMatch(/^conduitwatch: /)
  expect(lines.at(-1)).toMatch(sentence)
  expect(lines.filter(line => !/^conduitwatch: watching /.test(line))).toHaveLength(1)
  expect(status).toBe(2)
}

describe('a run that is stopped under load', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('by %s ends with final records and a summary', async signal => {
    const watching = await Watching.begin(wire.sensor, { withFlows: true })
    const flooding = load()
    await watching.flow(({ final }) => !final)
    const { summary, flows, findings, status } = await watching.stop(signal)
    await flooding
    expect(status).toBe(0)
    const last = flows.filter(({ final }) => final)
    expect(last).toHaveLength(FLOWS)
    expect(new Set(last.map(({ end_reason }) => end_reason))).toEqual(new Set(['shutdown']))
    const packets = last.reduce((sum, flow) => sum + flow.orig_packets + flow.resp_packets, 0)
    expect(packets).toBe(summary.frames.decoded)
    expect(sumOf(summary)).toBe(summary.frames.received)
    expect(summary.frames).toMatchObject({ worker_lost: 0, kernel_lost: 0, ring_lost: 0 })
    // what comes after it was stopped is no loss
    expect(summary.complete).toBe(true)
    expect(summary.gaps).toEqual([])
    expect(findings.filter(({ kind }) => kind.startsWith('mirror-'))).toEqual([])
    expect(readdirSync(watching.out!).toSorted()).toEqual([
      ...['assets.jsonl', 'findings.jsonl', 'flows.jsonl', 'summary.json'],
    ])
    expect(JSON.parse(readFileSync(join(watching.out!, 'summary.json'), 'utf8'))).toEqual(summary)
  })

  it('ends at once by a second signal, and leaves no file that looks whole', async () => {
    const watching = await Watching.begin(wire.sensor, { withFlows: true })
    const sensor = await sensorOf(watching)
    const flooding = load()
    await watching.flow(({ final }) => !final)
    // a sensor that does not answer keeps the first signal waiting
    process.kill(sensor, 'SIGSTOP')
    watching.running.child.kill('SIGINT')
    await sleep(500)
    expect(watching.running.isOver).toBe(false)
    const { status, stderr } = await watching.running.stop('SIGINT')
    expect(status).toBe(130)
    expect(stderr).toMatch(/stopped at once; what was open has no final record\n$/)
    expect(watching.records('summary')).toEqual([])
    // what was written is kept, under names that say that it is not all
    expect(readdirSync(watching.out!)).toEqual(['flows.jsonl.partial'])
    await until('the end of the sensor', () => !isRunning(sensor))
    await flooding
  })

  it('has judged what had come, though it had only just begun', async () => {
    const watching = Watching.start(wire.sensor, { withFlows: true })
    await sensorOf(watching)
    const { frames } = await flood(wire.sender, { frames: udpFlows(FLOWS), count: 1000 })
    const { summary, status, flows } = await watching.stop()
    expect(status).toBe(0)
    expect(summary.frames).toMatchObject({ received: frames, decoded: frames, worker_lost: 0 })
    expect(flows.filter(({ final }) => final)).toHaveLength(FLOWS)
  })

  it('judges all that waits in its ring, however much that is', async () => {
    const watching = await Watching.begin(wire.sensor, { flags: ['--ring', '256'] })
    const sensor = await sensorOf(watching)
    process.kill(sensor, 'SIGSTOP')
    const { frames } = await load()
    watching.running.child.kill('SIGINT')
    process.kill(sensor, 'SIGCONT')
    await watching.running.ended
    const [summary] = watching.records('summary')
    expect(summary.frames).toMatchObject({ received: frames, decoded: frames, worker_lost: 0 })
  })

  it('leaves no sensor behind where it is killed itself', async () => {
    const watching = await Watching.begin(wire.sensor)
    const sensor = await sensorOf(watching)
    await watching.running.stop('SIGKILL')
    await until('the end of the sensor', () => !isRunning(sensor))
  })
})

describe('a run whose output cannot be written', () => {
  it('ends where nobody reads any more, without a word', async () => {
    const words = [process.execPath, MAIN, 'watch', '-i', 'eth0', '-f', 'jsonl', '--status', '1']
    const shell = `${words.map(word => `'${word}'`).join(' ')} | head -n 1`
    const { status, stdout, stderr } = await start('sh', '-c', shell)
    expect(status).toBe(0)
    expect(JSON.parse(stdout).type).toBe('status')
    expect(stderr).toMatch(/^conduitwatch: watching [^\n]*\n$/)
  })

  it('ends with one sentence where standard output cannot be written', async () => {
    const words = [process.execPath, MAIN, 'watch', '-i', 'eth0', '-f', 'jsonl', '--status', '1']
    const shell = `${words.map(word => `'${word}'`).join(' ')} > /dev/full`
    expectSentence(await start('sh', '-c', shell), /cannot write standard output: the disk is full/)
  })

  it('ends with one sentence where the disk of its files is full', async context => {
    const disk = join(used.lab.folder, 'disk')
    mkdirSync(disk)
    try {
      run(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk])
    } catch (error) {
      context.skip(`no file system can be mounted here: ${(error as Error).message}`)
    }
    used.lab.onClose(() => run(['umount', disk]))
    const out = join(disk, 'out')
    const words = [process.execPath, MAIN, 'watch', '-i', 'eth0', '-o', out]
    const running = wire.sensor.namespace.start(words)
    await running.says(/watching eth0/, 30_000)
    await send(wire.sender, udpFlows(3000), { rate: 10_000 })
    expectSentence(await running.ended, /flows\.jsonl\.partial: the disk is full/)
    expect(readdirSync(out)).toEqual(['flows.jsonl.partial'])
    expect(readFileSync(join(out, 'flows.jsonl.partial')).length).toBeGreaterThan(100_000)
  })

  it.each(['', '2>&1'])('goes on, and hears signals, where nobody reads a full pipe %s', async also => {
    const words = [process.execPath, MAIN, 'watch', '-i', 'eth0', '-f', 'jsonl', '--status', '1']
    const command = words.map(word => `'${word}'`).join(' ')
    // the reader opens the pipe and never reads; the shell says when the program has ended, and how
    const pipe = join(used.lab.folder, `pipe${also.length}`)
    const shell = `mkfifo '${pipe}'; sleep 60 < '${pipe}' & reader=$!
      ${command} > '${pipe}' ${also} & echo $! >&2; wait $!; echo "ended with $?" >&2; kill $reader`
    const running = wire.sensor.namespace.start(['sh', '-c', shell])
    await running.says(/^\d+$/m, 30_000)
    await until('a sensor', () => processesOf(Number(running.stderr.trim())).length > 1, 30_000)
    await sleep(2500)
    await send(wire.sender, udpFlows(2000), { rate: 5000 })
    const pid = Number(/^(\d+)$/m.exec(running.stderr)![1])
    // a sensor that is killed is replaced: somebody is there to see to it
    const [sensor] = processesOf(pid).slice(1)
    process.kill(sensor, 'SIGKILL')
    await until('another sensor', () => {
      const [other] = processesOf(pid).slice(1)
      return other !== undefined && other !== sensor
    })
    process.kill(pid, 'SIGTERM')
    await running.says(/ended with 0/, 20_000)
  })
})

describe('a run that cannot begin', () => {
  const watch = [process.execPath, MAIN, 'watch', '-i', 'eth0']

  it.each([
    ['another user', ['--reuid', NOBODY, '--regid', NOBODY, '--clear-groups']],
    ['root without it', ['--bounding-set=-net_raw', '--inh-caps=-net_raw']],
  ])('says which capability it needs and how to give it: %s', async (_, flags) => {
    expectSentence(await start('setpriv', ...flags, ...watch), /CAP_NET_RAW.*setcap/i)
  })

  it('names the interfaces there are where it is to watch another one', async () => {
    const outcome = await start(...watch.slice(0, -1), 'eth7')
    expectSentence(outcome, /no interface eth7 here; there are lo, eth0/)
  })

  it('leaves no files', async () => {
    const out = join(used.lab.folder, 'none')
    const [status, other] = [await start(...watch, '-i', 'eth7', '-o', out), existsSync(out)]
    expectSentence(status, /eth7/)
    expect(other).toBe(false)
    run(['chmod', '755', used.lab.folder])
    const shared = join(used.lab.folder, 'shared')
    mkdirSync(shared)
    run(['chmod', '777', shared])
    const nobody = ['setpriv', '--reuid', NOBODY, '--regid', NOBODY, '--clear-groups']
    expectSentence(await start(...nobody, ...watch, '-o', join(shared, 'out')), /CAP_NET_RAW/i)
    expect(existsSync(join(shared, 'out')) ? readdirSync(join(shared, 'out')) : []).toEqual([])
  })
})
