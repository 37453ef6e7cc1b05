import { describe, expect, it } from 'vitest'
import { synchrophasor } from '../../src/app/ot/synchrophasor.ts'
import { UDP } from '../../src/app/protocol.ts'
import { probeText, readAll, type Said } from '../support/app-run.ts'

/** CRC-CCITT, bit by bit. */
function crc(bytes: readonly number[]): number {
  let value = 0xffff
  for (const byte of bytes) {
    value ^= byte << 8
    for (let bit = 0; bit < 8; bit++) value = ((value << 1) ^ (value & 0x8000 ? 0x1021 : 0)) & 0xffff
  }
  return value
}

/** A frame of PMU 7. */
function frame(type: number, content: readonly number[], version = 1): Uint8Array {
  const size = 16 + content.length
  const head = [0xaa, (type << 4) | version, size >> 8, size & 0xff, 0, 7, 0x50, 0, 0, 0, 0, 0, 0, 0]
  const check = crc([...head, ...content])
  return Uint8Array.from([...head, ...content, check >> 8, check & 0xff])
}

const DATA = frame(0, [0, 0, 1, 2, 3, 4])
const command = (word: number) => frame(4, [word >> 8, word & 0xff])
const text = (value: string) => [...Buffer.from(value.padEnd(16))]
const client = (bytes: Uint8Array): Said => ({ from: 'client', bytes })
const server = (bytes: Uint8Array): Said => ({ from: 'server', bytes })

describe('what is C37.118', () => {
  it('frames whose check sequence fits', () => {
    expect(probeText(synchrophasor, command(2))).toBe('certain from client')
    expect(probeText(synchrophasor, DATA)).toBe('certain from server')
    expect(probeText(synchrophasor, DATA, { transport: UDP })).toBe('certain from server')
  })

  it('without its end it is weak, and in a datagram it is none', () => {
    expect(probeText(synchrophasor, DATA.subarray(0, 12))).toBe('unsure from server')
    expect(probeText(synchrophasor, DATA.subarray(0, 12), { transport: UDP })).toBe('not')
    expect(probeText(synchrophasor, DATA.subarray(0, 12), { transport: UDP, length: DATA.length })).toBe(
      'unsure from server',
    )
  })

  it('other bytes are none', () => {
    const wrong = DATA.slice()
    wrong[15] ^= 1
    for (const bytes of [
      wrong,
      frame(6, [0, 0]),
      frame(0, [0, 0], 7),
      new Uint8Array(20),
      new Uint8Array(20).fill(0xaa),
    ])
      expect(probeText(synchrophasor, bytes, { dstPort: 4712 })).toBe('not')
  })
})

describe('what C37.118 does', () => {
  it('is asked for its configuration, and turned on and off', () => {
    const configuration = frame(3, [0, 0, 0, 1, 0, 1, ...text('Feeder 4'), 0, 7])
    expect(
      readAll(synchrophasor, [
        client(command(5)),
        server(configuration),
        client(command(2)),
        server(DATA),
        client(command(1)),
      ]),
    ).toEqual([
      { client: true },
      { act: ['read'], fn: 261, unit: 7 },
      { client: false },
      { answer: 261, unit: 7 },
      { heard: 'name', text: 'Feeder 4' },
      { client: true },
      { act: ['session'], fn: 258, unit: 7 },
      { client: false },
      { act: ['report'], fn: 0, unit: 7 },
      { client: true },
      { act: ['session'], fn: 257, unit: 7 },
    ])
  })

  it.each([
    [3, 259, ['read']],
    [4, 260, ['read']],
    [6, 262, ['read']],
    [8, 264, ['unknown']],
    [0, 256, ['unknown']],
    [0x0101, 513, ['unknown']],
    [0xffff, 65535, ['unknown']],
  ])('command %i', (word, fn, act) => {
    expect(readAll(synchrophasor, [client(command(word))]).slice(-1)).toEqual([{ act, fn, unit: 7 }])
  })

  it('several frames in a segment', () => {
    expect(readAll(synchrophasor, [server(Uint8Array.from([...DATA, ...DATA]))])).toHaveLength(4)
  })

  it('a wrong check sequence', () => {
    const wrong = command(1).slice()
    wrong[15] = 2
    expect(readAll(synchrophasor, [client(wrong)])).toEqual(['unfit'])
  })

  it('cut by the capture', () => {
    const whole = command(1)
    expect(
      readAll(synchrophasor, [{ from: 'client', bytes: whole.subarray(0, 14), length: whole.length }], {
        transport: UDP,
      }),
    ).toEqual([{ client: true }, { act: ['unknown'], fn: 256, unit: 7 }, 'short'])
  })
})
