import { macOf } from './conversations.ts'
import type { Ends, Traffic } from './traffic.ts'

/** How control systems talk: a few hundred connections, each polled in turn with small requests and answers. */

const CELLS = 8
const SUPERVISION = 0
const OFFICE = 1
const FIRST_CELL = 2
const CLIENTS = 10
const FIRST_CLIENT_PORT = 49_152
const MODBUS = 502
const S7 = 102
/** one connection in so many comes from a zone that no conduit joins to the cells */
const UNDECLARED_EVERY = 8
const FIRST_VLAN = 100

/** polls under way before the answer to one comes, and before the answer is acknowledged */
const ANSWERED_AFTER = 2
const ACKNOWLEDGED_AFTER = 4
const FRAMES_OF_POLL = 3
const SMALLEST_FRAME = 60
const HEADERS = 54

export const POLLING_POLICY = [
  'version: 1',
  'site: Polling',
  'zones:',
  `  - {id: supervision, level: 2, networks: [10.0.${SUPERVISION}.0/24]}`,
  `  - {id: office, level: 4, networks: [10.0.${OFFICE}.0/24]}`,
  ...cells().map(i => `  - {id: cell-${i}, level: 1, sl_t: 3, networks: [10.0.${FIRST_CELL + i}.0/24]}`),
  'conduits:',
  ...cells().flatMap(i => [
    `  - id: C-${i}`,
    '    from: supervision',
    `    to: cell-${i}`,
    '    channels: [{id: modbus, service: modbus, actions: [read]}, {id: s7, service: s7comm, actions: [read, session]}]',
  ]),
  '',
].join('\n')

function cells(): number[] {
  return Array.from({ length: CELLS }, (_, i) => i)
}

/** Polling over `flows` connections, Modbus/TCP and S7 by turns; frames of 60 to 150 bytes. */
export function pollingTraffic(flows: number): Traffic {
  return {
    flows,
    version: 4,
    spacing: 100,
    checksums: true,
    ends: pollingEnds,
    steps: () => (index, step) => {
      const poll = Math.floor(index / FRAMES_OF_POLL)
      const part = index % FRAMES_OF_POLL
      const behind = part === 0 ? 0 : part === 1 ? ANSWERED_AFTER : ACKNOWLEDGED_AFTER
      // what a capture begins with belongs to polls from before it
      const number = poll - behind + flows * ACKNOWLEDGED_AFTER
      step.flow = number % flows
      step.toServer = part !== 1
      const { request, answer, reference } = pdus[step.flow % pdus.length]
      step.payload = part === 0 ? request : part === 1 ? answer : NOTHING
      step.size = Math.max(SMALLEST_FRAME, HEADERS + step.payload.length)
      if (part === 2) return
      const transaction = Math.floor(number / flows)
      step.payload[reference] = transaction >>> 8
      step.payload[reference + 1] = transaction
    },
  }
}

function pollingEnds(flow: number, into: Ends): void {
  const kind = flow % 2
  into.udp = false
  into.declared = flow % UNDECLARED_EVERY !== UNDECLARED_EVERY - 1
  into.clientPrefix = into.declared ? SUPERVISION : OFFICE
  into.clientHost = 10 + (flow % CLIENTS)
  into.clientPort = FIRST_CLIENT_PORT + flow
  into.clientMac = macOf(into.clientPrefix, into.clientHost)
  into.serverPrefix = FIRST_CELL + (Math.floor(flow / 2) % CELLS)
  into.serverHost = 10 + (Math.floor(flow / (2 * CELLS)) % 200)
  into.serverPort = kind === 0 ? MODBUS : S7
  into.serverMac = macOf(into.serverPrefix, into.serverHost)
  into.vlan = FIRST_VLAN + into.clientPrefix
}

interface Pdus {
  request: Uint8Array
  answer: Uint8Array
  /** where the transaction's number stands, two bytes */
  reference: number
}

const NOTHING = new Uint8Array(0)
const KINDS = 30
/** Even conversations speak Modbus, odd ones S7, as their ports say. */
const pdus: Pdus[] = Array.from({ length: KINDS }, (_, i) =>
  i % 2 === 0 ? modbus(1 + i * 1.5) : s7(12 + i * 2),
)

/** Function 3, read of so many registers (MODBUS Messaging on TCP/IP, section 3.1.3). */
function modbus(registers: number): Pdus {
  const bytes = registers * 2
  return {
    request: Uint8Array.of(0, 0, 0, 0, 0, 6, 1, 3, 0, 0, 0, registers),
    answer: Uint8Array.of(0, 0, 0, 0, 0, 3 + bytes, 1, 3, bytes, ...filler(bytes)),
    reference: 0,
  }
}

/** Read of so many bytes of data block 1: TPKT (RFC 1006), COTP data (ISO 8073), S7 job and acknowledgement with data. */
function s7(bytes: number): Pdus {
  const item = [0x12, 0x0a, 0x10, 0x02, 0, bytes, 0, 1, 0x84, 0, 0, 0]
  const envelope = (length: number): number[] => [3, 0, 0, 7 + length, 2, 0xf0, 0x80]
  return {
    request: Uint8Array.of(...envelope(24), 0x32, 1, 0, 0, 0, 0, 0, 14, 0, 0, 4, 1, ...item),
    answer: Uint8Array.of(
      ...envelope(18 + bytes),
      ...[0x32, 3, 0, 0, 0, 0, 0, 2, 0, 4 + bytes, 0, 0, 4, 1],
      ...[0xff, 4, (bytes * 8) >>> 8, bytes * 8, ...filler(bytes)],
    ),
    reference: 11,
  }
}

function filler(bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => (i * 37) & 255)
}
