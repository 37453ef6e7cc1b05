import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { type Contender, commandLine, ourselves, PEERS } from '../../bench/peers/contenders.ts'
import { measure, median } from '../../bench/peers/measure.ts'
import { locate, run } from '../../bench/peers/run.ts'
import { Scratch } from '../capture/support.ts'

const scratch = new Scratch()
afterAll(() => scratch.remove())

/** Writes its name into the log, then ends as told. */
function writer(name: string, log: string, status: number, more: Partial<Contender> = {}): Contender {
  const code = `require('node:fs').appendFileSync(process.argv[1], ${JSON.stringify(`${name} `)}); process.exit(${status})`
  return {
    name,
    kind: 'meter',
    does: '',
    program: process.execPath,
    words: () => ['-e', code, log],
    seen: () => ({ frames: 7 }),
    ...more,
  }
}

describe('taking turns', () => {
  it('runs ours before every run of a peer', async () => {
    const log = scratch.file('turns', '')
    const heard: string[] = []
    const ours = [writer('all', log, 1, { fine: [0, 1] }), writer('one', log, 0)]
    const peers = [writer('x', log, 0), writer('y', log, 0)]
    const runs = await measure({ capture: '/x/some.pcap' }, ours, peers, 2, scratch.path, (name, round) =>
      heard.push(name + round),
    )
    expect(readFileSync(log, 'utf8').trim()).toBe('all one x all one y all one x all one y')
    expect(heard).toEqual([
      'all1',
      'one1',
      'x1',
      'all1',
      'one1',
      'y1',
      'all2',
      'one2',
      'x2',
      'all2',
      'one2',
      'y2',
    ])
    expect(runs.map(({ seconds }) => seconds.length)).toEqual([4, 4, 2, 2])
    expect(runs.map(({ ratios }) => ratios.map(list => list.length))).toEqual([
      [0, 0],
      [4, 0],
      [2, 2],
      [2, 2],
    ])
    const [all, one, x] = runs
    expect(x.ratios[0]).toEqual([x.seconds[0] / all.seconds[0], x.seconds[1] / all.seconds[2]])
    expect(x.ratios[1]).toEqual([x.seconds[0] / one.seconds[0], x.seconds[1] / one.seconds[2]])
    expect(runs.every(({ seen }) => seen.frames === 7)).toBe(true)
    // their folders are gone
    expect(readdirSync(scratch.path)).toEqual(['turns'])
  })

  it('runs ours alone where there is no peer', async () => {
    const log = scratch.file('turns', '')
    const runs = await measure({ capture: '/x/some.pcap' }, [writer('all', log, 0)], [], 3, scratch.path)
    expect(runs[0].seconds).toHaveLength(3)
  })

  it('leaves a peer out that fails, and says why; does not go on without ours', async () => {
    const log = scratch.file('turns', '')
    const bad = writer('bad', log, 3, {
      words: ({ capture }) => [
        '-e',
        'console.error(process.argv[1] + " is cut off"); process.exit(3)',
        capture,
      ],
    })
    const gone = writer('gone', log, 0, { program: '/no/such/program' })
    const liar = writer('liar', log, 0, {
      seen: () => {
        throw new Error('did not read the whole file')
      },
    })
    const runs = await measure(
      { capture: '/x/some.pcap' },
      [writer('all', log, 0)],
      [bad, gone, liar],
      2,
      scratch.path,
    )
    expect(runs.map(({ failure }) => failure)).toEqual([
      undefined,
      'bad ended with status 3: CAPTURE is cut off',
      expect.stringContaining('ENOENT'),
      'did not read the whole file',
    ])
    expect(readFileSync(log, 'utf8').trim()).toBe('all all all liar')
    await expect(measure({ capture: '/x/some.pcap' }, [bad], [], 1, scratch.path)).rejects.toThrow('status 3')
  })

  it('tells output, status and processor time of a program', async () => {
    const code = 'while (process.cpuUsage().user < 200_000); console.log("out"); console.error("err")'
    const said = await run(process.execPath, ['-e', code])
    expect(said).toMatchObject({ status: 0, stdout: 'out\n', stderr: 'err\n' })
    if (said.cpu !== undefined) expect(said.cpu).toBeGreaterThan(0.15)
    await expect(run(process.execPath, ['-e', 'process.kill(process.pid, "SIGKILL")'])).rejects.toThrow(
      'SIGKILL',
    )
  })

  it('finds the middle', () => {
    expect(median([5, 1, 3])).toBe(3)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([])).toBeNaN()
  })
})

describe('command lines', () => {
  it('name no folder of this machine', () => {
    for (const contender of [...ourselves(true), ...PEERS]) {
      const line = commandLine(contender, true)
      expect(line).toContain('CAPTURE')
      expect(line.replaceAll('/dev/null', '')).not.toMatch(/ \//)
    }
    const [all, one] = ourselves(true)
    expect(commandLine(all, true)).toBe('node bin/conduitwatch.js analyze CAPTURE -p POLICY -f json')
    expect(commandLine(one, false)).toBe('node bin/conduitwatch.js analyze CAPTURE -f json --workers 1')
  })

  it('are of programs that are looked for on PATH', () => {
    expect(locate('no-such-program-anywhere')).toBeUndefined()
    expect(locate('sh')).toMatch(/\/sh$/)
  })
})
