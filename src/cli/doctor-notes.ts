import { count, counted, listText } from '../finding/words.ts'
import type { FitnessNote, ListenMode } from '../live/fitness.ts'
import type { Model } from '../policy/model.ts'
import { matchTap } from '../policy/taps.ts'
import { isAddressAnswer } from '../watch/own-frames.ts'
import { addressText, type Census, type SeenTunnel } from './census.ts'
import type { Heard } from './listening.ts'

/** With fewer pairs of machines, silence in one direction may be chance. */
const LEAST_PAIRS = 4
const MOST_NAMED = 8

const KIND_TEXTS: Readonly<Record<SeenTunnel['kind'], string>> = {
  erspan: 'ERSPAN',
  gre: 'GRE',
  vxlan: 'VXLAN',
  geneve: 'GENEVE',
  tzsp: 'TZSP',
}

/** What a short look at an interface tells to be wrong. `name` is the interface's. */
export function heardNotes(
  name: string,
  heard: Heard,
  mode: ListenMode,
  model: Model | undefined,
): FitnessNote[] {
  return [
    ...sent(name, heard, mode),
    ...traffic(name, heard, mode),
    ...wrapped(name, heard.census, mode),
    ...(model === undefined ? [] : against(heard.census, model)),
  ]
}

function* sent(name: string, { census, txGrowth, seconds }: Heard, mode: ListenMode): Iterable<FitnessNote> {
  const wrong = [...census.own].filter(([kind]) => mode === 'mirror' || !isAddressAnswer(kind))
  const unseen = Math.max(0, txGrowth - census.sentFrames)
  const kinds = wrong.map(([kind, n]) => `${count(n)} ${kind}`)
  if (unseen > 0) kinds.push(`${count(unseen)} that went past every listener`)
  if (kinds.length === 0) return
  yield {
    code: 'sends',
    severity: 'high',
    message: `this machine sent frames through ${name} within ${seconds} s: ${listText(kinds, MOST_NAMED)}; the rules below hold them back`,
  }
}

function* traffic(
  name: string,
  { census, seconds, lost, isGone }: Heard,
  mode: ListenMode,
): Iterable<FitnessNote> {
  const { frames, forOthers, hasMacs, oversize, longest } = census
  if (isGone)
    yield {
      code: 'gone',
      severity: 'high',
      message: `${name} went away while it was listened to`,
    }
  if (frames === 0)
    yield {
      code: 'silent',
      severity: 'medium',
      message: `no frame came to ${name} in ${seconds} s: is the mirror session on, and does it end at this port?`,
    }
  // where no wrapped mirror comes, that is what is told
  else if (hasMacs && forOthers === 0 && (mode === 'mirror' || oursOf(census).length > 0))
    yield {
      code: 'no-unicast',
      severity: 'medium',
      message: `of ${counted(frames, 'frame')} none was from one other machine to another: this is an ordinary port, or promiscuous mode is not in effect at the virtual switch`,
    }
  const { pairs, bothWays } = census.conversations()
  if (pairs >= LEAST_PAIRS && bothWays === 0)
    yield {
      code: 'one-sided',
      severity: 'medium',
      message: `${counted(pairs, 'pair')} of machines were seen, none in both directions: the mirror session takes one direction only`,
    }
  if (oversize > 0)
    yield {
      code: 'oversize',
      severity: 'low',
      message: `${counted(oversize, 'frame')} longer than the MTU of ${name} explains (up to ${count(longest)} bytes): they were joined (GRO, LRO), or never cut (TSO of a virtual machine)`,
    }
  if (lost > 0)
    yield {
      code: 'look-lost',
      severity: 'info',
      message: `${counted(lost, 'frame')} came too fast for this look and ${lost === 1 ? 'is' : 'are'} in no figure here`,
    }
}

