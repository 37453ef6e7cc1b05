import { closeSync, openSync, writeSync } from 'node:fs'
import { conduitOf, DEFAULT_SITE, networkOf, type Site } from './site.ts'

export interface Load {
  frames: number
  flows: number
  /** bytes of a frame, captured and on the wire */
  size: number
  site?: Site
}

const RECORD_HEADER = 16
const ETHERNET = 14
const IP = 20
const TCP = 20
const FIRST_SECOND = 1_790_000_000
const BLOCK_RECORDS = 16_384

/**
 * Writes a classic pcap file (microseconds, little-endian) of TCP and UDP conversations over IPv4, one flow in eight of
 * them in no declared conduit. Frames come in a random order of flows and directions, 10 microseconds apart; the same
 * numbers give the same bytes.
 */
export function writeLoad(path: string, { frames, flows, size, site = DEFAULT_SITE }: Load): void {
  if (size < 60) throw new RangeError('a frame has at least 60 bytes')
  const record = RECORD_HEADER + size
  const templates = makeTemplates(flows, size, site)
  const fd = openSync(path, 'w')
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(262144, 16)
  header.writeUInt32LE(1, 20)
  writeSync(fd, header)
  const block = Buffer.alloc(record * BLOCK_RECORDS)
  const view = new DataView(block.buffer, block.byteOffset)
  const payload = size - ETHERNET - IP - TCP
  const sequence = new Uint32Array(flows * 2).fill(1000)
  let random = 12345
  for (let done = 0; done < frames; ) {
    const count = Math.min(BLOCK_RECORDS, frames - done)
    for (let i = 0; i < count; i++) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0
      const pick = Math.floor((random / 2 ** 32) * flows * 2)
      const at = i * record
      const micros = (done + i) * 10
      view.setUint32(at, FIRST_SECOND + Math.floor(micros / 1e6), true)
      view.setUint32(at + 4, micros % 1e6, true)
      view.setUint32(at + 8, size, true)
      view.setUint32(at + 12, size, true)
      block.set(templates.subarray(pick * size, (pick + 1) * size), at + RECORD_HEADER)
      const ip = at + RECORD_HEADER + ETHERNET
      if (block[ip + 9] !== 6) continue
      view.setUint32(ip + IP + 4, sequence[pick])
      view.setUint32(ip + IP + 8, sequence[pick ^ 1])
      sequence[pick] += payload
    }
    writeSync(fd, block, 0, count * record)
    done += count
  }
  closeSync(fd)
}

/** Two frames for each flow, there and back. */
function makeTemplates(flows: number, size: number, site: Site): Uint8Array {
  const bytes = new Uint8Array(flows * 2 * size)
  const view = new DataView(bytes.buffer)
  for (let flow = 0; flow < flows; flow++) {
    const { from, to, port } = conduitOf(site, flow % site.conduits)
    const round = Math.floor(flow / site.conduits)
    const client = networkOf(from) + 1 + (round % 250)
    const server = networkOf(to) + 1 + ((flow * 7) % 250)
    const clientPort = 20_000 + ((flow * 13) % 40_000)
    // one in eight goes to a port that nothing declares
    const serverPort = flow % 8 === 7 ? 9_999 : port
    const udp = flow % 4 === 1
    for (let way = 0; way < 2; way++) {
      const at = (flow * 2 + way) * size
      bytes[at + 1] = way
      bytes[at + 7] = 1 - way
      view.setUint16(at + 12, 0x0800)
      const ip = at + ETHERNET
      bytes[ip] = 0x45
      view.setUint16(ip + 2, size - ETHERNET)
      bytes[ip + 8] = 64
      bytes[ip + 9] = udp ? 17 : 6
      view.setUint32(ip + 12, way === 0 ? client : server)
      view.setUint32(ip + 16, way === 0 ? server : client)
      const l4 = ip + IP
      view.setUint16(l4, way === 0 ? clientPort : serverPort)
      view.setUint16(l4 + 2, way === 0 ? serverPort : clientPort)
      if (udp) view.setUint16(l4 + 4, size - ETHERNET - IP)
      else {
        bytes[l4 + 12] = 0x50
        bytes[l4 + 13] = 0x10
        view.setUint16(l4 + 14, 8192)
      }
    }
  }
  return bytes
}
