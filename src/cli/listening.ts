import { netRawAdvice } from '../live/capabilities.ts'
import { type InterfaceFacts, interfaceCounters } from '../live/interface-facts.ts'
import { Listener, listen } from '../live/listen.ts'
import type { RingSize } from '../live/packet-socket.ts'
import { SystemError } from '../live/system.ts'
import { Census } from './census.ts'

/** Longer than the kernel holds a block back that is not full. */
const GRACE_SECONDS = 0.1

/** What was heard at an interface. */
export interface Heard {
  seconds: number
  census: Census
  /** frames for which there was no room */
  lost: number
  /** by how much the interface's own count of sent frames grew */
  txGrowth: number
  /** the interface went away meanwhile */
  isGone: boolean
}

/** Why nothing was listened for. */
export interface NotHeard {
  notTried: string
  /** the capability was missing */
  lacksRights: boolean
}

export type Hearing = Heard | NotHeard

export const wasHeard = (hearing: Hearing): hearing is Heard => 'census' in hearing

/**
 * Listens to interfaces for so many seconds, all at once, and sends nothing. `afterOpening` runs before the first frame is
 * looked at. The answers have the order of `facts`.
 */
export function hear(
  facts: readonly InterfaceFacts[],
  seconds: number,
  size: RingSize,
  afterOpening: () => void,
): Hearing[] {
  const tries = facts.map(one => open(one, size))
  const opened = tries.filter(one => 'listener' in one)
  if (opened.length > 0) {
    const listeners = opened.map(({ listener }) => listener)
    const sent = () => opened.map(({ name }) => interfaceCounters(name)?.txPackets)
    afterOpening()
    const before = sent()
    listen(listeners, seconds)
    const after = sent()
    // what was counted as sent by now is in a block that is yet to come
    listen(listeners, GRACE_SECONDS)
    opened.forEach((one, i) => {
      one.isGone = after[i] === undefined
      one.txGrowth = Math.max(0, (after[i] ?? 0) - (before[i] ?? 0))
    })
  }
  return tries.map(one => {
    if (!('listener' in one)) return one
    const { lost } = one.listener.counts
    one.listener.close()
    return { seconds, census: one.census, lost, txGrowth: one.txGrowth, isGone: one.isGone }
  })
}

interface Open {
  name: string
  listener: Listener
  census: Census
  txGrowth: number
  isGone: boolean
}

function open(facts: InterfaceFacts, size: RingSize): Open | NotHeard {
  const { name, index, isUp, linkType } = facts
  if (!isUp) return { notTried: 'it is down', lacksRights: false }
  if (linkType === undefined) return { notTried: 'its frames are not decoded', lacksRights: false }
  const census = new Census(facts)
  try {
    return { name, census, listener: Listener.open(index, size, census), txGrowth: 0, isGone: false }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    return error.code === 'EPERM' || error.code === 'EACCES'
      ? { notTried: 'needs CAP_NET_RAW', lacksRights: true }
      : { notTried: error.message, lacksRights: false }
  }
}

/** How to get what was missing, in one sentence. */
export const rightsAdvice = (): string => netRawAdvice(process.execPath)
