import { recognise } from './format.ts'

/** Offsets in classic pcap (draft-ietf-opsawg-pcap) and in pcapng blocks (draft-ietf-opsawg-pcapng section 3.1). */
const PCAP_HEADER = 24
const PCAP_RECORD = 16
const MODIFIED_RECORD = 24
const CAPTURED = 8
const BLOCK_LENGTH = 4
const SMALLEST_BLOCK = 12

/**
 * Bytes that a frame takes in a capture on average, by the records in its first bytes; undefined where they do not tell:
 * what is packed, and what is no capture.
 */
export function averageRecord(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const recognised = recognise(bytes)
  let at = 0
  let first = 0
  let records = 0
  if (recognised.kind === 'pcap') {
    const header = recognised.modified ? MODIFIED_RECORD : PCAP_RECORD
    for (at = first = PCAP_HEADER; at + header <= bytes.length; records++)
      at += header + view.getUint32(at + CAPTURED, !recognised.bigEndian)
  } else if (recognised.kind === 'pcapng') {
    // section header: 0x1a2b3c4d stands in the byte order of what follows
    const little = bytes.length >= 12 && view.getUint32(8, true) === 0x1a2b3c4d
    while (at + SMALLEST_BLOCK <= bytes.length) {
      const length = view.getUint32(at + BLOCK_LENGTH, little)
      if (length < SMALLEST_BLOCK) return undefined
      at += length
      records++
    }
  } else return undefined
  return records === 0 ? undefined : (at - first) / records
}
