import type { Entry } from './entry.ts'
import type { AddressConflict, Offence } from './facts.ts'
import type { NearestWords } from './nearest.ts'
import { MOST_NAMES, type Scan } from './scan.ts'
import type { End } from './sighting.ts'
import { bytesText, count, counted, durationText, listText, sanitise, timeText } from './words.ts'

/** "hmi-1 10.10.2.10 (zone supervision)", "10.20.0.15 (zone office)", "10.9.9.9 (no zone)". */
export function endText(end: End): string {
  const name = end.asset === undefined ? end.address : `${end.asset} ${end.address}`
  return `${name} (${end.zone === undefined ? 'no zone' : `zone ${end.zone}`})`
}

/** What happened between the two ends: who opened what to whom, and whether it was answered. No full stop. */
function happened(e: Entry): string {
  const s = e.lead
  const orig = endText(s.orig)
  const resp = endText(s.resp)
  const nat = s.nat ? ` (${s.nat.outside} stands for ${s.nat.inside})` : ''
  if (s.respIsGroup) {
    const zone = s.resp.zone === undefined ? 'no zone' : `seen in zone ${s.resp.zone}`
    return `${orig} sent ${s.serviceText} to the group ${s.resp.address} (${zone})`
  }
  const midstream = s.tcp && s.attempt === 'established' && s.direction !== 'handshake'
  if (e.count > 1) {
    const among =
      e.answered === e.count
        ? 'all answered'
        : e.answered === 0
          ? 'none answered'
          : `${count(e.answered)} of them answered`
    const refused = e.refused > 0 ? `, ${e.refused === e.count ? 'all' : count(e.refused)} refused` : ''
    const verb = !s.tcp ? 'sent' : e.answered > 0 ? 'opened' : 'tried to open'
    const many = `in ${count(e.count)} conversations, ${e.refused === e.count ? 'all refused' : `${among}${refused}`}`
    return midstream
      ? `${orig} and ${resp}${nat} exchanged ${s.serviceText} ${many}`
      : `${orig} ${verb} ${s.serviceText} to ${resp}${nat} ${many}`
  }
  if (midstream) {
    const who = s.direction === 'first' ? ' (which of them opened it was not seen)' : ''
    return `${orig} and ${resp}${nat} exchanged ${s.serviceText}, which was already open when first seen${who}`
  }
  if (s.answered)
    return `${orig} ${s.tcp ? 'opened' : 'sent'} ${s.serviceText} to ${resp}${nat} and was answered`
  const did = s.tcp ? 'tried to open' : 'sent'
  return `${orig} ${did} ${s.serviceText} to ${resp}${nat}, ${s.attempt === 'refused' ? 'which refused it' : 'no answer was seen'}`
}

const volume = (e: { packets: number; bytes: number; lead: { start: string } }): string =>
  `(${counted(e.packets, 'packet')}, ${bytesText(e.bytes)}, first at ${timeText(e.lead.start)})`

/** Offences that a sentence names. */
const MOST_OFFENCES = 3

/** "wrote holding registers 40010-40019 with function 16, 3 times, first in frame 8121". */
export const offenceText = (offence: Offence): string => `${offence.text}, ${howOften(offence)}`

/** "3 times, 2 of them refused, first in frame 8121". */
function howOften({ count: n, refused, frame, time }: Offence): string {
  const times = n > 1 ? `${count(n)} times, ` : n === 0 ? 'seen by its answers only, ' : ''
  const unwilling = refused === 0 ? '' : refused >= n ? 'refused, ' : `${count(refused)} of them refused, `
  return `${times}${unwilling}first ${frame < 0 ? `at ${timeText(time)}` : `in frame ${frame}`}`
}

