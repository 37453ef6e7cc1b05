import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { ROOT } from '../support/command.ts'

const PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`
const env = { ...process.env, PATH }
export const COMMANDS = join(ROOT, 'test/cli/interface-commands.ts')
const SENDER = join(ROOT, 'test/live/interface-sender.ts')

export interface Said {
  status: number | null
  stdout: string
  stderr: string
}

/** Runs a command to its end. Throws what it said if it failed, unless `mayFail`. */
export function run(words: readonly string[], input = '', mayFail = false): Said {
  const { status, stdout, stderr, error } = spawnSync(words[0], words.slice(1), {
    encoding: 'utf8',
    env,
    input,
    timeout: 60_000,
  })
  if (error !== undefined) throw error
  if (status !== 0 && !mayFail) throw new Error(`${words.join(' ')}: ${stderr}${stdout}`)
  return { status, stdout, stderr }
}

/** Two namespaces joined by a veth pair: `sensor` has `mir0`, `plant` has `out0`. IPv6 is off but where a test turns it on. */
export interface InterfaceLab {
  sensor: string
  plant: string
  /** `ip -n sensor ...` */
  ip(...words: string[]): void
  /** a command in the sensor's namespace */
  inSensor(words: readonly string[], input?: string, mayFail?: boolean): Said
  /** sets a value under /proc/sys/net of the sensor's namespace */
  set(path: string, value: number): void
  /** sends frames into `mir0` from its other end */
  send(frames: readonly Uint8Array[]): void
  /** frames that left through `mir0` since it was made */
  sent(): number
  /** somebody wants all frames of `mir0` */
  isListenedTo(): boolean
  /** runs a command about interfaces in the sensor's namespace, while frames are sent until it ends */
  ask(words: readonly string[], frames: readonly Uint8Array[]): Promise<Said>
}

/** Why the tests cannot run here, as a sentence; undefined if they can. */
function missing(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are there on Linux only'
  if (process.getuid?.() !== 0) return 'network namespaces are made by root'
  for (const [program, words] of [
    ['ip', ['-V']],
    ['nft', ['-v']],
    ['ethtool', ['--version']],
  ] as const)
    if (spawnSync(program, words, { env }).error !== undefined) return `${program} is not installed`
  const name = `ki${process.pid}p`
  const { status, stderr } = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8', env })
  spawnSync('ip', ['netns', 'del', name], { env })
  return status === 0 ? undefined : `no network namespace can be made: ${stderr.trim()}`
}

/** Gives the tests of a file a lab, new for each test; where there can be none, each is skipped with the reason. */
export function useInterfaceLab(): InterfaceLab {
  let reason: string | undefined
  let number = 0
  const lab: InterfaceLab = {
    sensor: '',
    plant: '',
    ip: (...words) => void run(['ip', '-n', lab.sensor, ...words]),
    inSensor: (words, input, mayFail) => run(['ip', 'netns', 'exec', lab.sensor, ...words], input, mayFail),
    set: (path, value) => void lab.inSensor(['tee', `/proc/sys/net/${path}`], String(value)),
    send: frames => void run(sender(lab.plant, 'once'), hexLines(frames)),
    sent: () => {
      const [link] = JSON.parse(run(['ip', '-n', lab.sensor, '-s', '-j', 'link', 'show', 'mir0']).stdout)
      return link.stats64.tx.packets
    },
    isListenedTo: () => {
      const [link] = JSON.parse(run(['ip', '-n', lab.sensor, '-d', '-j', 'link', 'show', 'mir0']).stdout)
      return link.promiscuity > 0
    },
    ask: async (words, frames) => {
      const [program, ...rest] = sender(lab.plant, 'on')
      const sending = spawn(program, rest, { env, stdio: ['pipe', 'ignore', 'inherit'] })
      sending.stdin!.end(hexLines(frames))
      const over = new Promise(resolve => sending.on('close', resolve))
      try {
        return await told(['ip', 'netns', 'exec', lab.sensor, process.execPath, COMMANDS, ...words])
      } finally {
        sending.kill()
        await over
      }
    },
  }
  const remove = (): void => {
    for (const name of [lab.sensor, lab.plant]) if (name !== '') run(['ip', 'netns', 'del', name], '', true)
    lab.sensor = lab.plant = ''
  }
  beforeAll(() => {
    reason = missing()
  })
  beforeEach(context => {
    if (reason !== undefined) context.skip(reason)
    remove()
    number++
    lab.sensor = `ki${process.pid}s${number}`
    lab.plant = `ki${process.pid}g${number}`
    for (const name of [lab.sensor, lab.plant]) {
      run(['ip', 'netns', 'add', name])
      for (const which of ['all', 'default'])
        run(['ip', 'netns', 'exec', name, 'tee', `/proc/sys/net/ipv6/conf/${which}/disable_ipv6`], '1')
    }
    lab.ip('link', 'add', 'mir0', 'type', 'veth', 'peer', 'name', 'out0', 'netns', lab.plant)
    lab.ip('link', 'set', 'mir0', 'up')
    run(['ip', '-n', lab.plant, 'link', 'set', 'out0', 'up'])
    lab.set('ipv4/icmp_ratelimit', 0)
  })
  afterAll(remove)
  return lab
}

const sender = (namespace: string, how: string): string[] => [
  'ip',
  'netns',
  'exec',
  namespace,
  process.execPath,
  SENDER,
  'out0',
  how,
]

const hexLines = (frames: readonly Uint8Array[]): string =>
  frames.map(frame => Buffer.from(frame).toString('hex')).join('\n')

function told(words: readonly string[]): Promise<Said> {
  const child = spawn(words[0], words.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said: Said = { status: null, stdout: '', stderr: '' }
  child.stdout.on('data', data => {
    said.stdout += data
  })
  child.stderr.on('data', data => {
    said.stderr += data
  })
  return new Promise(resolve => child.on('close', status => resolve({ ...said, status })))
}
