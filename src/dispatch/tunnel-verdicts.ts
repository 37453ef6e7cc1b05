import * as F from '../decode/facts.ts'
import { type Ends, newEnds } from '../flow/record.ts'
import type { Layer, Tunnel, Tunnels } from '../flow/tunnels.ts'
import { serviceOfPort } from '../net/ports.ts'
import { Adoption } from '../policy/adoption.ts'
import type { AskedPolicy } from '../policy/asked.ts'
import { exceptionOf } from '../policy/citation.ts'
import { type Judgement, Question, VERDICTS } from '../policy/question.ts'

const UDP = 17

/** A tunnel's judgement now and at its worst, and how often the verdict changed. */
interface Standing {
  epoch: number
  now: number
  worst: number
  changes: number
  /** exceptions that covered it once and do no longer */
  former: string[]
}

/**
 * Judges tunnels by their outer ends: when they are first seen, and again when the schedules or exceptions in force
 * have changed, as flows are.
 */
export class TunnelVerdicts {
  private policy: AskedPolicy | undefined
  private readonly question = new Question()
  private readonly standings: Standing[] = []
  /** judgements (with the tunnel's kind) that some tunnel in the table was given */
  private readonly shown = new Set<number>()
  /** tunnels whose verdict is another one, until somebody asks */
  private changed = new Set<number>()
  private epoch = -1
  /** `epoch` holds for [from, until) */
  private from = Number.POSITIVE_INFINITY
  private until = Number.NEGATIVE_INFINITY

  constructor(policy: AskedPolicy | undefined) {
    this.policy = policy
    this.question.tunnel = true
  }

  /** A frame of the tunnel with this index came at `seconds`. `tap` is an index into the policy's taps, -1 = none. */
  see(tunnels: Tunnels, index: number, tap: number, isVoted: boolean, seconds: number): void {
    const { policy } = this
    if (policy === undefined) return
    const epoch = seconds >= this.from && seconds < this.until ? this.epoch : this.epochAt(seconds)
    const known = this.standings[index]
    if (known?.epoch === epoch) return
    const tunnel = tunnels.identity(index)
    const { vlans, vni } = tunnel
    const ends = endsOf(tunnel)
    const now = this.judge(ends, vlans, vlans.length, vni, tap, seconds)
    this.shown.add(shownAs(now, tunnel.kind, isVoted))
    if (known === undefined) {
      this.standings[index] = { epoch, now, worst: now, changes: 0, former: [] }
      return
    }
    const [before, after] = [policy.judgement(known.now), policy.judgement(now)]
    if (before.verdict !== after.verdict) known.changes++
    if (before.verdict !== after.verdict || before.reason !== after.reason) this.changed.add(index)
    const exception = exceptionOf(before, policy.model)
    if (
      exception !== undefined &&
      exception !== exceptionOf(after, policy.model) &&
      !known.former.includes(exception)
    )
      known.former.push(exception)
    if (rank(after) > rank(policy.judgement(known.worst))) known.worst = now
    known.now = now
    known.epoch = epoch
  }

  /**
   * Another policy judges from now on. What the one before made of tunnels is taken over, to be judged again when next one is
   * seen.
   */
  reload(policy: AskedPolicy | undefined): void {
    const before = this.policy
    this.policy = policy
    this.epoch = -1
    this.from = Number.POSITIVE_INFINITY
    this.until = Number.NEGATIVE_INFINITY
    this.shown.clear()
    if (before === undefined || policy === undefined) {
      this.standings.length = 0
      return
    }
    const adoption = new Adoption(before, policy)
    // a plain loop would meet the gaps of tunnels that nobody judges
    this.standings.forEach(standing => {
      standing.epoch = -1
      standing.now = adoption.of(standing.now)
      standing.worst = adoption.of(standing.worst)
    })
  }

  /** The tunnels whose verdict has changed since this was last asked. */
  takeChanged(): ReadonlySet<number> {
    const { changed } = this
    if (changed.size > 0) this.changed = new Set()
    return changed
  }

  /** Whether no tunnel in the table was judged as the one of this layer is. False without a policy. */
  isNews(
    layer: Layer,
    vlans: ArrayLike<number>,
    vlanCount: number,
    tap: number,
    isVoted: boolean,
    seconds: number,
  ): boolean {
    if (this.policy === undefined) return false
    const { version, proto, srcPort, dstPort, words, at } = layer
    const ends = wrapped(
      version,
      proto,
      words.subarray(at, at + 4),
      words.subarray(at + 4, at + 8),
      srcPort,
      dstPort,
    )
    const answer = this.judge(ends, vlans, vlanCount, layer.vni, tap, seconds)
    return !this.shown.has(shownAs(answer, layer.kind, isVoted))
  }

  /** How a tunnel stands; undefined without a policy. */
  of(index: number): Standing | undefined {
    return this.standings[index]
  }

  /** Number of the set of schedules and exceptions in force; always the same without a policy. */
  epochAt(seconds: number): number {
    const { policy } = this
    if (policy === undefined) return 0
    this.epoch = policy.epochOf(seconds)
    this.from = policy.epochFrom
    this.until = policy.epochUntil
    return this.epoch
  }

  private judge(
    ends: Ends,
    vlans: ArrayLike<number>,
    vlanCount: number,
    vni: number,
    tap: number,
    seconds: number,
  ): number {
    const policy = this.policy!
    const q = this.question
    q.version = ends.version
    q.orig.set(ends.orig)
    q.resp.set(ends.resp)
    q.proto = ends.proto
    q.origPort = ends.origPort
    q.respPort = ends.respPort
    q.direction = ends.direction
    q.seconds = seconds
    q.vlanCount = vlanCount
    for (let i = 0; i < vlanCount; i++) q.vlans[i] = vlans[i]
    q.vni = vni
    q.tap = tap
    return policy.judge(q)
  }
}

const rank = ({ verdict }: Judgement): number => VERDICTS.indexOf(verdict)
const shownAs = (judgement: number, kind: number, isVoted: boolean): number =>
  (judgement * F.TUNNEL_NAMES.length + kind) * 2 + (isVoted ? 1 : 0)

/** Who is at both ends of a tunnel. */
export function endsOf(tunnel: Tunnel): Ends {
  const { version, proto, low, high, origSide, origPort, respPort } = tunnel
  return origSide === 0
    ? wrapped(version, proto, low, high, origPort, respPort)
    : wrapped(version, proto, high, low, origPort, respPort)
}

function wrapped(
  version: number,
  proto: number,
  orig: ArrayLike<number>,
  resp: ArrayLike<number>,
  origPort: number,
  respPort: number,
): Ends {
  const ends = newEnds()
  ends.version = version as 4 | 6
  ends.proto = proto
  ends.orig.set(orig)
  ends.resp.set(resp)
  if (proto === UDP) {
    ends.origPort = origPort
    ends.respPort = respPort
    ends.direction = serviceOfPort('udp', respPort) === undefined ? 'first' : 'port'
  }
  return ends
}
