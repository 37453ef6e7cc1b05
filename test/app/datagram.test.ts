import { describe, expect, it } from 'vitest'
import { conversations } from '../../captures/protocols/make.ts'
import { ads } from '../../src/app/ot/ads.ts'
import { bacnet } from '../../src/app/ot/bacnet.ts'
import { bsap } from '../../src/app/ot/bsap.ts'
import { codesys } from '../../src/app/ot/codesys.ts'
import { isPadding } from '../../src/app/ot/datagram.ts'
import { ethercat } from '../../src/app/ot/ethercat.ts'
import { fins } from '../../src/app/ot/fins.ts'
import { goose } from '../../src/app/ot/goose.ts'
import { modbus } from '../../src/app/ot/modbus.ts'
import { profinet } from '../../src/app/ot/profinet.ts'
import { tristation } from '../../src/app/ot/tristation.ts'
import { ETHERNET, type Protocol, UDP } from '../../src/app/protocol.ts'
import { PROTOCOLS } from '../../src/app/table.ts'
import { hex, readAll, type Told } from '../support/app-run.ts'

/** What one payload tells that the client sends, `wire` bytes long. */
function told(protocol: Protocol, bytes: Uint8Array, wire = bytes.length): Told[] {
  const transport = protocol.ethertypes === undefined ? UDP : ETHERNET
  const carrier = { transport, srcPort: 50_000, ethertype: protocol.ethertypes?.[0] ?? 0 }
  return readAll(protocol, [{ from: 'client', bytes, length: wire }], carrier)
}
const joined = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap(part => [...part]))
const acts = (list: readonly Told[]): Told[] => list.filter(one => typeof one === 'object' && 'act' in one)
/** it was told that not everything is known */
const isOpen = (list: readonly Told[]): boolean =>
  list.some(one => one === 'unfit' || one === 'short' || one === 'opaque')

/** Protocols where a second message is content of the first: they state no length, and nothing acts on it. */
const CONTENT: Readonly<Record<string, string>> = {
  coap: 'options and a payload go up to the end of the datagram (RFC 7252, section 3)',
  rpcbind: 'so do the parameters of a call (RFC 5531, section 9)',
  kerberos: 'nothing but sessions is made',
  profinet: 'the length of cyclic data is agreed on beforehand',
}

const OVER_NO_STREAM = PROTOCOLS.filter(
  ({ read, transports }) => read !== undefined && (transports.includes(UDP) || transports.includes(ETHERNET)),
)

describe('two messages in one payload', () => {
  it.each(OVER_NO_STREAM.filter(({ id }) => CONTENT[id] === undefined))(
    'of $id: the second is told, or that there is something',
    protocol => {
      const sent = conversations.get(protocol.id)!.said.filter(({ from }) => from === 'client')
      const whole = sent.map(({ bytes }) => bytes).filter(bytes => !isOpen(told(protocol, bytes)))
      for (const first of whole)
        for (const second of whole) {
          const alone = acts(told(protocol, second))
          const both = told(protocol, joined(first, second))
          if (acts(told(protocol, first)).length > 0 && !isOpen(both))
            for (const act of alone) expect(both).toContainEqual(act)
        }
    },
  )

  it('are looked at in many protocols', () => {
    const looked = OVER_NO_STREAM.filter(protocol =>
      conversations
        .get(protocol.id)!
        .said.some(({ from, bytes }) => from === 'client' && acts(told(protocol, bytes)).length > 0),
    )
    expect(looked.length).toBeGreaterThan(20)
  })
})

describe('Modbus in datagrams', () => {
  const read = hex('0001 0000 0006 01 03 0000 000a')
  const write = hex('0002 0000 0006 01 06 0010 1234')
  const reads = { act: ['read'], fn: 3, unit: 1, area: 4, first: 0, last: 9 }
  const writes = { act: ['write'], fn: 6, unit: 1, area: 4, first: 16, last: 16 }

  it('each message that holds together is told', () => {
    expect(acts(told(modbus, joined(read, write)))).toEqual([reads, writes])
    expect(told(modbus, joined(read, write, read))).not.toContain('unfit')
  })

  it.each([
    ['a byte', '00'],
    ['half a message', '0002 0000 0006 01 06'],
    ['another protocol', '0002 0001 0006 01 06 0010 1234'],
    ['zeroes', '00'.repeat(12)],
  ])('%s behind it is unfit', (_, rest) => {
    const all = told(modbus, joined(read, hex(rest)))
    expect(acts(all)).toEqual([reads])
    expect(all.at(-1)).toBe('unfit')
  })

  it('cut by the capture, it is short', () => {
    expect(told(modbus, read, 24)).toContain('short')
    expect(told(modbus, joined(read, write.subarray(0, 9)), 24)).toContainEqual({
      act: ['write'],
      fn: 6,
      unit: 1,
    })
  })

  it('of which there are more than anybody sends, the rest is unfit', () => {
    expect(told(modbus, joined(...Array.from({ length: 64 }, () => read)))).not.toContain('unfit')
    expect(told(modbus, joined(...Array.from({ length: 66 }, () => read))).at(-1)).toBe('unfit')
  })
})