/** The sentence of one folded finding, for every kind but scans and address conflicts. */
export function flowMessage(e: Entry, nearest: NearestWords): string {
  const s = e.lead
  switch (s.kind) {
    case 'service-mismatch': {
      const { declared, found } = s.mismatch ?? { declared: '', found: '' }
      const what = found === '' ? `nothing that is known, and not ${declared}` : `${found}, not ${declared}`
      return sentence(
        `${happened(e)} ${volume(e)}; what runs there is ${what} as ${nearest.name(s)} declares`,
      )
    }
    case 'forbidden-action': {
      if (s.offences.length > 0) {
        const times = e.count > 1 ? ` in ${count(e.count)} conversations` : ''
        const where = `at ${endText(s.resp)} over ${s.serviceText}${times}`
        const [first, ...others] = s.offences
        const did =
          others.length === 0
            ? `${first.text} ${where}, ${howOften(first)}`
            : `did ${s.offences.length} things ${where} that are not declared: ${listText(s.offences.map(offenceText), MOST_OFFENCES)}`
        return sentence(`${endText(s.orig)} ${did} ${volume(e)}; ${nearest.action(s)}`)
      }
      const actions = listText(nearest.uncovered(s, e.actions))
      const did = actions === '' ? 'an action that is not declared' : actions
      const times = e.count > 1 ? ` in ${count(e.count)} conversations` : ''
      const ends = `${endText(s.orig)} sent ${did} to ${endText(s.resp)} over ${s.serviceText}${times}`
      return sentence(`${ends} ${volume(e)}; ${nearest.action(s)}`)
    }
    case 'expired-exception':
      return sentence(`${happened(e)} ${volume(e)}; ${nearest.expired(s)}`)
    case 'undeclared-tunnel':
      return sentence(
        `${article(s.service)} ${s.service} tunnel joins ${endText(s.orig)} and ${endText(s.resp)} ${volume(e)}: what it carries ` +
          `crosses the zone border whatever the conduits say; ${nearest.why(s, e.actions)}`,
      )
    case 'unzoned-asset':
      return sentence(`${happened(e)} ${volume(e)}; ${unzoned(s.orig, s.resp, s.respIsGroup)}`)
    default:
      return sentence(`${happened(e)} ${volume(e)}; ${nearest.why(s, e.actions)}`)
  }
}

function unzoned(orig: End, resp: End, group: boolean): string {
  if (orig.zone === undefined && resp.zone === undefined) return 'neither end is in a declared zone'
  const end = orig.zone === undefined ? orig : resp
  if (group && orig.zone !== undefined)
    return `no declared zone is known for the place where ${end.address} was seen`
  return `${end.address} is in no declared zone, so no conduit can cover it`
}

const article = (word: string): string => (/^[aeiou8]/i.test(word) ? 'An' : 'A')

/** The sentence of a scan; `last` = when its last frame was seen, seconds since 1970. */
export function scanMessage(scan: Scan, last: number): string {
  const s = scan.lead
  const services = names(scan.services, 'service')
  const hosts = scan.hosts.size === 1 ? `the host ${[...scan.hosts][0]}` : names(scan.hosts, 'host')
  const over = durationText(Math.max(1, last - s.startSeconds))
  const head =
    `${endText(s.orig)} tried ${services} on ${hosts} of zone ${s.resp.zone} over ${over} ` +
    `(${counted(scan.count, 'conversation')}, ${counted(scan.packets, 'packet')}, first at ${timeText(s.start)})`
  if (scan.answered === 0) return sentence(`${head}; none was answered`)
  const answers = answerNames(scan)
  return sentence(
    `${head}; ${count(scan.answered)} ${scan.answered === 1 ? 'was' : 'were'} answered, by ${listText(answers, 4)}`,
  )
}

/** Which services answered a scan, in the order in which they did. */
export const answerNames = (scan: Scan): string[] =>
  [...scan.answers].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name)

const names = (set: Set<string>, one: string): string =>
  set.size >= MOST_NAMES ? `at least ${counted(set.size, one)}` : counted(set.size, one)

/** The sentence of findings that were folded by zone pair because there were too many of them. */
export function crowdMessage(e: Entry, most: number): string {
  const s = e.lead
  const from = s.orig.zone === undefined ? 'addresses in no zone' : `zone ${s.orig.zone}`
  const to = s.resp.zone === undefined ? 'addresses in no zone' : `zone ${s.resp.zone}`
  return sentence(
    `${count(e.count)} more ${e.count === 1 ? 'conversation' : 'conversations'} from ${from} to ${to} ${volume(e)} ` +
      `are reported together as ${s.kind}, because more than ${count(most)} distinct findings were met`,
  )
}

/** The sentence of an address conflict. */
export function conflictMessage(c: AddressConflict): string {
  const who = `${c.asset === undefined ? '' : `${c.asset} `}${c.address} (${c.zone === undefined ? 'no zone' : `zone ${c.zone}`})`
  if (c.macZone !== undefined || c.macAsset !== undefined) {
    const declared = c.macAsset ?? `zone ${c.macZone}`
    const zone = c.macAsset !== undefined && c.macZone !== undefined ? ` (zone ${c.macZone})` : ''
    return sentence(
      `${who} was bound to MAC ${c.macs[0]}, which the policy declares for ${declared}${zone}, ` +
        `first at ${timeText(c.at)}; address and MAC cannot both be right`,
    )
  }
  return sentence(
    `${who} was claimed by ${counted(c.macs.length, 'MAC address', 'MAC addresses')}, ${listText(c.macs, 4)}, ` +
      `which took turns, first at ${timeText(c.at)}; two machines use one address, or one poses as the other`,
  )
}

const sentence = (text: string): string => `${sanitise(text)}.`