function* wrapped(name: string, census: Census, mode: ListenMode): Iterable<FitnessNote> {
  const ours = oursOf(census)
  if (mode === 'mirror' && ours.length > 0)
    yield {
      code: 'is-terminated',
      severity: 'medium',
      message: `a wrapped mirror is sent to an address of ${name} (${listText(ours.map(tunnelText), 3)}): this is mode "terminated"`,
    }
  if (mode === 'terminated' && census.frames > 0 && ours.length === 0)
    yield {
      code: 'no-wrapped',
      severity: 'medium',
      message: `no ERSPAN, GRE, VXLAN, GENEVE or TZSP came to an address of ${name}: is the mirror session sent to it?`,
    }
  if (census.pieces > 0)
    yield {
      code: 'pieces',
      severity: 'low',
      message: `${counted(census.pieces, 'packet')} to an address of ${name} came in pieces: the way of the mirror is too narrow for wrapped frames (raise the MTU along it, or let the mirror cut frames)`,
    }
}

const oursOf = ({ tunnels }: Census): SeenTunnel[] => [...tunnels.values()].filter(({ isOurs }) => isOurs)

/** What the policy says about taps and VLANs, against what was heard. */
function* against(census: Census, model: Model): Iterable<FitnessNote> {
  const undeclared = oursOf(census).filter(one => tapOf(one, model) === undefined)
  if (undeclared.length > 0)
    yield {
      code: 'undeclared-tap',
      severity: 'low',
      message: `no tap of the policy declares ${listText(undeclared.map(tunnelText), MOST_NAMED)}`,
    }
  const declared = declaredVlans(model)
  if (declared.size === 0 || census.vlans.size === 0) return
  const seen = new Set([...census.vlans.keys()].flatMap(stack => stack.split('.')))
  const strange = [...seen].filter(vlan => vlan !== 'untagged' && !declared.has(Number(vlan)))
  const missing = [...declared].filter(vlan => vlan !== 0 && !seen.has(String(vlan)))
  if (strange.length > 0)
    yield {
      code: 'undeclared-vlan',
      severity: 'low',
      message: `VLANs that the policy does not know: ${listText(strange, MOST_NAMED)}`,
    }
  if (missing.length > 0 && census.frames > 0)
    yield {
      code: 'unseen-vlan',
      severity: 'info',
      message: `VLANs of the policy that were not seen in this look: ${listText(missing.sort((a, b) => a - b).map(String), MOST_NAMED)}`,
    }
}

function declaredVlans({ zones, taps, transitVlans }: Model): Set<number> {
  const ofTaps = taps.flatMap(({ vlans, nativeVlan }) => [
    ...vlans,
    ...(nativeVlan === undefined ? [] : [nativeVlan]),
  ])
  return new Set([
    ...transitVlans,
    ...ofTaps,
    ...zones.flatMap(({ vlans, context }) => [...vlans, ...(context?.vlans ?? [])]),
  ])
}

/** Name of the declared tap that wrapped frames come from. */
export function tapOf({ kind, version, src, dst, id }: SeenTunnel, model: Model): string | undefined {
  return model.taps[matchTap(model, kind, version, src, dst, id)]?.id
}

/** "ERSPAN session 12 from 10.10.99.21 to 10.10.99.1". */
export function tunnelText({ kind, version, src, dst, id }: SeenTunnel): string {
  const session = id < 0 ? '' : kind === 'erspan' ? ` session ${id}` : ` VNI ${id}`
  return `${KIND_TEXTS[kind]}${session} from ${addressText(version, src)} to ${addressText(version, dst)}`
}

/** Addresses that the policy's taps send a mirror to make an interface that has one of them its end. */
export function modeOf(
  addresses: readonly { version: 4 | 6; words: readonly number[] }[],
  model: Model,
): ListenMode {
  const isEnd = model.taps.some(
    ({ destination }) =>
      destination !== undefined &&
      addresses.some(
        ({ version, words }) =>
          version === destination.version &&
          order(words, destination.first) >= 0 &&
          order(words, destination.last) <= 0,
      ),
  )
  return isEnd ? 'terminated' : 'mirror'
}

function order(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < 4; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1
  return 0
}
