import { describe, expect, it } from 'vitest'
import { goose, gseManagement } from '../../src/app/ot/goose.ts'
import { ETHERNET } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const carrier = { transport: ETHERNET, ethertype: 0x88b8 }
const tlv = (tag: number, value: string): string => {
  const length = value.replace(/\s/g, '').length / 2
  const head = length < 0x80 ? length.toString(16).padStart(2, '0') : `81${length.toString(16)}`
  return tag.toString(16).padStart(2, '0') + head + value
}
const text = (t: string): string => Buffer.from(t).toString('hex')

interface Shape {
  appid?: string
  reference?: string
  state?: string
  sequence?: string
  test?: string
  flags?: string
  data?: string
}
const frame = (of: Shape = {}): string => {
  const { appid = '0001', reference = 'IED1LD0/LLN0$GO$gcb1', state = '07', sequence = '0a' } = of
  const { test = '00', flags = '0000', data = tlv(0xab, '830100') } = of
  const pdu = tlv(
    0x61,
    tlv(0x80, text(reference)) +
      tlv(0x81, '07d0') +
      tlv(0x82, text('IED1LD0/LLN0$ds1')) +
      tlv(0x83, text('g1')) +
      tlv(0x84, '386ebbf34217280a') +
      tlv(0x85, state) +
      tlv(0x86, sequence) +
      tlv(0x87, test) +
      tlv(0x88, '01') +
      tlv(0x89, '00') +
      tlv(0x8a, '01') +
      data,
  )
  return `${appid}${(8 + pdu.length / 2).toString(16).padStart(4, '0')}${flags}0000${pdu}`
}
const sent = (...frames: string[]): Said[] => frames.map(one => ({ from: 'client', bytes: hex(one) }))
const acts = (...frames: string[]) =>
  readAll(goose, sent(...frames), carrier).filter(told => typeof told === 'object' && 'act' in told)
const functions = (...frames: string[]) => acts(...frames).map(told => (told as { fn: number }).fn)

describe('what is GOOSE', () => {
  it.each([
    [frame(), 'certain'],
    [`${frame()}000000000000`, 'certain'],
    [frame().slice(0, 40), 'not'],
    [frame().replace('61', '60'), 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(goose, hex(bytes), carrier)).toBe(what))

  it('cut by the capture', () =>
    expect(probeText(goose, hex(frame().slice(0, 40)), { ...carrier, length: frame().length / 2 })).toBe(
      'certain',
    ))

  it('only under its own ethertype', () =>
    expect(probeText(goose, hex(frame()), { ...carrier, ethertype: 0x88ba })).toBe('not'))

  it.each(LOOK_ALIKES)('not %s', (_, other) => expect(probeText(goose, other, carrier)).toBe('not'))
})

describe('what GOOSE tells', () => {
  it('a report of an APPID, and once whose', () => {
    expect(readAll(goose, sent(frame(), frame({ sequence: '0b' })), carrier)).toEqual([
      { detail: 'control_block', text: 'IED1LD0/LLN0$GO$gcb1' },
      { act: ['report'], fn: 1, area: 0, first: 1, last: 1 },
      { act: ['report'], fn: 1, area: 0, first: 1, last: 1 },
    ])
  })

  it('an event where the state number changes, or is new', () => {
    expect(functions(frame(), frame({ state: '08', sequence: '00' }), frame({ state: '08' }))).toEqual([
      1, 2, 1,
    ])
    expect(functions(frame({ sequence: '00' }))).toEqual([2])
  })

  it('keeps control blocks apart', () => {
    const other = { reference: 'IED1LD0/LLN0$GO$gcb2', state: '63' }
    expect(functions(frame(), frame(other), frame(), frame(other))).toEqual([1, 1, 1, 1])
  })

  it('a test, and a simulator', () => {
    expect(functions(frame({ test: 'ff' }), frame({ flags: '8000', state: '09' }))).toEqual([3, 4])
  })

  it('state numbers of five bytes', () => {
    expect(functions(frame({ state: '00ffffffff' }), frame({ state: '00fffffffe' }))).toEqual([1, 2])
  })

  it('one without data is unfit, one that the capture cut is short', () => {
    const odd = frame({ data: '' })
    expect(readAll(goose, sent(odd), carrier)).toContain('unfit')
    const whole = hex(frame())
    const cut: Said[] = [{ from: 'client', bytes: whole.subarray(0, 60), length: whole.length }]
    expect(readAll(goose, cut, carrier).slice(-2)).toEqual([
      { act: ['report'], fn: 0, area: 0, first: 1, last: 1 },
      'short',
    ])
  })

  it('an element that is longer than the message', () => {
    const odd = frame().replace('8501', '857f')
    expect(readAll(goose, sent(odd), carrier).slice(-2)).toEqual([
      { act: ['report'], fn: 0, area: 0, first: 1, last: 1 },
      'unfit',
    ])
  })

  it('names APPIDs', () => {
    expect(goose.areaText!(0, 1, 1)).toBe('APPID 0x0001')
    expect(goose.areaText!(0, 1, 0x3fff)).toBe('APPID 0x0001-0x3fff')
    expect(goose.functionName!(2)).toBe('state changed')
  })
})

describe('GSE management', () => {
  const management = { transport: ETHERNET, ethertype: 0x88b9 }
  const asks = '0005 0017 0000 0000 60 0d 80 01 01 a1 08 a1 06 80 04 41 42 43 44'
  const answers = '0005 0013 0000 0000 60 09 80 01 01 a2 04 a1 02 82 00'

  it('is recognised', () => {
    expect(probeText(gseManagement, hex(asks), management)).toBe('certain')
    expect(probeText(gseManagement, hex(frame()), management)).toBe('not')
  })

  it('asks for references', () => {
    const said: Said[] = [
      { from: 'client', bytes: hex(asks) },
      { from: 'server', bytes: hex(answers) },
      { from: 'server', bytes: hex(answers.replace('a1 02', '80 02')) },
    ]
    expect(readAll(gseManagement, said, management)).toEqual([
      { client: true },
      { act: ['discover'], fn: 1, area: 0, first: 5, last: 5 },
      { client: false },
      { answer: 1 },
      { client: false },
      { answer: 1, refused: true },
    ])
  })
})
