import { Command, Option } from 'commander'
import { counted, sanitise, timeText } from '../finding/words.ts'
import { netRawAdvice } from '../live/capabilities.ts'
import { CaptureFilterError, compileFilter, OUTER_ONLY } from '../live/capture-filter.ts'
import { fitness } from '../live/fitness.ts'
import { allInterfaces, interfaceFacts } from '../live/interface-facts.ts'
import { InterfaceProbe } from '../live/packet-socket.ts'
import { MOST_RINGS } from '../live/page.ts'
import { SystemError, unblock } from '../live/system.ts'
import type { Model } from '../policy/model.ts'
import { OutputError } from '../sink/line-writer.ts'
import { OutDirectory } from '../sink/out-directory.ts'
import { PatientWriter } from '../sink/patient-writer.ts'
import { textReport } from '../sink/text-report.ts'
import { Supervisor, type WatchResult } from '../watch/supervisor.ts'
import { type FlowFlags, flowOptions, spanOf } from './flow-options.ts'
import { MODES } from './interfaces.ts'
import { loadPolicyApart } from './policy-file.ts'
import { PolicyWatch } from './policy-watch.ts'
import { usesColour } from './terminal.ts'
import { WatchText } from './watch-text.ts'
import { wholeOf } from './whole-numbers.ts'

const FORMATS = ['text', 'jsonl'] as const
const WAYS = ['ring', 'libpcap'] as const
/** what kernels answer that do not know TPACKET_V3, or no packet sockets at all */
const NO_RINGS = new Set(['EINVAL', 'ENOPROTOOPT', 'EOPNOTSUPP', 'EAFNOSUPPORT', 'EPROTONOSUPPORT'])
const MEGABYTE = 1 << 20
const LARGEST_FRAME = 262_144
const LINES_EVERY = 500
/** milliseconds a reader of standard output has for the last lines */
const LAST_WORD = 1500

interface WatchFlags extends FlowFlags {
  interface: string[]
  policy?: string
  format: (typeof FORMATS)[number]
  out?: string
  force?: boolean
  mode: (typeof MODES)[number]
  filter?: string
  snaplen: number
  captureBy: (typeof WAYS)[number]
  ring: number
  rings: number
  status: number
}

/** The command `watch` (contract section 1). `done` is told the exit status. */
export function watchCommand(version: string, done: (status: number) => void): Command {
  const command = new Command('watch')
    .description('judge what a live mirror port delivers, until stopped')
    .requiredOption('-i, --interface <name>', 'interface to watch (repeatable)', namesOf)
    .option('-p, --policy <file>', 'site policy; read again when it changes and on SIGHUP')
    .addOption(
      new Option('-f, --format <format>', 'what goes to standard output').choices(FORMATS).default('text'),
    )
    .option('-o, --out <dir>', 'also write flows.jsonl, findings.jsonl, assets.jsonl and summary.json there')
    .option('--force', 'replace the files of another run in that folder')
    .addOption(
      new Option(
        '--mode <mode>',
        'mirror: nothing may be sent; terminated: a mirror is sent to an address of the interface, which answers ARP and ND',
      )
        .choices(MODES)
        .default('mirror'),
    )
    .option('--filter <expression>', 'capture filter in pcap syntax; what it leaves out is counted')
    .option('--snaplen <bytes>', 'bytes kept of a frame', wholeOf(64, LARGEST_FRAME), LARGEST_FRAME)
    .addOption(
      new Option(
        '--capture-by <way>',
        'rings shared with the kernel, or libpcap where there are none (slower)',
      )
        .choices(WAYS)
        .default('ring'),
    )
    .option('--ring <megabytes>', 'memory in which frames of an interface wait', wholeOf(2, 1024), 24)
    .option(
      '--rings <n>',
      'rings that memory is cut into, for adapters with several queues',
      wholeOf(1, 8),
      1,
    )
    .option('--status <time>', 'how often a status record is written', spanOf, 60)
  for (const option of flowOptions()) command.addOption(option)
  return command.action(async (flags: WatchFlags) => {
    done(await watch(flags, version))
    await errors?.end(LAST_WORD)
  })
}

const namesOf = (name: string, known: string[] = []): string[] =>
  known.includes(name) ? known : [...known, name]

let errors: PatientWriter | undefined

/** Standard error, which may be a pipe that nobody reads, too. */
function stderr(): PatientWriter {
  errors ??= new PatientWriter(2, 'standard error', unblock, () => {})
  return errors
}

const say = (text: string): void => {
  stderr().write(`conduitwatch: ${sanitise(text)}\n`)
}

