import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { failure, system } from '../live/system.ts'

/** prctl(2) */
const PR_SET_NO_NEW_PRIVS = 38
const PR_CAP_AMBIENT = 47
const PR_CAP_AMBIENT_CLEAR_ALL = 4
/** nobody, by the Linux Standard Base and every distribution since */
const NOBODY = 65534

/** An unprivileged user. */
export interface User {
  uid: number
  gid: number
}

/**
 * Takes care that no process started from here on has a capability, however this one came by its own: capabilities of the
 * file that is run (setcap) do not count any more, those handed on (systemd's AmbientCapabilities) are not handed on. Where
 * this process is root another user has to be named as well.
 */
export function withholdCapabilities(): void {
  if (system().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) throw failure('prctl PR_SET_NO_NEW_PRIVS')
  if (system().prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
    throw failure('prctl PR_CAP_AMBIENT')
}

/**
 * Who is to run the sensor: nobody has to change where this process is no root; else who called `sudo`, or owns the program,
 * or `nobody`.
 */
export function sensorUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  const sudo = { uid: Number(process.env.SUDO_UID ?? 0), gid: Number(process.env.SUDO_GID ?? 0) }
  if (sudo.uid > 0 && sudo.gid > 0) return sudo
  const { uid, gid } = statSync(fileURLToPath(import.meta.url))
  return uid > 0 && gid > 0 ? { uid, gid } : { uid: NOBODY, gid: NOBODY }
}
