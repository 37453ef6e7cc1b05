import { Command, Option } from 'commander'
import { bytesText, count, counted, durationText, listText, sanitise, shareText } from '../finding/words.ts'
import { mayListen } from '../live/capabilities.ts'
import { byGravity, type FitnessNote, fitness, isUnfit, type ListenMode } from '../live/fitness.ts'
import { allInterfaces, type InterfaceFacts } from '../live/interface-facts.ts'
import { type QuietRules, quietRules } from '../live/quiet-rules.ts'
import { parseAddress } from '../net/address.ts'
import type { Model } from '../policy/model.ts'
import { type Paint, painter, wrap } from '../sink/layout.ts'
import { heardNotes, modeOf, tapOf, tunnelText } from './doctor-notes.ts'
import {
  COLUMNS,
  factsJson,
  factsLines,
  hearingJson,
  line,
  notesLines,
  unicastText,
} from './interface-text.ts'
import { type InterfaceIo, MODE_TEXTS, MODES, MOST_LISTEN, processIo } from './interfaces.ts'
import { type Heard, type Hearing, hear, rightsAdvice, wasHeard } from './listening.ts'
import { loadPolicy } from './policy-file.ts'
import { wholeOf } from './whole-numbers.ts'

const FORMATS = ['text', 'json'] as const
const DEFAULT_LISTEN = 5
const RING = { blockBytes: 1 << 18, blocks: 32 }
const MOST_NAMED = 12

interface Flags {
  interface?: string
  mode?: ListenMode
  policy?: string
  listen: number
  format: (typeof FORMATS)[number]
}

/** What the command has to say about an interface. */
export interface Diagnosis {
  facts: InterfaceFacts
  mode: ListenMode
  hearing: Hearing
  /** CAP_NET_RAW is there */
  mayListen: boolean
  /** the gravest first */
  notes: FitnessNote[]
  /** rules that keep the interface silent; undefined where its name fits in none */
  rules: QuietRules | undefined
  model: Model | undefined
}

/**
 * The command `doctor` (contract section 1). `done` is told the exit status: 0 fit, 1 something should be fixed, 2 usage or
 * rights.
 */
export function doctorCommand(done: (status: number) => void, io: InterfaceIo = processIo()): Command {
  return new Command('doctor')
    .description('is this mirror telling the truth? Listens for some seconds and transmits nothing')
    .argument('[capture...]', 'captures (not examined yet)')
    .option('-i, --interface <name>', 'the interface a mirror comes to')
    .addOption(
      new Option(
        '--mode <mode>',
        'a port that sends nothing (mirror), or an address that a wrapped mirror is sent to (terminated); default by the policy, else mirror',
      ).choices(MODES),
    )
    .option('-p, --policy <file>', 'site policy: its taps and VLANs are held against what is heard')
    .option(
      '--listen <seconds>',
      'how long to listen; 0 = not at all',
      wholeOf(0, MOST_LISTEN),
      DEFAULT_LISTEN,
    )
    .addOption(new Option('-f, --format <format>', 'form of the answer').choices(FORMATS).default('text'))
    .action((captures: string[], flags: Flags) => done(doctor(captures, flags, io)))
}

function doctor(captures: string[], flags: Flags, io: InterfaceIo): number {
  const refuse = (text: string): number => {
    io.stderr(`conduitwatch: ${sanitise(text)}\n`)
    return 2
  }
  if (captures.length > 0)
    return refuse('captures are not examined yet; doctor -i INTERFACE examines an interface')
  if (flags.interface === undefined)
    return refuse('which interface? doctor -i INTERFACE; "conduitwatch interfaces" lists them')
  if (io.platform !== 'linux') return refuse('interfaces can be watched on Linux only')
  let model: Model | undefined
  if (flags.policy !== undefined) {
    const loaded = loadPolicy(flags.policy, io.colour)
    if (loaded.model === undefined) {
      io.stderr(loaded.issuesText)
      return 2
    }
    model = loaded.model
  }
  const all = allInterfaces()
  const facts = all.find(({ name }) => name === flags.interface)
  if (facts === undefined)
    return refuse(
      `there is no interface ${flags.interface}; there are ${listText(
        all.map(({ name }) => name),
        20,
      )}`,
    )
  const diagnosis = examine(facts, flags, model, io)
  const { hearing, notes } = diagnosis
  if (flags.format === 'json') io.stdout(`${JSON.stringify(diagnosisJson(diagnosis), null, 2)}\n`)
  else io.stdout(diagnosisText(diagnosis, io.colour))
  if (!wasHeard(hearing) && hearing.lacksRights) return refuse(rightsAdvice())
  return isUnfit(notes) ? 1 : 0
}

function examine(facts: InterfaceFacts, flags: Flags, model: Model | undefined, io: InterfaceIo): Diagnosis {
  const mode = flags.mode ?? (model === undefined ? 'mirror' : modeOf(wordsOf(facts), model))
  // before it is given up
  const hasRights = mayListen()
  const [hearing]: Hearing[] =
    flags.listen === 0
      ? [{ notTried: 'not asked for', lacksRights: false }]
      : hear([facts], flags.listen, RING, io.afterOpening)
  const notes = [
    ...fitness(facts, mode),
    ...(wasHeard(hearing) ? heardNotes(facts.name, hearing, mode, model) : []),
  ].sort(byGravity)
  // on the machine's own way to the network, silence would cut it off
  const scope = facts.hasDefaultRoute ? 'errors' : mode
  const rules = quietRules(facts.name, scope, io.release)
  // within a container's own users it may be there and not count for its network
  const isRefused = !wasHeard(hearing) && hearing.lacksRights
  return { facts, mode, hearing, mayListen: hasRights && !isRefused, notes, rules, model }
}

