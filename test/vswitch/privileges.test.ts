import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { ROOT } from '../support/command.ts'
import { flood, udpFlows } from './lab/traffic.ts'
import { useLab } from './lab/use-lab.ts'
import { Wire } from './lab/wire.ts'
import { statusOf } from './support/sensor.ts'
import { processesOf } from './support/watching.ts'

const MAIN = join(ROOT, 'src/main.ts')
const SOMEBODY = 12_345
const hasSetcap = spawnSync('setcap', ['-h']).error === undefined

let wire: Wire
const used = useLab('wire')
used.prepare(lab => {
  wire = new Wire(lab)
})

/** Runs `watch` as somebody, with what `setpriv` is told besides, and looks at its sensor while frames come. */
async function watchAs(program: string, flags: readonly string[]): Promise<void> {
  const who = [`--reuid=${SOMEBODY}`, `--regid=${SOMEBODY}`, '--clear-groups', ...flags]
  const running = wire.sensor.namespace.start([
    'setpriv',
    ...who,
    program,
    MAIN,
    'watch',
    '-i',
    'eth0',
    '-f',
    'jsonl',
  ])
  await running.says(/watching/, 30_000)
  const [supervisor, ...others] = processesOf(running.pid)
  expect(others).toHaveLength(1)
  expect(statusOf(supervisor, 'CapEff')).toBe('0000000000002000')
  for (const key of ['CapEff', 'CapPrm', 'CapInh', 'CapAmb'])
    expect([key, statusOf(others[0], key)]).toEqual([key, '0000000000000000'])
  const { frames } = await flood(wire.sender, { frames: udpFlows(10), count: 1000 })
  const { stdout } = await running.stop('SIGINT')
  expect(JSON.parse(stdout.trimEnd().split('\n').at(-1)!).frames.decoded).toBe(frames)
}

describe('a sensor has no capability', () => {
  it('where they were handed on to the supervisor, as systemd does', () =>
    watchAs(process.execPath, ['--inh-caps=+net_raw', '--ambient-caps=+net_raw', '--bounding-set=+net_raw']))

  it.skipIf(!hasSetcap)(
    'where the Node.js that runs both has them (setcap; skipped without libcap2-bin)',
    async () => {
      const program = join(used.lab.folder, 'node')
      copyFileSync(process.execPath, program)
      chmodSync(program, 0o755)
      chmodSync(used.lab.folder, 0o755)
      execFileSync('setcap', ['cap_net_raw+ep', program])
      await watchAs(program, [])
    },
  )
})
