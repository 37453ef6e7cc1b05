import { describe, expect, it } from 'vitest'
import { conversations } from '../../captures/protocols/make.ts'
import { Conversation } from '../../src/app/conversation.ts'
import { ACTIONS, DEED_WORDS, FLAGS, FN, UNASKED } from '../../src/app/deeds.ts'
import { Carrier, ETHERNET, TCP, UDP } from '../../src/app/protocol.ts'
import { Room } from '../../src/app/stream.ts'
import { PROTOCOLS } from '../../src/app/table.ts'
import { actionsOf } from '../../src/net/actions.ts'

const OVER = { tcp: TCP, udp: UDP, ethernet: ETHERNET } as const
const whence = { frame: 1, port: 0, seconds: 0, nanos: 0 }
const listener = { heard() {}, announced() {} }

/** Reads a protocol's conversation, or one end of it; bits by function, of those functions whose deeds have these flags. */
function done(id: string, end: 'both' | 'server', flags: number): Map<number, number> {
  const { over, port, said } = conversations.get(id)!
  const carrier = new Carrier()
  carrier.transport = OVER[over]
  if (over === 'ethernet') carrier.ethertype = port
  const protocol = PROTOCOLS.find(one => one.id === id)!
  const conversation = new Conversation(protocol, { carrier, whence, listener, room: new Room(1 << 16) })
  const sent = { client: 1, server: 1 }
  for (const { from, bytes } of said) {
    if (end === 'server' && from === 'client') continue
    conversation.side = from === 'client' ? 0 : 1
    conversation.fromOrig = from === 'client'
    if (over !== 'ethernet') {
      carrier.srcPort = from === 'client' ? 50_000 : port
      carrier.dstPort = from === 'client' ? port : 50_000
    }
    carrier.length = bytes.length
    conversation.take(bytes, 0, bytes.length, bytes.length, sent[from], 0)
    sent[from] += bytes.length
  }
  const bits = new Map<number, number>()
  const { words, size } = conversation.deeds
  for (let at = 0; at < size * DEED_WORDS; at += DEED_WORDS)
    if ((words[at + FLAGS] & flags) === flags)
      bits.set(words[at + FN], (bits.get(words[at + FN]) ?? 0) | words[at + ACTIONS])
  return bits
}

/** Functions whose answers tell less, or fear more, than their requests. */
const OTHERWISE: Readonly<Record<string, Readonly<Record<number, readonly [what: string, why: string]>>>> = {
  modbus: { 43: ['unknown', 'what is encapsulated may be anything'] },
  's7comm-plus': {
    1226: ['program', 'an object that is created may be a block, or a session'],
    1236: ['program', 'so may one that is deleted'],
  },
  profinet: { 31: ['configure', 'what is set may be a reset, too, which the request tells'] },
  coap: { 1: ['read', 'whether a resource is looked for or observed is in the request'] },
  mms: { 5: ['write', 'the name of what is written is in the request'] },
  dnp3: { 129: ['unknown', 'a response without objects answers what is not known'] },
  enip: { 14: ['read', 'the class is in the request'] },
  'gse-management': { 0: ['unknown', 'an error does not say what it answers'] },
  ethercat: { 5: ['write', 'the register comes with the datagram'] },
  roc: { 0: ['unknown', 'an error does not say what it answers'] },
  snmp: { 0: ['unknown', 'a response does not say what it answers'] },
  msrpc: { 65280: ['unknown', 'the interface is in the request'] },
}

