import { closeSync, openSync, readSync, writeSync } from 'node:fs'

const FILE_HEADER = 24
const RECORD_HEADER = 16
const PIECE = 1 << 22
/** first bytes of a classic pcap file, micro- and nanoseconds, in either byte order */
const LITTLE = new Set([0xa1b2c3d4, 0xa1b23c4d])
const BIG = new Set([0xd4c3b2a1, 0x4d3cb2a1])

/** Copies the first `frames` frames of a classic pcap file. Answers how many there were to copy, or undefined for another kind of file. */
export function cutCapture(from: string, to: string, frames: number): number | undefined {
  const input = openSync(from, 'r')
  try {
    const header = Buffer.alloc(FILE_HEADER)
    if (readSync(input, header, 0, FILE_HEADER, 0) < FILE_HEADER) return undefined
    const magic = header.readUInt32LE(0)
    if (!LITTLE.has(magic) && !BIG.has(magic)) return undefined
    const output = openSync(to, 'w')
    try {
      writeSync(output, header)
      return copyRecords(input, output, LITTLE.has(magic), frames)
    } finally {
      closeSync(output)
    }
  } finally {
    closeSync(input)
  }
}

function copyRecords(input: number, output: number, little: boolean, frames: number): number {
  const piece = Buffer.alloc(PIECE)
  let copied = 0
  let position = FILE_HEADER
  while (copied < frames) {
    const filled = readSync(input, piece, 0, PIECE, position)
    let at = 0
    while (copied < frames && at + RECORD_HEADER <= filled) {
      const captured = little ? piece.readUInt32LE(at + 8) : piece.readUInt32BE(at + 8)
      if (at + RECORD_HEADER + captured > filled) break
      at += RECORD_HEADER + captured
      copied++
    }
    // the end, or a record that never ends
    if (at === 0) break
    writeSync(output, piece, 0, at)
    position += at
  }
  return copied
}