async function watch(flags: WatchFlags, version: string): Promise<number> {
  if (process.platform !== 'linux') {
    process.stderr.write(
      'conduitwatch: watching a live interface works on Linux only; captures can be judged here with "conduitwatch analyze"\n',
    )
    return 2
  }
  let model: Model | undefined
  if (flags.policy !== undefined) {
    const colour = usesColour(process.stderr)
    const loaded = await loadPolicyApart({ path: flags.policy, colour, without: 'nothing is watched' })
    if (loaded.model === undefined) {
      stderr().write(loaded.issuesText)
      return 2
    }
    model = loaded.model
  }
  const fault = faultOf(flags)
  if (fault !== undefined) {
    say(fault)
    return 2
  }
  let out: OutDirectory | undefined
  try {
    const programs = await programsOf(flags)
    if (flags.out !== undefined) out = new OutDirectory(flags.out, { force: flags.force ?? false })
    return await runOf(flags, version, model, programs, out).run()
  } catch (error) {
    // of a run that had begun it is all there is
    out?.leave()
    const known =
      error instanceof SystemError || error instanceof CaptureFilterError || error instanceof OutputError
    if (!known) throw error
    say(error instanceof SystemError ? sentenceOf(error, flags) : error.message)
    return 2
  }
}

/** A run by rings, or by libpcap where the kernel has none. */
function runOf(
  flags: WatchFlags,
  version: string,
  model: Model | undefined,
  programs: readonly Uint8Array[],
  out: OutDirectory | undefined,
): WatchRun {
  try {
    return new WatchRun(flags, version, model, programs, out)
  } catch (error) {
    if (!(error instanceof SystemError) || !NO_RINGS.has(error.code) || flags.captureBy === 'libpcap')
      throw error
    say('this kernel has no rings for packet sockets, so libpcap is asked instead, which is slower')
    return new WatchRun({ ...flags, captureBy: 'libpcap', rings: 1 }, version, model, programs, out)
  }
}

/** Why the interfaces cannot be watched, as one sentence. */
function faultOf({ interface: names, rings, captureBy }: WatchFlags): string | undefined {
  if (captureBy === 'libpcap' && rings > 1)
    return 'libpcap reads an interface by one ring: --rings has to be 1'
  if (names.length * rings > MOST_RINGS) return `at most ${MOST_RINGS} rings can be read`
  const probe = new InterfaceProbe()
  try {
    for (const name of names) {
      const state = probe.state(name)
      if (state === undefined) {
        const there = allInterfaces().map(facts => facts.name)
        return `there is no interface ${name} here; there ${there.length === 1 ? 'is' : 'are'} ${there.join(', ')}`
      }
      if (state.linkType === undefined) return `frames of ${name} are of a kind that is not decoded`
    }
  } finally {
    probe.close()
  }
  return undefined
}

async function programsOf(flags: WatchFlags): Promise<Uint8Array[]> {
  const { interface: names, filter, snaplen, captureBy } = flags
  if (filter === undefined || captureBy === 'libpcap') return []
  const probe = new InterfaceProbe()
  const types = names.map(name => probe.state(name)?.linkType ?? 1)
  probe.close()
  return Promise.all(
    names.map((name, i) => compileFilter({ expression: filter, name, linkType: types[i], snaplen })),
  )
}

function sentenceOf({ code, message }: SystemError, { interface: names, ring }: WatchFlags): string {
  const name = names.join(', ')
  if (code === 'EPERM' || code === 'EACCES')
    return `${name} cannot be watched: ${netRawAdvice(process.execPath)}`
  if (code === 'ENETDOWN') return `${name} is down: ip link set ${names[0]} up`
  if (code === 'ENOMEM') return `there is no memory for a ring of ${ring} MB; --ring asks for less`
  if (code === 'EAFNOSUPPORT') return 'this kernel has no packet sockets (CONFIG_PACKET)'
  return `${name} cannot be watched: ${message}`
}

/** One run, from its first frame to its summary. */
class WatchRun {
  private readonly flags: WatchFlags
  private readonly out: OutDirectory | undefined
  private readonly stdout = new PatientWriter(1, 'standard output', unblock, error =>
    this.fail(error.message),
  )
  private readonly text: WatchText
  private readonly supervisor: Supervisor
  private readonly policy: PolicyWatch | undefined
  private failure: string | undefined
  private end: () => void = () => {}
  private hasStarted = false
  private isEnding = false

  constructor(
    flags: WatchFlags,
    version: string,
    model: Model | undefined,
    programs: readonly Uint8Array[],
    out: OutDirectory | undefined,
  ) {
    this.flags = flags
    this.out = out
    this.text = new WatchText(process.stdout)
    this.supervisor = new Supervisor({
      version,
      interfaces: flags.interface,
      mode: flags.mode,
      model,
      snapLength: flags.snaplen,
      filter: flags.filter === undefined ? undefined : { text: flags.filter, programs },
      captureBy: flags.captureBy,
      ringBytes: flags.ring * MEGABYTE,
      rings: flags.rings,
      ...(flags.idle ? { idle: flags.idle } : {}),
      activeTimeout: flags.active,
      maxFlows: flags.maxFlows,
      withLines: out !== undefined,
      withAssets: out !== undefined,
      statusEvery: flags.status * 1000,
      on: {
        // the report at the end tells what had gone on
        finding: (record, change) =>
          this.write(record, () =>
            this.isEnding && change === 'again' ? '' : this.text.finding(record, change),
          ),
        gap: gap => this.write(gap, () => this.text.gap(gap)),
        status: status => this.write(status, () => ''),
        line: jsonl => this.safely(() => out?.flowLine(jsonl)),
        policy: (policyId, wasRestarted) => this.judgedBy(policyId, wasRestarted),
        started: () => this.started(),
        failed: reason => this.fail(reason),
      },
    })
    this.policy =
      flags.policy === undefined
        ? undefined
        : new PolicyWatch(flags.policy, {
            onPolicy: changed => this.supervisor.reload(changed),
            onRefused: issues => this.refused(issues),
          })
  }

