import type { FileReport } from './capture/source.ts'
import { counted, listText, sanitise, shareText, timeText } from './finding/words.ts'
import type { FrameCounts, GapRecord, Summary, WatchedSummary } from './records.ts'

/** Gaps told one by one. */
const MOST_GAPS = 8

/** Why a flow could not be judged, as the rest of "12 conversations could not be judged: ...". */
const REASONS: Readonly<Record<string, string>> = {
  direction: 'the opening was not seen, and only one direction is declared',
  'context-unknown': 'the VLAN, VNI or tap that would tell the zone was missing from the frames',
  'behind-boundary': 'an end is a boundary asset, and who is behind it was not seen',
  'action-not-parsed': 'what covers them lists actions, and what was done is not known for this application',
  opaque: 'the payload is encrypted, so what was done could not be read',
  truncated: 'frames were cut by the capture or the mirror before what would decide',
  gap: 'bytes of them were never seen, so something may have been done that was missed',
  overlap: 'bytes were sent twice and said two things, so what was done is not known',
  unreadable: 'among the messages of the protocol there were bytes that are none',
  'beyond-limits': 'there was no room to keep what would tell what was done',
  'parent-not-seen': 'the ports are announced by another conversation, and that one was not seen',
}

/** An undetermined reason in words; reasons without words of their own are quoted. */
export const undeterminedText = (reason: string): string => REASONS[reason] ?? `reason "${sanitise(reason)}"`

/** Reasons of undetermined flows, most frequent first. */
export function undeterminedReasons(flows: Summary['flows']): [reason: string, flows: number][] {
  const prefix = 'undetermined:'
  return Object.entries(flows.reasons)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, n]): [string, number] => [key.slice(prefix.length), n])
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
}

/** What came after a table was full. */
export interface Beyond {
  /** frames seen in a place that could not be told apart */
  places: number
  /** frames in tunnels that have no record */
  tunnels: number
  /** address bindings that were not remembered */
  bindings: number
}

/** What `limitSentences` looks at besides the summary. */
export interface LimitFacts {
  files: readonly FileReport[]
  judged: boolean
  interrupted: boolean
  /** flows folded into coarse findings */
  crowded: number
  /** flows with frames that were cut by the mirror */
  cutFlows: number
  /** asset ends that were not kept */
  assetsLeftOut: number
  /** tunnels taken for a mirror's wrapping that are no declared tap */
  undeclaredMirrors: readonly string[]
  beyond: Beyond
  /** further sentences of the caller */
  notes: readonly string[]
  /** a run that watched interfaces */
  live?: LiveFacts | undefined
}

export interface LiveFacts {
  interfaces: readonly WatchedSummary[]
  gaps: readonly GapRecord[]
  gapsTotal: number
}

/** Sentences on what was not seen, not judged or only inferred: most important first, each for one kind of gap. */
export function limitSentences(summary: Omit<Summary, 'limits' | 'files'>, facts: LimitFacts): string[] {
  const limits: string[] = []
  if (!facts.judged) limits.push('No policy was given, so nothing was judged: give one with --policy FILE.')
  if (facts.interrupted)
    limits.push('The run was stopped before the end of its input; what was read until then was judged.')
  for (const file of facts.files) for (const sentence of damageSentences(file)) limits.push(sentence)
  if (facts.live !== undefined) limits.push(...gapSentences(facts.live))
  for (const [reason, n] of undeterminedReasons(summary.flows)) {
    limits.push(`${counted(n, 'conversation')} could not be judged: ${undeterminedText(reason)}.`)
  }
  limits.push(...frameSentences(summary.frames, facts.files, facts.live))
  const { evicted, inferred } = summary.flows
  if (evicted > 0) {
    const them = evicted === 1 ? 'It was' : 'They were'
    limits.push(
      `${counted(evicted, 'conversation')} had to leave the flow table early because it was full. ${them} judged until ` +
        'then; later frames count as a new conversation.',
    )
  }
  if (facts.cutFlows > 0) {
    limits.push(
      `${counted(facts.cutFlows, 'conversation')} had frames cut by the mirror: sizes are right, contents are partly unseen.`,
    )
  }
  if (inferred > 0) {
    limits.push(
      `The direction of ${counted(inferred, 'judged conversation')} was inferred from port numbers; the opening was not seen.`,
    )
  }
  const hidden = summary.conduits.filter(c => c.state === 'not-observable').map(c => c.conduit)
  if (hidden.length > 0) {
    limits.push(
      `${counted(hidden.length, 'conduit')} could not be observed from here: ${listText(hidden, 8)}.`,
    )
  }
  if (facts.crowded > 0) {
    limits.push(
      `${counted(facts.crowded, 'conversation')} came after the limit of distinct findings and were folded by zone pair only.`,
    )
  }
  limits.push(...beyondSentences(facts.beyond))
  const wrapping = facts.undeclaredMirrors
  if (wrapping.length > 0) {
    limits.push(
      `${counted(wrapping.length, 'tunnel')} counted as a mirror\u2019s wrapping and ${wrapping.length === 1 ? 'was' : 'were'} not judged, though no tap declares ${wrapping.length === 1 ? 'it' : 'them'}: ` +
        `${listText(wrapping, 8)}.`,
    )
  }
  if (facts.assetsLeftOut > 0)
    limits.push('There were more addresses than asset records are kept for; the rest is missing there.')
  for (const file of facts.files)
    for (const note of file.notes) limits.push(sanitise(`${file.name}: ${note}.`))
  return [...limits, ...facts.notes]
}

