import { Command, Option } from 'commander'
import { listText, sanitise } from '../finding/words.ts'
import { Asker } from '../policy/ask.ts'
import { compilePolicy } from '../policy/compile.ts'
import { type Citation, type EndNote, type Explanation, explainAll, type Miss } from '../policy/explain.ts'
import { ACTIONS } from '../policy/grammar.ts'
import type { Action, Position } from '../policy/model.ts'
import type { Verdict } from '../policy/question.ts'
import { parseTime } from '../policy/times.ts'
import { hanging, type Look, type Paint, painter } from '../sink/layout.ts'
import type { PolicyIo } from './policy.ts'
import { loadPolicy } from './policy-file.ts'
import { macOf, portOf, timeOf, vlanOf } from './policy-options.ts'

interface Flags {
  from: string
  to: string
  service: string
  action?: Action
  vlan?: number
  mac?: string
  srcPort?: number
  at?: string
  format: 'text' | 'json'
}

const COLUMNS = 100
const INDENT = 13

/** `policy explain`: what a policy says to one conversation, and why, with the lines that decided. */
export function policyExplainCommand(done: (status: number) => void, io: PolicyIo): Command {
  return new Command('explain')
    .description('what a policy says to a conversation, and which of its lines decide')
    .argument('<file>', 'site policy, YAML or JSON')
    .requiredOption('--from <addr>', 'address of who opens it; a MAC address for traffic without IP')
    .requiredOption('--to <addr>', 'address of who answers; a group too')
    .requiredOption(
      '--service <name>',
      'name of a service, or PROTO/PORT: tcp/502, udp/123, icmp/8, ip/47, ethertype/0x88b8',
    )
    .addOption(new Option('--action <action>', 'OT action').choices(ACTIONS))
    .option('--vlan <n>', 'VLAN it is seen in, or "untagged"', vlanOf)
    .option('--mac <mac>', 'MAC address of the originator, taken as bound to its address', macOf)
    .option('--src-port <port>', 'port of the originator, where channels have "src_ports"', portOf)
    .option('--at <time>', 'when: a date or RFC 3339 time; default now', timeOf)
    .addOption(
      new Option('-f, --format <format>', 'form of the answer').choices(['text', 'json']).default('text'),
    )
    .action((file: string, flags: Flags) => done(explain(file, flags, io)))
}

function explain(path: string, flags: Flags, io: PolicyIo): number {
  const loaded = loadPolicy(path, io.colour)
  if (loaded.model === undefined) {
    io.stderr(loaded.issuesText)
    return 2
  }
  const { model } = loaded
  const { from, to, service, action, vlan, mac, srcPort } = flags
  const at = flags.at === undefined ? io.now() : parseTime(flags.at, model.timezone)!.first
  const asked = new Asker(model).questions({ from, to, service, action, vlan, mac, srcPort, at })
  if (!Array.isArray(asked)) {
    io.stderr(
      `conduitwatch: ${sanitise(asked.fault)}${asked.hint === undefined ? '' : `; ${sanitise(asked.hint)}`}\n`,
    )
    return 2
  }
  const answers = explainAll(compilePolicy(model), asked)
  if (flags.format === 'json') {
    const document = {
      type: 'policy-explanation',
      file: path,
      policy_id: model.policyId,
      from,
      to,
      service,
      answers,
    }
    io.stdout(`${JSON.stringify(document, null, 2)}\n`)
  } else io.stdout(answers.map(answer => answerText(answer, path, flags, io.colour)).join('\n'))
  return 0
}

const LOOKS: Readonly<Record<Verdict, Look>> = {
  sanctioned: 'good',
  'intra-zone': 'good',
  exception: 'warn',
  unsanctioned: 'bad',
  unzoned: 'warn',
  undetermined: 'notice',
  unjudged: 'faint',
}

function answerText(e: Explanation, path: string, flags: Flags, colour: boolean): string {
  const paint = painter(colour)
  const place = (at: Position) => paint('faint', `${sanitise(path)}:${at.line}`)
  const named = e.asked.length === 1 && e.asked[0] === flags.service
  const service = named ? flags.service : `${flags.service} (${listText(e.asked, 6)})`
  const action = flags.action === undefined ? '' : ` ${flags.action}`
  const lines = [
    `${paint(LOOKS[e.verdict], e.verdict)}${e.reason === undefined ? '' : ` (${e.reason})`}: ${sanitise(service)}${action} from ${flags.from} to ${flags.to}`,
    ...row('why', e.why, paint),
    ...end('originator', e.orig, place, paint),
    ...end('responder', e.resp, place, paint),
    ...cited('decided by', e.decided, place, paint),
  ]
  if (e.nearest !== undefined) lines.push(...missed('nearest', [e.nearest], place, paint))
  lines.push(...missed('also seen', e.others, place, paint))
  return `${lines.join('\n')}\n`
}

function row(lead: string, text: string, paint: Paint): string[] {
  return hanging(`  ${lead}`, sanitise(text), COLUMNS, INDENT).map((line, i) =>
    i === 0 ? line.replace(lead, paint('strong', lead)) : line,
  )
}

function end(lead: string, note: EndNote, place: (at: Position) => string, paint: Paint): string[] {
  const zone = note.open ? 'an unknown zone' : note.zone === undefined ? 'no zone' : `zone ${note.zone}`
  const lines = row(lead, `${note.address} is in ${zone}: ${note.how}`, paint)
  return withPlace(lines, note.at, place)
}

function cited(
  lead: string,
  citations: readonly Citation[],
  place: (at: Position) => string,
  paint: Paint,
): string[] {
  return citations.flatMap(({ what, at }, i) => withPlace(row(i === 0 ? lead : '', what, paint), at, place))
}

function missed(
  lead: string,
  misses: readonly Miss[],
  place: (at: Position) => string,
  paint: Paint,
): string[] {
  return misses.flatMap(({ citation, failed }, i) => {
    const text =
      failed.length === 0
        ? `${citation.what} covers it, too`
        : `${citation.what} fails in ${listText(failed.map(({ dimension, text }) => `${dimension} (${text})`))}`
    return withPlace(row(i === 0 ? lead : '', text, paint), citation.at, place)
  })
}

function withPlace(lines: string[], at: Position | undefined, place: (at: Position) => string): string[] {
  if (at !== undefined) lines[lines.length - 1] += `  ${place(at)}`
  return lines
}
