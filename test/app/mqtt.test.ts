import { describe, expect, it } from 'vitest'
import { mqtt } from '../../src/app/ot/mqtt.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const carrier = { srcPort: 40000, dstPort: 1883 }
const text = (t: string) => Buffer.from(t).toString('hex')
const string = (t: string) => t.length.toString(16).padStart(4, '0') + text(t)
const packet = (first: string, body = '') => {
  const length = body.replace(/\s/g, '').length / 2
  const bytes = length < 128 ? [length] : [(length & 127) | 128, length >> 7]
  return `${first} ${Buffer.from(bytes).toString('hex')} ${body}`
}
const connect = (level: number) =>
  packet('10', `${string('MQTT')} 0${level} 02 003c ${level === 5 ? '00' : ''} ${string('plc1')}`)
const publish = (topic: string, payload = '00') => packet('30', `${string(topic)} ${payload}`)
const asks = (...packets: string[]): Said[] => packets.map(one => ({ from: 'client', bytes: hex(one) }))
const answers = (...packets: string[]): Said[] => packets.map(one => ({ from: 'server', bytes: hex(one) }))
const read = (...said: Said[]) => readAll(mqtt, said, carrier)

describe('what is MQTT', () => {
  it.each([
    [connect(4), 'certain from client'],
    [connect(5), 'certain from client'],
    [packet('10', `${string('MQIsdp')} 03 02 003c ${string('plc1')}`), 'certain from client'],
    [packet('10', `${string('MQTT')} 09 02 003c ${string('plc1')}`), 'not'],
    ['20 02 00 00', 'unsure from server'],
    ['c0 00', 'unsure from client'],
    ['d0 00', 'unsure from server'],
    [publish('plant/line1/temp'), 'unsure'],
    [packet('36', `${string('a')} 0001`), 'not'],
    [packet('80', `0001 ${string('a')} 00`), 'not'],
    [packet('82', `0001 ${string('a')} 00`), 'unsure from client'],
    ['00 00', 'not'],
    ['30 ff ff ff ff 7f', 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(mqtt, hex(bytes), carrier)).toBe(what))

  it.each(LOOK_ALIKES)('not certainly %s', (_, other) =>
    expect(probeText(mqtt, other, carrier)).not.toContain('certain'),
  )

  it('ends where its length says', () => {
    const long = hex(publish('plant/line1', '00'.repeat(200)))
    expect(mqtt.length!(long, 0, 1)).toBe(0)
    expect(mqtt.length!(long, 0, 2)).toBe(0)
    expect(mqtt.length!(long, 0, 3)).toBe(long.length)
    expect(mqtt.length!(hex('80 05'), 0, 2)).toBe(-1)
    expect(mqtt.length!(hex('c0 01'), 0, 2)).toBe(-1)
  })
})

describe('what MQTT does', () => {
  it('sessions: opened, kept, closed', () => {
    expect(
      read(
        ...asks(connect(4)),
        ...answers('20 02 00 00'),
        ...asks('c0 00'),
        ...answers('d0 00'),
        ...asks('e0 00'),
      ),
    ).toEqual([
      { client: true },
      { act: ['session'], fn: 1 },
      { detail: 'version', text: '3.1.1' },
      { client: false },
      { answer: 1 },
      { client: true },
      { act: ['session'], fn: 12 },
      { client: false },
      { answer: 12 },
      { act: ['session'], fn: 14 },
    ])
  })

  it('refused: to connect, to subscribe, to publish', () => {
    expect(
      read(...answers('20 02 00 05', '90 03 0001 80', packet('40', '0001 87'), '90 03 0001 01')),
    ).toEqual([
      { client: false },
      { answer: 1, refused: true },
      { client: false },
      { answer: 8, refused: true },
      { answer: 3, refused: true },
      { client: false },
      { answer: 8 },
    ])
  })

  it('subscriptions are reports', () => {
    expect(
      read(...asks(packet('82', `0001 ${string('a/#')} 00`), packet('a2', `0002 ${string('a/#')}`))),
    ).toEqual([{ client: true }, { act: ['report'], fn: 8 }, { client: true }, { act: ['report'], fn: 10 }])
  })

  it.each([
    ['plant/line1/temperature', ['report'], 3],
    ['plant/line1/valve/set', ['write'], 3],
    ['zigbee2mqtt/SET/lamp', ['write'], 3],
    ['cmnd/pump/power', ['write'], 3],
    ['plant/settings/offset', ['report'], 3],
    ['spBv1.0/g/NDATA/edge', ['report'], 105],
    ['spBv1.0/g/DBIRTH/edge/plc', ['report'], 103],
    ['spBv1.0/g/NCMD/edge', ['control', 'write'], 107],
    ['spBv1.0/g/DCMD/edge/plc', ['control', 'write'], 108],
    ['spBv1.0/STATE/scada', ['report'], 109],
    ['spBv1.0/g/NEW/edge', ['unknown', 'report'], 100],
    ['spBv1.0/NCMD', ['unknown', 'report'], 100],
  ])('publishes %s: %s', (topic, act, fn) => {
    expect(read(...asks(publish(topic)))).toEqual([{ act, fn }])
    expect(read(...answers(publish(topic)))).toEqual([{ act, fn }])
  })

  it('topic aliases stand for what they stood for, in their direction', () => {
    const aliased = (topic: string, alias: string) =>
      packet('30', `${string(topic)} 08 26 0000 0000 23 ${alias} 00`)
    const said = asks(connect(5), aliased('valve/set', '0001'), aliased('', '0001'), aliased('', '0002'))
    expect(read(...said, ...answers(aliased('', '0001'))).slice(3)).toEqual([
      { act: ['write'], fn: 3 },
      { act: ['write'], fn: 3 },
      { act: ['unknown', 'report'], fn: 3 },
      { act: ['unknown', 'report'], fn: 3 },
    ])
  })

  it('a will that commands is told when it is left', () => {
    const will = (level: number, topic: string) => {
      const properties = level === 5 ? '00' : ''
      const tail = `${string('c')} ${properties} ${string(topic)} ${string('1')}`
      return packet('10', `${string('MQTT')} 0${level} 06 003c ${properties} ${tail}`)
    }
    for (const level of [4, 5]) {
      expect(read(...asks(will(level, 'valve/set')))).toContainEqual({ act: ['write'], fn: 3 })
      expect(read(...asks(will(level, 'spBv1.0/g/NDEATH/e')))).toHaveLength(3)
    }
  })

  it('delivery in two steps', () => {
    expect(read(...answers('50 02 0001'), ...asks('62 02 0001'), ...answers('70 02 0001'))).toEqual([
      { answer: 3 },
      { act: ['session'], fn: 6 },
      { answer: 6 },
    ])
  })

  it('what is cut or does not hold together', () => {
    const whole = hex(publish('plant/line1/valve/set', '00'.repeat(40)))
    const cut: Said = { from: 'client', bytes: whole.subarray(0, 12), length: whole.length }
    // read as it is, not put together from segments
    const notes = readAll(mqtt, [cut], { ...carrier, transport: UDP })
    expect(notes).toEqual([{ act: ['unknown', 'report'], fn: 3 }, 'short'])
    expect(read(...asks('30 05 00ff 616161'))).toEqual([{ act: ['unknown', 'report'], fn: 3 }, 'unfit'])
  })

  it('names functions', () => {
    expect(mqtt.functionName!(107)).toBe('Sparkplug NCMD')
    expect(mqtt.functionActions!(107)).toBe(mqtt.functionActions!(108))
  })
})