describe('what is seen by its answers only', () => {
  const told = PROTOCOLS.map(({ id }) => [id, done(id, 'server', UNASKED)] as const)

  it.each(told.filter(([, answered]) => answered.size > 0))('%s does what was asked', (id, answered) => {
    const asked = done(id, 'both', 0)
    for (const [fn, bits] of answered) {
      const [otherwise] = OTHERWISE[id]?.[fn] ?? []
      const what = otherwise === undefined ? actionsOf(asked.get(fn)!) : [otherwise]
      expect([fn, actionsOf(bits)]).toEqual([fn, what])
    }
  })

  it('is not otherwise where no answer shows it', () => {
    const shown = told.flatMap(([id, answered]) => [...answered.keys()].map(fn => `${id} ${fn}`))
    const listed = Object.entries(OTHERWISE).flatMap(([id, fns]) => Object.keys(fns).map(fn => `${id} ${fn}`))
    expect(listed.filter(name => !shown.includes(name))).toEqual([])
  })

  it('is known of most protocols, and writes are among them', () => {
    const writers = told.filter(([, answered]) =>
      [...answered.values()].some(bits => actionsOf(bits).includes('write')),
    )
    expect(writers.length).toBeGreaterThan(15)
  })
})

/** A function, and what it does when its request was not seen. */
const FUNCTIONS: Readonly<Record<string, readonly (readonly [fn: number, what: string])[]>> = {
  ads: [
    [3, 'write'],
    [9, 'write read'],
    [5, 'control'],
    [262, 'configure'],
    [258, 'unknown'],
    [512, 'session'],
    [10, 'unknown'],
  ],
  // a file may have been loaded into the controller
  fins: [
    [0x0102, 'write'],
    [0x0401, 'control'],
    [0x220a, 'write file'],
    [0x220b, 'configure file'],
    [0x220c, 'program file'],
    [0x220d, 'unknown'],
    [0xff00, 'session'],
    [0xff06, 'session'],
    [0xff07, 'unknown'],
  ],
  melsec: [
    [0x1401, 'write'],
    [0x1002, 'control'],
    [0x1402, 'write'],
    [0x0101, 'discover'],
    [0x9999, 'unknown'],
  ],
  'melsec-1e': [
    [3, 'write'],
    [0x13, 'control'],
    [0x3d, 'unknown'],
  ],
  // common services; then tags and connections; PCCC, and what both have, are not known
  enip: [
    [0x10, 'write'],
    [0x02, 'write'],
    [0x07, 'control'],
    [0x08, 'configure'],
    [0x0a, 'unknown'],
    [0x4d, 'write'],
    [0x53, 'write'],
    [0x52, 'read'],
    [0x54, 'session'],
    [0x5b, 'session'],
    [0x5a, 'diagnose'],
    [0x4b, 'unknown'],
    [0x4e, 'unknown'],
    [0x1065, 'session'],
    [0x1063, 'discover'],
    [0x106f, 'unknown'],
  ],
  'ge-srtp': [
    [7, 'write'],
    [0x23, 'control'],
    [0x40, 'program'],
    [0x100, 'session'],
    [200, 'unknown'],
  ],
  tristation: [
    [16, 'write'],
    [20, 'control'],
    [10, 'program'],
    [257, 'session'],
    [262, 'session'],
    [110, 'unknown'],
    [268, 'unknown'],
  ],
  crimson: [
    [299, 'discover'],
    [300, 'unknown'],
  ],
  pcworx: [
    [1, 'session'],
    [6, 'discover'],
    [2, 'unknown'],
  ],
  proconos: [
    [1, 'discover'],
    [0, 'unknown'],
  ],
  iscsi: [
    [298, 'write'],
    [283, 'control'],
    [2, 'control'],
    [6, 'session'],
    [1, 'unknown'],
  ],
  ipmi: [
    [0xff80, 'discover'],
    [0x0002, 'control'],
    [0x08ff, 'firmware'],
  ],
  ldap: [
    [6, 'write'],
    [23, 'configure'],
    [3, 'read'],
    [1, 'unknown'],
  ],
}

describe('what functions do by themselves', () => {
  it.each(Object.entries(FUNCTIONS).flatMap(([id, list]) => list.map(([fn, what]) => [id, fn, what])))(
    '%s: %i',
    (id, fn, what) => {
      const protocol = PROTOCOLS.find(one => one.id === id)!
      expect(actionsOf(protocol.functionActions!(fn as number)).join(' ')).toBe(what)
    },
  )
})
