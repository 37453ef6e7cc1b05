import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from './lab/command.ts'
import { isRunning, pidIn } from './lab/daemon.ts'
import { Lab, sweep } from './lab/lab.ts'
import { Namespace } from './lab/namespace.ts'
import { OpenvSwitch } from './lab/openvswitch.ts'
import { useLab } from './lab/use-lab.ts'

const namespaces = (): string[] =>
  run(['ip', 'netns', 'list'])
    .split('\n')
    .map(line => line.split(' ')[0])

describe('a lab', () => {
  useLab('switch')

  it('leaves nothing behind: no process, no namespace, no file', () => {
    const lab = new Lab()
    const network = new OpenvSwitch(lab)
    const guest = network.guest('guest')
    guest.namespace.run(['sh', '-c', 'sleep 300 >/dev/null 2>&1 &'])
    const [sleeper] = run(['ip', 'netns', 'pids', guest.namespace.name]).split('\n').map(Number)
    const daemons = ['ovsdb-server', 'ovs-vswitchd'].map(name => pidIn(join(lab.folder, `${name}.pid`))!)
    expect([sleeper, ...daemons].map(isRunning)).toEqual([true, true, true])
    const own = [network.namespace.name, guest.namespace.name]
    expect(namespaces()).toEqual(expect.arrayContaining(own))

    lab.close()
    expect([sleeper, ...daemons].map(isRunning)).toEqual([false, false, false])
    expect(namespaces().filter(name => own.includes(name))).toEqual([])
    expect(existsSync(lab.folder)).toBe(false)
  })

  it('takes everything away whatever fails on the way, and says what failed', () => {
    const lab = new Lab()
    const { name } = new Namespace(lab, 'guest')
    lab.onClose(() => {
      throw new Error('this one')
    })
    new Namespace(lab, 'another')
    expect(() => lab.close()).toThrow(/this one/)
    expect(namespaces()).not.toContain(name)
    expect(existsSync(lab.folder)).toBe(false)
  })

  it('does not mind what a test took away itself', () => {
    const lab = new Lab()
    run(['ip', 'netns', 'del', lab.namespace('short')])
    expect(() => lab.close()).not.toThrow()
  })

  it('takes away what a lab left behind that was killed, and nothing of others', () => {
    const { pid } = spawnSync('true')
    const orphan = `cw${pid}-1-guest`
    const folder = join(tmpdir(), `cw${pid}-orphan`)
    const own = new Lab()
    const kept = own.namespace('kept')
    run(['ip', 'netns', 'add', orphan])
    mkdirSync(folder)
    sweep()
    expect(namespaces()).not.toContain(orphan)
    expect(existsSync(folder)).toBe(false)
    expect(namespaces()).toContain(kept)
    own.close()
  })
})

describe('commands', () => {
  it('say what failed', () => {
    expect(() => run(['sh', '-c', 'echo no such thing >&2; exit 3'])).toThrow(/no such thing/)
    expect(() => run(['no-such-program-anywhere'])).toThrow(/no-such-program-anywhere/)
  })

  it('that end before they say what was waited for tell what they said instead', async () => {
    const lab = new Lab()
    const running = lab.start(['sh', '-c', 'echo something else'])
    await expect(running.says(/ready/)).rejects.toThrow(/something else/)
    lab.close()
  })
})
