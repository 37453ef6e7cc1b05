import { readFileSync } from 'node:fs'
import { koffi } from './system.ts'

/** capability.h of Linux */
const CAP_NET_RAW = 13n
const VERSION_3 = 0x20080522

/** Whether the text of /proc/PID/status has CAP_NET_RAW among what is in effect. */
export const hasNetRaw = (status: string): boolean => {
  const [, digits] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? []
  return digits !== undefined && ((BigInt(`0x${digits}`) >> CAP_NET_RAW) & 1n) === 1n
}

/** Whether this process has CAP_NET_RAW; false where there are no capabilities. */
export function mayListen(): boolean {
  try {
    return hasNetRaw(readFileSync('/proc/self/status', 'latin1'))
  } catch {
    return false
  }
}

/** How the capability is given, in one sentence; `program` is the Node.js that runs this. */
export const netRawAdvice = (program: string): string =>
  'listening needs the capability CAP_NET_RAW: ' +
  `run it as root, or give it to Node.js (sudo setcap cap_net_raw+ep ${program}), ` +
  'to a systemd service (AmbientCapabilities=CAP_NET_RAW), ' +
  'or to a container (--cap-add NET_RAW --network host)'

/**
 * Gives up every capability of the calling thread for good: what reads frames of others holds none. Sockets that are open
 * stay open.
 */
export function dropCapabilities(): void {
  const capset = koffi().load(null).func('int capset(void *, void *)')
  // version and process (0 = this thread), then twice effective, permitted, inheritable
  capset(Uint32Array.of(VERSION_3, 0), new Uint32Array(6))
}
