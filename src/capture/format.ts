/** What the first bytes of an input say it is. */
export type Recognised =
  | { kind: 'pcap'; bigEndian: boolean; nanoseconds: boolean; modified: boolean }
  | { kind: 'pcapng' }
  | { kind: 'gzip' | 'zstd' }
  /** no capture that is read; `reason` is a clause that begins with "it is" */
  | { kind: 'foreign'; reason: string }

/** Bytes that `recognise` wants to see: the header of a pcap file, which every capture has at least. */
export const RECOGNISED_BY = 24

const PCAP_MICROSECONDS = 0xa1b2c3d4
const PCAP_NANOSECONDS = 0xa1b23c4d
/** Alexey Kuznetsov's patched libpcap: record headers have 8 more bytes */
const PCAP_MODIFIED = 0xa1b2cd34
const PCAPNG_SECTION = 0x0a0d0d0a
const PCAPNG_ORDER = 0x1a2b3c4d

/** Signatures, as Latin-1 text, of what people take for a capture this program reads. */
const FOREIGN: readonly (readonly [signature: string, what: string])[] = [
  ['\xfd7zXZ\0', 'compressed with xz'],
  ['\x04\x22\x4d\x18', 'compressed with LZ4'],
  ['\x02\x21\x4c\x18', 'compressed with LZ4'],
  ['BZh', 'compressed with bzip2'],
  ['\x1f\x9d', 'compressed with compress (.Z)'],
  ['LZIP', 'compressed with lzip'],
  ['PK\x03\x04', 'a ZIP archive'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive'],
  ['Rar!\x1a\x07', 'a RAR archive'],
  ['snoop\0\0\0', 'a snoop capture'],
  ['btsnoop\0', 'a Bluetooth btsnoop capture'],
  ['GMBU', 'a Microsoft Network Monitor capture'],
  ['RTSS', 'a Microsoft Network Monitor capture'],
  ['TRSNIFF data', 'a Sniffer capture'],
  ['XCP\0', 'a Sniffer or NetXRay capture'],
  ['ObserverPktBuffe', 'a Network Instruments Observer capture'],
  ['\x7fver', 'an OmniPeek capture'],
  ['VNF\x05', 'a Visual Networks capture'],
  ['LOGG', 'a Vector BLF log'],
  ['iptrace ', 'an AIX iptrace capture'],
  ['\xac\x01\x00\x1c', 'an Ixia capture'],
  ['\xab\x01\x00\x1c', 'an Ixia capture'],
]

/** Recognises a capture by its first bytes, however few there are, whatever its file is called. */
export function recognise(first: Uint8Array): Recognised {
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength)
  if (first.length >= 2 && first[0] === 0x1f && first[1] === 0x8b) return { kind: 'gzip' }
  if (first.length < 4) return foreign(first)
  for (const bigEndian of [false, true]) {
    const magic = view.getUint32(0, !bigEndian)
    if (magic !== PCAP_MICROSECONDS && magic !== PCAP_NANOSECONDS && magic !== PCAP_MODIFIED) continue
    const major = first.length >= 6 ? view.getUint16(4, !bigEndian) : 2
    // 543 is what DG/UX wrote
    if (major !== 2 && major !== 543) {
      return { kind: 'foreign', reason: `it is a pcap file of version ${major}, and only version 2 is read` }
    }
    return {
      kind: 'pcap',
      bigEndian,
      nanoseconds: magic === PCAP_NANOSECONDS,
      modified: magic === PCAP_MODIFIED,
    }
  }
  const little = view.getUint32(0, true)
  if (little === PCAPNG_SECTION && isOrderMark(view)) return { kind: 'pcapng' }
  if (little === 0xfd2fb528 || (little & 0xfffffff0) === 0x184d2a50) return { kind: 'zstd' }
  return foreign(first)
}

function isOrderMark(view: DataView): boolean {
  if (view.byteLength < 12) return true
  return view.getUint32(8, true) === PCAPNG_ORDER || view.getUint32(8, false) === PCAPNG_ORDER
}

function foreign(first: Uint8Array): Recognised {
  const text = Buffer.from(first).toString('latin1')
  for (const [signature, what] of FOREIGN) {
    if (!text.startsWith(signature)) continue
    const advice = what.startsWith('compressed') || what.endsWith('archive') ? '; unpack it first' : ''
    return { kind: 'foreign', reason: `it is ${what}, which is not read${advice}` }
  }
  const hex = [...first.subarray(0, 8)].map(byte => byte.toString(16).padStart(2, '0')).join(' ')
  return { kind: 'foreign', reason: `it is not a capture that is read (first bytes ${hex})` }
}