describe('protocols that state no length, or one that is not trusted', () => {
  it('BACnet is read up to the end where no other message follows', () => {
    const password = '09 06 1d 0b 0044656c63617474793730'
    const reset = hex(`810a 0011 0104 0005 0114 ${password}`)
    expect(told(bacnet, reset)).toEqual([{ client: true }, { act: ['control'], fn: 20 }])
    const whoIs = hex('810b 0008 0100 1008')
    expect(acts(told(bacnet, joined(whoIs, hex(`810a 0019 0104 0005 0114 ${password}`))))).toEqual([
      { act: ['discover'], fn: 108 },
      { act: ['control'], fn: 20 },
    ])
  })

  it('FINS commands have no room for another one', () => {
    const frame = (command: string) => hex(`8000 0200 0c00 000a 0001 ${command}`)
    const stop = frame('0402')
    expect(told(fins, frame('0501'))).not.toContain('unfit')
    expect(told(fins, joined(frame('0501'), stop)).at(-1)).toBe('unfit')
    expect(told(fins, joined(frame('0102 82 0064 00 0001 0131'), stop)).at(-1)).toBe('unfit')
    expect(told(fins, frame('0102 82 0064 00 0001 0131'))).not.toContain('unfit')
    expect(told(fins, frame(`0801 ${'5a'.repeat(100)}`))).not.toContain('unfit')
  })

  it('BSAP ends with its frame', () => {
    const frame = (fn: string) => hex(`1002 01 01 a0 0000 00 00 ${fn} 0000 1010 1003 1234`)
    expect(acts(told(bsap, joined(frame('04'), frame('84')))).map(one => (one as { fn: number }).fn)).toEqual(
      [4, 132],
    )
    expect(told(bsap, joined(frame('04'), hex('00'))).at(-1)).toBe('unfit')
  })

  it('TwinCAT discovery ends with its tags', () => {
    const ask = hex('03661471 00000000 01000000 0a0102630101 1027 00000000')
    const add = hex('03661471 00000000 06000000 0a0102630101 1027 01000000 0c00 0200 6100')
    expect(told(ads, add)).not.toContain('unfit')
    expect(told(ads, joined(ask, add)).at(-1)).toBe('unfit')
  })

  it('CODESYS messages end with their size', () => {
    const datagram = (group: string) =>
      hex(`c56b4040 0043 2ddcc0a80064 2ddcc0a80065 0100 01810100 01000000 00000000 14000000 deadbeef
        55cd1000 ${group} 11223344 04000000 00000000 01020304`)
    expect(told(codesys, datagram('01000100'))).not.toContain('unfit')
    expect(told(codesys, joined(datagram('01000100'), datagram('02001100'))).at(-1)).toBe('unfit')
    const alive = hex('c56b4040 0043 2ddcc0a80064 2ddcc0a80065 0100 03000000')
    expect(told(codesys, alive)).not.toContain('unfit')
    expect(told(codesys, joined(alive, datagram('02001100')))).toContain('unfit')
  })

  it('TriStation holds one command in a message', () => {
    const ts = (command: string) => `00 01 ${command} 00 0000 0000 0a00`
    expect(told(tristation, hex(`0500 0a00 ${ts('13')} 0000`))).not.toContain('unfit')
    expect(told(tristation, hex(`0500 1400 ${ts('13')} ${ts('15')} 0000`)).at(-1)).toBe('unfit')
  })
})

describe('what fills up Ethernet frames', () => {
  it('is zeroes, or less than a message in the shortest frames', () => {
    const rest = (filled: string, length: number) => {
      const bytes = Uint8Array.from([...hex('aabbccdd'), ...hex(filled)])
      return isPadding(bytes, 0, 4, bytes.length, length)
    }
    expect(rest('', 4)).toBe(true)
    expect(rest('00'.repeat(42), 46)).toBe(true)
    expect(rest('e5bf00000000', 10)).toBe(true)
    expect(rest('e5bf00000000', 60)).toBe(false)
    expect(rest(`01${'00'.repeat(41)}`, 46)).toBe(false)
  })

  const identify = 'fefe 05 00 01000001 0001 0004 ffff 0000'
  const set = 'fefd 04 00 01000002 0000 0008 0202 0004 0001 6162'
  const state = '0001 0018 0000 0000 610e 800161 850101 860100 870100 ab00'
  const ring = '0e10 07 01 0000 3001 0200 0000 0000 0000'
  it.each([
    ['PROFINET', profinet, identify, set],
    ['GOOSE', goose, state, state],
    ['EtherCAT', ethercat, ring, '0e10 05 02 0110 2001 0200 0000 0400 0000'],
  ] as const)('%s: another message behind the first is not overlooked', (_, protocol, first, second) => {
    const alone = told(protocol, hex(first))
    expect(told(protocol, joined(hex(first), hex('00'.repeat(24))))).toEqual(alone)
    expect(told(protocol, joined(hex(first), hex(second))).filter(one => one === 'unfit')).toHaveLength(
      1 + alone.filter(one => one === 'unfit').length,
    )
  })
})