const wordsOf = ({ addresses }: InterfaceFacts) => addresses.flatMap(({ text }) => parseAddress(text) ?? [])

/** A diagnosis, as people read it. */
export function diagnosisText(diagnosis: Diagnosis, colour: boolean): string {
  const { facts, mode, hearing, notes, rules, model } = diagnosis
  const paint = painter(colour)
  const rights = `CAP_NET_RAW is ${diagnosis.mayListen ? 'there' : 'missing'}`
  const blocks = [[...factsLines(facts, paint), ...line('rights', rights, paint)]]
  if (wasHeard(hearing)) blocks.push(heardLines(hearing, model, paint))
  else blocks.push(line('listened', `not tried: ${hearing.notTried}`, paint))
  const verdict = isUnfit(notes)
    ? paint('warn', `Should be fixed, for ${facts.name} as ${MODE_TEXTS[mode]}:`)
    : paint('good', `${facts.name} is fit as ${MODE_TEXTS[mode]}.`)
  blocks.push([verdict, ...notesLines(notes, paint)])
  if (!facts.isLoopback) blocks.push(rulesLines(facts, mode, rules))
  return `${blocks.map(block => block.join('\n')).join('\n\n')}\n`
}

function heardLines(heard: Heard, model: Model | undefined, paint: Paint): string[] {
  const { census, seconds, txGrowth } = heard
  const { frames, bytes, forUs, forGroups, hasMacs } = census
  const rate = `${count(Math.round(frames / seconds))} a second`
  const lines = [
    ...line(
      'listened',
      `${durationText(seconds)}: ${counted(frames, 'frame')}, ${bytesText(bytes)}, ${rate}`,
      paint,
    ),
    ...line('unicast', unicastText(heard), paint),
  ]
  if (hasMacs && frames > 0)
    lines.push(
      ...line(
        'others',
        `to groups and broadcast ${count(forGroups)} (${shareText(forGroups, frames)}), to this machine ${count(forUs)}`,
        paint,
      ),
      ...line('VLANs', most(census.vlans), paint),
    )
  const tunnels = [...census.tunnels.values()].sort((a, b) => b.frames - a.frames)
  lines.push(...line('wrapped', tunnels.length === 0 ? 'none seen' : '', paint))
  for (const one of tunnels.slice(0, MOST_NAMED)) {
    const tap = model === undefined ? undefined : tapOf(one, model)
    const whose = one.isOurs ? ' (this interface)' : ''
    const declared = tap === undefined ? '' : `, declared as tap ${tap}`
    lines.push(...line('', `${tunnelText(one)}${whose}: ${counted(one.frames, 'frame')}${declared}`, paint))
  }
  if (tunnels.length > MOST_NAMED)
    lines.push(...line('', `and ${count(tunnels.length - MOST_NAMED)} more`, paint))
  const own = census.own.size === 0 ? 'nothing' : most(census.own)
  lines.push(...line('sent', `${own}; the interface counted ${counted(txGrowth, 'frame')}`, paint))
  return lines
}

/** "110 (900 frames), untagged (12 frames)", the most frequent first. */
function most(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort((a, b) => b[1] - a[1])
  return listText(
    sorted.map(([what, n]) => `${what} (${counted(n, 'frame')})`),
    MOST_NAMED,
  )
}

function rulesLines(facts: InterfaceFacts, mode: ListenMode, rules: QuietRules | undefined): string[] {
  const { name, hasDefaultRoute } = facts
  if (rules === undefined) return [`No rule can be written for an interface with the name ${sanitise(name)}.`]
  const left = hasDefaultRoute
    ? `no ICMP error leaves through ${name} (more would cut this machine off: its default route leads there)`
    : mode === 'mirror'
      ? `nothing leaves through ${name}`
      : `nothing but ARP and neighbour discovery leaves through ${name} (whoever is logged in there is cut off)`
  const reach =
    rules.isIpOnly && !hasDefaultRoute
      ? '; this kernel is older than 5.16, so that frames without IP are not held back'
      : ''
  return [
    ...wrap(
      `To make sure that ${left}${reach}; as root, and again after each start of the machine:`,
      COLUMNS,
    ),
    '',
    "nft -f - <<'END'",
    `${rules.text}END`,
  ]
}

function diagnosisJson({ facts, mode, hearing, mayListen, notes, rules, model }: Diagnosis): unknown {
  const tunnels = wasHeard(hearing) ? [...hearing.census.tunnels.values()] : []
  return {
    type: 'doctor',
    mode,
    interface: factsJson(facts),
    cap_net_raw: mayListen,
    heard: {
      ...hearingJson(hearing),
      tunnels: tunnels.map(one => ({
        tunnel: tunnelText(one),
        for_this_interface: one.isOurs,
        frames: one.frames,
        tap: model === undefined ? undefined : tapOf(one, model),
      })),
    },
    fit: !isUnfit(notes),
    notes,
    rules: rules?.text,
    policy_id: model?.policyId,
  }
}
