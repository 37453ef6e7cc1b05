import { InvalidArgumentError } from 'commander'
import { parseMac } from '../net/address.ts'
import { MAX_VLAN } from '../policy/grammar.ts'
import { parseTime } from '../policy/times.ts'

/** A date or RFC 3339 time as typed: its text, because the policy says in which time zone a bare date is meant. */
export function timeOf(text: string): string {
  if (parseTime(text, 'UTC') === undefined)
    throw new InvalidArgumentError('A date like 2026-12-31 or a time like 2026-12-31T18:00:00+01:00.')
  return text
}

/** A VLAN as typed; untagged is 0. */
export function vlanOf(text: string): number {
  if (text === 'untagged') return 0
  const vlan = Number(text)
  if (!/^\d+$/.test(text) || vlan > MAX_VLAN)
    throw new InvalidArgumentError(`A VLAN is a number 0 to ${MAX_VLAN}, or "untagged".`)
  return vlan
}

/** A port as typed. */
export function portOf(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number 0 to 65535.')
  return port
}

/** A MAC address as typed. */
export function macOf(text: string): string {
  if (parseMac(text) === undefined)
    throw new InvalidArgumentError('A MAC address is six pairs of hex digits: 00:0e:8c:01:02:03.')
  return text
}
