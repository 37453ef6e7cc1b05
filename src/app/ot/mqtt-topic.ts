/**
 * What the topic of an MQTT publication says of it: Sparkplug 3.0 (Eclipse), section 4, and words that many makers end the
 * topics of commands with.
 */
import * as A from '../../net/actions.ts'
import { isAnyCase, isWord } from '../it/text.ts'

/** functions of Sparkplug's publications: this and the place of their type */
export const SPARKPLUG = 100
const PUBLISH = 3
const TYPES = ['', 'NBIRTH', 'NDEATH', 'DBIRTH', 'DDEATH', 'NDATA', 'DDATA', 'NCMD', 'DCMD', 'STATE']
const NODE_COMMAND = 107
const DEVICE_COMMAND = 108

/** levels of topics under which somebody is told what to do */
const COMMANDS = ['set', 'cmd', 'cmnd', 'command', 'commands', 'control', 'write', 'desired', 'rpc']

const SLASH = 0x2f

/** Where the level of a topic ends that begins at `at`. */
function levelEnd(b: Uint8Array, at: number, end: number): number {
  let i = at
  while (i < end && b[i] !== SLASH) i++
  return i
}

/** The function of a publication: 3, or the one of its Sparkplug type (spBv1.0/group/TYPE/..., spBv1.0/STATE/...). */
export function topicFunction(b: Uint8Array, at: number, end: number): number {
  if (!isWord(b, at, end, 'spBv1.0/') && !isWord(b, at, end, 'spAv1.0/')) return PUBLISH
  const group = at + 8
  if (isWord(b, group, end, 'STATE/')) return SPARKPLUG + TYPES.length - 1
  const type = levelEnd(b, group, end) + 1
  const length = levelEnd(b, type, end) - type
  for (let i = 1; i < TYPES.length; i++)
    if (length === TYPES[i].length && isWord(b, type, end, TYPES[i])) return SPARKPLUG + i
  return SPARKPLUG
}

/** What a publication of function `fn` under a topic does. */
export function topicActions(b: Uint8Array, at: number, end: number, fn: number): number {
  if (fn === NODE_COMMAND || fn === DEVICE_COMMAND) return A.CONTROL | A.WRITE
  if (fn === SPARKPLUG) return A.REPORT | A.UNKNOWN
  if (fn !== PUBLISH) return A.REPORT
  for (let level = at; level < end; ) {
    const next = levelEnd(b, level, end)
    for (let i = 0; i < COMMANDS.length; i++)
      if (COMMANDS[i].length === next - level && isAnyCase(b, level, end, COMMANDS[i])) return A.WRITE
    level = next + 1
  }
  return A.REPORT
}

export const sparkplugName = (fn: number): string | undefined =>
  fn === SPARKPLUG ? 'Sparkplug publication' : TYPES[fn - SPARKPLUG] && `Sparkplug ${TYPES[fn - SPARKPLUG]}`
