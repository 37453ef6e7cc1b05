/** Packets of ISO on TCP (RFC 1006) as hex digits, from hex digits. */

const bare = (text: string): string => text.replace(/\s+/g, '')
const bytes = (n: number, digits: number): string => n.toString(16).padStart(2 * digits, '0')
const length = (text: string): number => bare(text).length / 2

/** A TPKT packet. */
export const tpkt = (tpdu: string): string => `0300${bytes(4 + length(tpdu), 2)}${bare(tpdu)}`
/** A DT, the last of its message or not. */
export const dt = (data: string, isLast = true): string => tpkt(`02f0${isLast ? '80' : '00'}${bare(data)}`)

const tsap = (code: string, text: string): string =>
  text === '' ? '' : `${code}${bytes(length(text), 1)}${bare(text)}`
const opening = (code: string, calling: string, called: string): string => {
  const parameters = `c0010a${tsap('c1', calling)}${tsap('c2', called)}`
  return tpkt(`${bytes(6 + length(parameters), 1)}${code}00${parameters}`)
}
/** A CR and a CC with TSAPs. */
export const connect = (calling: string, called: string): string => opening('e000000001', calling, called)
export const confirm = (calling: string, called: string): string => opening('d000010002', calling, called)

/** An S7comm job with reference 1. */
export const job = (parameters: string, data = ''): string =>
  dt(`32010000 0001 ${bytes(length(parameters), 2)} ${bytes(length(data), 2)} ${parameters} ${data}`)
/** A variable of S7comm: transport size, count, data block, area, first bit. */
export const item = (size: number, count: number, block: number, area: number, bit: number): string =>
  `120a10${bytes(size, 1)}${bytes(count, 2)}${bytes(block, 2)}${bytes(area, 1)}${bytes(bit, 3)}`

/** An element of BER. */
export const ber = (tag: string, content: string): string => {
  const n = length(content)
  return `${bare(tag)}${n < 0x80 ? bytes(n, 1) : `82${bytes(n, 2)}`}${bare(content)}`
}