  async run(): Promise<number> {
    const ended = new Promise<void>(resolve => {
      this.end = resolve
    })
    const { supervisor } = this
    let signals = 0
    const onStop = (): void => {
      if (++signals === 1) {
        this.end()
        return
      }
      supervisor.abort()
      this.out?.leave()
      say('stopped at once; what was open has no final record')
      process.exit(130)
    }
    const onReload = (): void => void this.policy?.read()
    process.on('SIGINT', onStop)
    process.on('SIGTERM', onStop)
    process.on('SIGHUP', onReload)
    const flush = setInterval(() => this.safely(() => this.out?.flush()), LINES_EVERY)
    supervisor.start()
    await ended
    this.policy?.stop()
    clearInterval(flush)
    try {
      if (this.failure !== undefined) {
        supervisor.abort()
        throw new OutputError(this.failure)
      }
      this.isEnding = true
      const result = await supervisor.stop()
      // a full disk may have been met only now
      if (this.failure !== undefined) throw new OutputError(this.failure)
      await this.finish(result)
      // a last failure
      if (this.failure !== undefined) throw new OutputError(this.failure)
      return 0
    } finally {
      process.removeListener('SIGINT', onStop)
      process.removeListener('SIGTERM', onStop)
      process.removeListener('SIGHUP', onReload)
    }
  }

  private async finish({ summary, findings, assets }: WatchResult): Promise<void> {
    const { out, stdout, flags } = this
    if (out !== undefined) {
      for (const finding of findings) out.finding(finding)
      for (const asset of assets) out.asset(asset)
      out.commit(summary)
    }
    if (flags.format === 'jsonl') stdout.write(`${JSON.stringify(summary)}\n`)
    else {
      const { isTTY, columns } = process.stdout
      const look = { colour: usesColour(process.stdout), ...(isTTY ? { columns } : {}) }
      stdout.write(`\n${textReport({ summary, findings, assets }, look)}`)
    }
    await stdout.end(LAST_WORD)
    if (!stdout.isEmpty && !stdout.closed) say('nobody reads standard output: its last lines are lost')
    if (stdout.lost > 0)
      say(`${counted(stdout.lost, 'line')} for standard output were lost, as nobody read them`)
  }

  private write(record: object, text: () => string): void {
    this.safely(() => {
      this.stdout.write(this.flags.format === 'jsonl' ? `${JSON.stringify(record)}\n` : text())
      // nobody reads any more
      if (this.stdout.closed) this.end()
    })
  }

  /** Output that cannot be written ends the run, with one sentence. */
  private safely(write: () => void): void {
    try {
      write()
    } catch (error) {
      if (!(error instanceof OutputError)) throw error
      this.fail(error.message)
    }
  }

  private fail(reason: string): void {
    this.failure ??= reason
    this.end()
  }

  private started(): void {
    if (this.hasStarted) return
    this.hasStarted = true
    const { interface: names, mode, filter, policy, captureBy } = this.flags
    const judged = policy === undefined ? 'nothing is judged without a policy' : `held against ${policy}`
    const slower = captureBy === 'libpcap' ? ' by libpcap (slower than by rings)' : ''
    say(`watching ${names.join(', ')} (mode ${mode})${slower}, ${judged}; stop with Ctrl+C`)
    for (const name of names) {
      const facts = interfaceFacts(name)
      const notes =
        facts === undefined ? [] : fitness(facts, mode).filter(({ severity }) => severity !== 'info')
      for (const { message } of notes) say(message)
      if (notes.length > 0) say(`"conduitwatch doctor -i ${name} --mode ${mode}" tells how to fix that`)
    }
    if (filter !== undefined) say(`filter "${filter}"; ${OUTER_ONLY}`)
  }

  private judgedBy(policyId: string | undefined, wasRestarted: boolean): void {
    const time = new Date().toISOString()
    this.write({ type: 'policy', time, policy_id: policyId, accepted: true }, () => '')
    const anew = wasRestarted ? '; its taps are others, so every conversation begins anew' : ''
    say(`${timeText(time)}: the policy ${policyId} is in force${anew}`)
  }

  private refused({ text, mistakes }: { text: string; mistakes: number }): void {
    const time = new Date().toISOString()
    this.write({ type: 'policy', time, accepted: false, mistakes }, () => '')
    stderr().write(text)
    say(
      `${timeText(time)}: the changed policy was refused (${counted(mistakes, 'mistake')}); the one before stays in force`,
    )
  }
}
