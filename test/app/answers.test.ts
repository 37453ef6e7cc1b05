import { describe, expect, it } from 'vitest'
import { MAYBE } from '../../src/app/protocol.ts'
import { PROTOCOLS } from '../../src/app/table.ts'
import { GAP } from '../../src/app/troubles.ts'
import { actionsOf } from '../../src/net/actions.ts'
import { type Done, held, read } from './held.ts'

/** Bits by function. */
function byFunction(deeds: readonly Done[]): Map<number, number> {
  const bits = new Map<number, number>()
  for (const { fn, actions } of deeds) bits.set(fn, (bits.get(fn) ?? 0) | actions)
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
  coap: {
    1: ['read', 'whether a resource is looked for or observed is in the request'],
    31: ['unknown', 'a refusal does not say what it refuses'],
  },
  mms: { 5: ['write', 'the name of what is written is in the request'] },
  dnp3: { 129: ['unknown', 'a response without objects answers what is not known'] },
  enip: { 14: ['read', 'the class is in the request'] },
  'gse-management': { 0: ['unknown', 'an error does not say what it answers'] },
  roc: { 0: ['unknown', 'an error does not say what it answers'] },
  snmp: { 0: ['unknown', 'a response does not say what it answers'] },
  msrpc: { 65280: ['unknown', 'the interface is in the request'] },
}

describe('what is seen by its answers only', () => {
  const told = PROTOCOLS.map(
    ({ id }) => [id, byFunction(held(id, 'server').filter(deed => deed.isUnasked))] as const,
  )

  it.each(told.filter(([, answered]) => answered.size > 0))('%s does what was asked', (id, answered) => {
    const asked = byFunction(held(id))
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

/** Functions of which the request tells more than that. */
const DEPENDING: Readonly<Record<string, readonly number[]>> = {
  ads: [2, 3, 9],
  fins: [0x220a, 0x220b, 0x220c],
  enip: [0x01, 0x0e, 0x10, 0x02, 0x08, 0x09, 0x4c, 0x4d, 0x52, 0x54],
  mms: [5],
  's7comm-plus': [1226, 1236, 1266, 1346, 1404],
  modbus: [8],
  bacnet: [306],
  'profinet-cm': [103],
  ldap: [23],
  s7comm: [1226],
  profinet: [31],
  coap: [1],
}
const NOT_DEPENDING: Readonly<Record<string, readonly number[]>> = {
  ads: [1, 4, 5, 262, 512],
  fins: [0x0101, 0x0102, 0x0401],
  enip: [0x05, 0x06, 0x07, 0x11, 0x1063, 0x1065],
  mms: [4],
  's7comm-plus': [1356, 5, 0x29],
  modbus: [1, 6, 16, 17],
  bacnet: [12, 15, 20],
  'profinet-cm': [100, 102],
  ldap: [3, 6],
  s7comm: [4, 5, 0x29],
  profinet: [30, 32],
  coap: [2, 3, 4],
}

describe('what functions do to most, and to some do something else', () => {
  const rows = (of: typeof DEPENDING, isMaybe: boolean) =>
    Object.entries(of).flatMap(([id, list]) => list.map(fn => [id, fn, isMaybe] as const))

  it.each([...rows(DEPENDING, true), ...rows(NOT_DEPENDING, false)])('%s: %i: %s', (id, fn, isMaybe) => {
    const actions = PROTOCOLS.find(one => one.id === id)!.functionActions!(fn)
    expect((actions & MAYBE) !== 0).toBe(isMaybe)
    expect(actionsOf(actions & ~MAYBE)).not.toEqual([])
  })
})

describe('answers that do not say what they answer', () => {
  const isGap = (troubles: number) => (troubles & GAP) !== 0

  it.each(['melsec', 'bsap', 'ge-srtp'])('%s: leave open what was done, where no request was seen', id => {
    const one = read(id, 'server')
    one.close()
    expect(isGap(one.troubles)).toBe(true)
    const both = read(id)
    both.close()
    expect(isGap(both.troubles)).toBe(false)
  })

  it('do so at once where there are many', () => {
    expect(isGap(read('melsec', 'server').troubles)).toBe(false)
    expect(isGap(read('melsec', 'server', 3).troubles)).toBe(true)
  })

  it.each(['modbus', 's7comm', 'iec104', 'ads', 'fins', 'melsec-1e'])('%s: says it', id => {
    const one = read(id, 'server')
    one.close()
    expect(isGap(one.troubles)).toBe(false)
  })
})
