import { closeSync, openSync, writeSync } from 'node:fs'
import { captureBlocks } from '../../src/bench/capture.ts'
import { conduitOf, DEFAULT_SITE, type Site } from '../../src/bench/site.ts'
import { type Ends, randoms, type Traffic } from '../../src/bench/traffic.ts'

export interface Load {
  frames: number
  flows: number
  /** bytes of a frame, captured and on the wire */
  size: number
  site?: Site
}

/**
 * Writes a classic pcap file (microseconds, little-endian) of TCP and UDP conversations over IPv4, one flow in eight of
 * them in no declared conduit. Frames come in a random order of flows and directions, 10 microseconds apart; the same
 * numbers give the same bytes, from version to version: figures are compared with older ones.
 */
export function writeLoad(path: string, { frames, flows, size, site = DEFAULT_SITE }: Load): void {
  if (size < 60) throw new RangeError('a frame has at least 60 bytes')
  const fd = openSync(path, 'w')
  for (const block of captureBlocks(trafficOf(flows, size, site), frames)) writeSync(fd, block)
  closeSync(fd)
}

function trafficOf(flows: number, size: number, site: Site): Traffic {
  return {
    flows,
    version: 4,
    spacing: 10,
    checksums: false,
    ends: (flow, into) => endsOf(flow, into, site),
    steps: () => {
      const random = randoms()
      return (_, step) => {
        const pick = random(flows * 2)
        step.flow = pick >>> 1
        step.toServer = (pick & 1) === 0
        step.size = size
      }
    },
  }
}

function endsOf(flow: number, into: Ends, site: Site): void {
  const { from, to, port } = conduitOf(site, flow % site.conduits)
  const round = Math.floor(flow / site.conduits)
  into.udp = flow % 4 === 1
  // one in eight goes to a port that nothing declares
  into.declared = flow % 8 !== 7
  into.clientPrefix = from
  into.clientHost = 1 + (round % 250)
  into.clientPort = 20_000 + ((flow * 13) % 40_000)
  into.clientMac = 0x0001_0000_0000
  into.serverPrefix = to
  into.serverHost = 1 + ((flow * 7) % 250)
  into.serverPort = into.declared ? port : 9_999
  into.serverMac = 0
}
