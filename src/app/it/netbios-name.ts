/**
 * NetBIOS names on the wire: RFC 1001, section 14.1 (two letters A to P for each byte), RFC 1002, section 4.1. Sixteen bytes,
 * the last of which says what the name stands for.
 */

/** length byte, 32 letters, the empty label */
export const NAME_LENGTH = 34
const LETTERS = 32
/** what a name stands for: 0 = the machine itself (workstation), 0x20 = its file service */
export const WORKSTATION = 0

/** Whether a name of 32 letters and nothing else stands at `at`. A scope behind it is let pass. */
export function isNetbiosName(b: Uint8Array, at: number, end: number): boolean {
  if (end - at < NAME_LENGTH || b[at] !== LETTERS) return false
  for (let i = at + 1; i <= at + LETTERS; i++) if (b[i] < 0x41 || b[i] > 0x50) return false
  return b[at + 1 + LETTERS] < 64
}

/** Position behind the name at `at`, its scope included; -1 = it does not end before `end`. */
export function afterNetbiosName(b: Uint8Array, at: number, end: number): number {
  let i = at + 1 + LETTERS
  while (i < end && b[i] !== 0 && b[i] < 64) i += 1 + b[i]
  return i < end && b[i] === 0 ? i + 1 : -1
}

const byteOf = (b: Uint8Array, at: number): number => ((b[at] - 0x41) << 4) | (b[at + 1] - 0x41)

/** The last byte of the name at `at`: what it stands for. */
export const suffixOf = (b: Uint8Array, at: number): number => byteOf(b, at + LETTERS - 1)

/** The first fifteen bytes of the name at `at`, without the blanks behind it; '' where they are no text. */
export function netbiosText(b: Uint8Array, at: number): string {
  let text = ''
  for (let i = 0; i < 15; i++) {
    const c = byteOf(b, at + 1 + 2 * i)
    if (c === 0) break
    if (c < 0x20 || c > 0x7e) return ''
    text += String.fromCharCode(c)
  }
  return text.trim()
}