/** A sentence for each table that was full. */
function beyondSentences({ places, tunnels, bindings }: Beyond): string[] {
  const sentences: string[] = []
  if (tunnels > 0) {
    sentences.push(
      `${counted(tunnels, 'frame')} came through more tunnels than are kept apart; those tunnels have no record. Of each ` +
        'kind and judgement of a tunnel there is at least one.',
    )
  }
  if (places > 0) {
    sentences.push(
      `${counted(places, 'frame')} came from more VLANs, VNIs, taps and tunnels than are kept apart; where those would ` +
        'tell the zone, nothing was judged.',
    )
  }
  if (bindings > 0) {
    sentences.push(
      `${counted(bindings, 'binding')} of addresses to MACs found no room; MACs in other zones may have gone unnoticed.`,
    )
  }
  return sentences
}

function damageSentences(file: FileReport): string[] {
  return file.damage.map(d => sanitise(`${file.name} is damaged at byte ${d.offset}: ${d.reason}.`))
}

/** Times in which not all could be seen, the first few of them one by one. */
function gapSentences({ gaps, gapsTotal }: LiveFacts): string[] {
  const sentences = gaps
    .slice(0, MOST_GAPS)
    .map(
      ({ start, end, message }) =>
        `${timeText(start)}${end === undefined ? '' : ` to ${timeText(end)}`}: ${message}`,
    )
  if (gapsTotal > MOST_GAPS)
    sentences.push(
      `Besides these there were ${counted(gapsTotal - MOST_GAPS, 'time')} in which not all could be seen.`,
    )
  return sentences
}

/** What a capture filter kept away. */
function filterSentences({ interfaces }: LiveFacts): string[] {
  return interfaces.flatMap(({ interface: name, filter, filtered, received }) =>
    filter === undefined
      ? []
      : [
          sanitise(
            `${counted(filtered, 'frame')} of ${name} (${shareText(filtered, received)}) were left out by the capture filter "${filter}"; nothing is known of them.`,
          ),
        ],
  )
}

/** A sentence for each class of frames that reached no flow. */
function frameSentences(f: FrameCounts, files: readonly FileReport[], live: LiveFacts | undefined): string[] {
  const lost = f.kernel_lost + f.ring_lost + f.worker_lost
  const reported = files.reduce((sum, file) => sum + file.reportedLost, 0)
  const were = (n: number) => `${counted(n, 'frame')} ${n === 1 ? 'was' : 'were'}`
  const sentences: string[] = []
  if (lost > 0) sentences.push(`${were(lost)} lost before they could be looked at.`)
  if (reported > 0)
    sentences.push(
      `The capture files say that ${were(reported)} lost while capturing; nothing is known of them.`,
    )
  if (f.unsupported_linktype > 0)
    sentences.push(`${were(f.unsupported_linktype)} of a link type that is not decoded.`)
  if (f.truncated > 0)
    sentences.push(`${were(f.truncated)} cut before their addresses and belong to no conversation.`)
  if (f.malformed > 0)
    sentences.push(`${were(f.malformed)} malformed below the addresses and belong to no conversation.`)
  if (f.too_deep > 0) sentences.push(`${were(f.too_deep)} wrapped deeper than is unwrapped.`)
  if (live !== undefined) sentences.push(...filterSentences(live))
  else if (f.filtered > 0)
    sentences.push(
      `${were(f.filtered)} outside the span asked for and left out (${shareText(f.filtered, f.received)}).`,
    )
  if (f.placed.fragments_unplaced > 0) {
    sentences.push(
      `${counted(f.placed.fragments_unplaced, 'fragment')} could not be joined to a conversation.`,
    )
  }
  return sentences
}
