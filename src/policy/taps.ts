import type { AddressRange, Model, Tap } from './model.ts'

/**
 * Index of the declared tap whose mirror session a wrapped frame belongs to, or -1: the type must be that of the
 * tunnel, and source, destination, session or VNI must agree as far as they are declared.
 * Addresses are four unsigned words, IPv4 in the last; `id` is the ERSPAN session or VNI, -1 = none.
 */
export function matchTap(
  model: Model,
  kind: string,
  version: 4 | 6,
  src: Uint32Array,
  dst: Uint32Array,
  id: number,
): number {
  return model.taps.findIndex(tap => {
    if (tap.type === 'local' || tap.type === 'file') return false
    if (tap.type !== kind && !(tap.type === 'gre' && (kind === 'nvgre' || kind === 'gre'))) return false
    if (tap.source === undefined && tap.destination === undefined) return false
    if (tap.source !== undefined && !inRange(tap.source, version, src)) return false
    if (tap.destination !== undefined && !inRange(tap.destination, version, dst)) return false
    if (tap.session !== undefined && id >= 0 && tap.session !== id) return false
    return tap.vni === undefined || tap.vni === id
  })
}

/**
 * Whether two policies declare the same taps in the same order, so that the number of a tap, and what was taken for a
 * mirror's wrapping, means the same in both. Where in the text they stand does not matter.
 */
export function hasSameTaps(a: Model | undefined, b: Model | undefined): boolean {
  const texts = (model: Model | undefined): string[] => (model?.taps ?? []).map(tap => textOf(tap, model!))
  return texts(a).join('\n') === texts(b).join('\n')
}

function textOf({ at, source, destination, portGroups, ...rest }: Tap, { zones }: Model): string {
  const ends = [source, destination].map(range => range && [range.version, range.first, range.last])
  const groups = [...portGroups].map(([name, zone]) => [name, zones[zone].id])
  const keys = Object.entries(rest).sort(([one], [other]) => (one < other ? -1 : 1))
  return JSON.stringify([keys, ends, groups.sort()])
}

function inRange(range: AddressRange, version: 4 | 6, words: Uint32Array): boolean {
  if (range.version !== version) return false
  return compare(words, range.first) >= 0 && compare(words, range.last) <= 0
}

function compare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  for (let i = 0; i < 4; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1
  return 0
}
