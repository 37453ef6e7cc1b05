import { describe, expect, it } from 'vitest'
import { mms } from '../../src/app/ot/mms.ts'
import { hex, probeText, readAll, type Said, type Told } from '../support/app-run.ts'
import { ber, confirm, connect, dt, job } from '../support/iso-on-tcp.ts'

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })
const done = (...said: Said[]): Told[] =>
  readAll(mms, said).filter(one => typeof one === 'string' || !('client' in one))

const text = (words: string): string => Buffer.from(words).toString('hex')
/** data of the presentation context 3, or 1 */
const encoded = (content: string, context = '03'): string =>
  ber('61', ber('30', `0201${context}${ber('a0', content)}`))
const data = (content: string): string => `01000100${encoded(content)}`
const request = (service: string, number = '01'): string => ber('a0', `0201${number}${service}`)
const answer = (service: string, number = '01'): string => ber('a1', `0201${number}${service}`)
const inDomain = (item: string): string =>
  ber('30', ber('a0', ber('a1', ber('1a', text('IED1')) + ber('1a', text(item)))))
const write = (...items: string[]): string =>
  request(ber('a5', ber('a0', items.map(inDomain).join('')) + ber('a0', items.map(() => '830100').join(''))))
const readOf = (...items: string[]): string =>
  request(ber('a4', ber('a1', ber('a0', items.map(inDomain).join('')))))

const INITIATE = ber('a8', '800300fde881010a82010a830105a416800101810305f100820c03ee1c00000402000079ef18')
const INITIATED = ber('a9', '800300fde881010a82010a830105')
const user = (content: string): string => ber('be', ber('28', `020103${ber('a0', content)}`))
const presentation = (content: string): string => {
  const pdu = ber('31', ber('a0', '800101') + ber('a2', ber('81', '00000001') + encoded(content, '01')))
  const size = pdu.length / 2
  return size < 255
    ? `c1${size.toString(16).padStart(2, '0')}${pdu}`
    : `c1ff${size.toString(16).padStart(4, '0')}${pdu}`
}
const session = (code: string, parameters: string): string => {
  const size = parameters.replace(/\s+/g, '').length / 2
  return dt(
    `${code}${size < 255 ? size.toString(16).padStart(2, '0') : `ff${size.toString(16).padStart(4, '0')}`}${parameters}`,
  )
}
const name = ber('a1', '060528ca220203')
const CONNECT = session(
  '0d',
  `0506130100160102 14020002 33020001 34020001 ${presentation(ber('60', name + user(INITIATE)))}`,
)
const accept = (result: string, content: string): string =>
  session(
    '0e',
    `0506130100160102 14020002 ${presentation(ber('61', name + ber('a2', `0201${result}`) + content))}`,
  )

describe('what is MMS', () => {
  it.each<[string, string, string]>([
    ['connection to a server', connect('0001', '0001'), 'certain from client'],
    ['confirmed', confirm('0001', '0001'), 'certain from server'],
    ['connection of some OSI stack', connect('00000001', '00000001'), 'unsure from client'],
    ['connection of S7', connect('0100', '0102'), 'not'],
    ['connection of S7comm-plus', connect('0600', text('SIMATIC-ROOT-HMI')), 'not'],
    ['session and association', CONNECT, 'certain from client'],
    ['accepted', accept('00', user(INITIATED)), 'certain from server'],
    ['request', dt(data(request('a003800100'))), 'certain'],
    ['report', dt(data(ber('a3', ber('a0', 'a000')))), 'certain'],
    ['conclude', dt(data('8b00')), 'unsure'],
    [
      'the first part of a request',
      dt(data(readOf('LLN0$ST$Mod', 'LLN0$ST$Beh')).slice(0, 80), false),
      'certain',
    ],
    ['bare', dt(INITIATE), 'certain from client'],
    ['ROSE of another application', dt(data(ber('a1', '020101020103'))), 'unsure'],
    [
      'session of another application',
      session('0d', `0506130100160102 ${presentation(ber('60', '0000'))}`),
      'unsure from client',
    ],
    ['S7comm', job('f0 00 0001 0001 01e0'), 'not'],
    ['MCS of RDP', dt('7f65820100'), 'not'],
    ['HTTP', text('GET / HTTP/1.1\r\n'), 'not'],
  ])('%s', (_name, bytes, what) => {
    expect(probeText(mms, hex(bytes), { dstPort: 102 })).toBe(what)
  })
})

describe('what MMS does', () => {
  it('opens, asks, is answered, ends', () => {
    const told = readAll(mms, [
      client(connect('0001', '0001')),
      server(confirm('0001', '0001')),
      client(CONNECT),
      server(accept('00', user(INITIATED))),
      client(dt(data(request('8200', '07')))),
      server(
        dt(
          data(
            answer(
              ber('a2', ber('80', text('ACME')) + ber('81', text('R-1')) + ber('82', text('3.1'))),
              '07',
            ),
          ),
        ),
      ),
      client(dt(data('8b00'))),
      server(dt(data('8c00'))),
    ])
    expect(told).toEqual([
      { client: true },
      { act: ['session'], fn: 224 },
      { client: false },
      { answer: 224 },
      { client: true },
      { client: true },
      { act: ['session'], fn: 520 },
      { client: false },
      { client: false },
      { answer: 520 },
      { act: ['discover'], fn: 2 },
      { answer: 2 },
      { heard: 'vendor', text: 'ACME' },
      { heard: 'product', text: 'R-1' },
      { heard: 'version', text: '3.1' },
      { act: ['session'], fn: 523 },
      { answer: 523 },
    ])
  })

  it('in the middle, who asks opened; not where both ask', () => {
    const ask = dt(data(readOf('LLN0$ST$Mod')))
    expect(readAll(mms, [client(ask), server(ask), client(ask)])).toEqual([
      { client: true },
      { act: ['read'], fn: 4 },
      { act: ['read'], fn: 4 },
      { act: ['read'], fn: 4 },
    ])
  })

  it.each<[string, string[]]>([
    ['XCBR1$CO$Pos$Oper', ['control', 'write']],
    ['XCBR1$CO$Pos$Cancel$ctlVal', ['control', 'write']],
    ['LLN0$SP$NamPlt', ['write', 'configure']],
    ['LLN0$CF$Mod', ['write', 'configure']],
    ['LLN0$GO$gcb1$GoEna', ['write', 'configure']],
    ['LLN0$RP$urcb01$RptEna', ['report']],
    ['LLN0$BR$brcb01$RptEna', ['report']],
    ['LLN0$SV$Mod$subEna', ['write']],
    ['Transfer_Set', ['write']],
  ])('writes %s', (item, actions) => {
    expect(done(client(dt(data(write(item)))))).toEqual([{ act: actions, fn: 5 }])
  })

  it('a control among other writes is not hidden', () => {
    expect(done(client(dt(data(write('LLN0$SV$a', 'LLN0$SV$b', 'CSWI1$CO$Pos$SBOw')))))).toEqual([
      { act: ['write'], fn: 5 },
      { act: ['control', 'write'], fn: 5 },
    ])
  })

  it('a control is selected by reading', () => {
    expect(done(client(dt(data(readOf('CSWI1$CO$Pos$SBO')))))).toEqual([{ act: ['control', 'read'], fn: 4 }])
    expect(done(client(dt(data(readOf('CSWI1$CO$Pos')))))).toEqual([{ act: ['read'], fn: 4 }])
  })

  it.each<[string, string, number, string[]]>([
    ['status', '800100', 0, ['diagnose']],
    ['getNameList', 'a109a003800109a1028000', 1, ['discover']],
    ['getVariableAccessAttributes', 'a6048002 6d75', 6, ['discover']],
    ['defineNamedVariableList', 'ab00', 11, ['configure']],
    ['a segment of a download', 'bb00', 27, ['program']],
    ['initiateDownloadSequence', 'ba00', 26, ['program']],
    ['initiateUploadSequence', '9d03 414243', 29, ['upload']],
    ['deleteDomain', '9f2403 414243', 36, ['program']],
    ['start', 'bf2803 414243', 40, ['control']],
    ['kill', 'bf2c00', 44, ['control']],
    ['getAlarmSummary', 'bf3f00', 63, ['read']],
    ['initializeJournal', 'bf4300', 67, ['write']],
    ['obtainFile', 'bf2e00', 46, ['write', 'file']],
    ['fileOpen', 'bf4800', 72, ['file']],
    ['fileRead', '9f490101', 73, ['file', 'read']],
    ['fileDelete', 'bf4c00', 76, ['write', 'file']],
    ['fileDirectory', 'bf4d00', 77, ['file', 'discover']],
    ['one that is not known', 'bf4f00', 79, ['unknown']],
  ])('%s', (_name, service, fn, actions) => {
    expect(done(client(dt(data(request(service)))))).toEqual([{ act: actions, fn }])
    expect(done(client(dt(request(service))))).toEqual([{ act: actions, fn }])
  })

  it('reports', () => {
    expect(done(server(dt(data(ber('a3', ber('a0', 'a000'))))))).toEqual([{ act: ['report'], fn: 256 }])
  })

  it('tells what was refused', () => {
    const ask = client(dt(data(request(ber('ac', '8002 6d75'), '2a'))))
    expect(done(ask, server(dt(data(ber('a2', `80012a ${ber('a2', '830101')}`))))).at(-1)).toEqual({
      answer: 12,
      refused: true,
    })
    expect(done(ask, server(dt(data(ber('a4', '80012a 810101'))))).at(-1)).toEqual({
      answer: 12,
      refused: true,
    })
    expect(done(ask, server(dt(data(ber('a2', '80012b')))))).toEqual([{ act: ['discover'], fn: 12 }])
    const refusedWrite = server(dt(data(answer(ber('a5', '800103 8100')))))
    expect(done(refusedWrite)).toEqual([{ answer: 5 }])
    expect(done(server(dt(data(answer(ber('a5', '800103 800103'))))))).toEqual([{ answer: 5, refused: true }])
    expect(done(server(dt(data(answer(ber('a4', ber('a1', '80010a')))))))).toEqual([
      { answer: 4, refused: true },
    ])
    expect(done(server(dt(data(answer(ber('a4', ber('a1', '80010a 830100')))))))).toEqual([{ answer: 4 }])
    expect(done(server(accept('01', '')))).toEqual([{ answer: 520, refused: true }])
    expect(done(server(session('0c', '320100')))).toEqual([{ answer: 520, refused: true }])
  })

  it('sessions end in more than one way', () => {
    expect(done(client(session('09', `c1${'0b'}${encoded(ber('62', '800100'), '01')}`)))).toEqual([
      { act: ['session'], fn: 777 },
    ])
    expect(done(server(session('0a', '')))).toEqual([{ answer: 777 }])
    expect(done(client(session('19', '110101')))).toEqual([{ act: ['session'], fn: 793 }])
  })
})

describe('MMS in several DT, cut or damaged', () => {
  const whole = data(write('LLN0$SV$a', 'CSWI1$CO$Pos$Oper'))

  it('what later parts hide is missing, and they are no PDUs', () => {
    expect(
      done(
        client(dt(whole.slice(0, 120), false)),
        client(dt(whole.slice(120))),
        client(dt(data(request('800100')))),
      ),
    ).toEqual([{ act: ['write'], fn: 5 }, { act: ['write'], fn: 5 }, 'short', { act: ['diagnose'], fn: 0 }])
  })

  it('a message in the place of a part is read', () => {
    expect(done(client(dt(whole.slice(0, 120), false)), client(dt(data(request('bf2c00'))))).at(-1)).toEqual({
      act: ['control'],
      fn: 44,
    })
  })

  it('says what is missing', () => {
    const bytes = hex(dt(whole))
    for (const n of [6, 9, 14, 19, 24, 40, 60, 80])
      expect([n, done({ from: 'client', bytes: bytes.subarray(0, n), length: bytes.length }).at(-1)]).toEqual(
        [n, 'short'],
      )
  })

  it('says what does not hold together', () => {
    expect(done(client(dt(data(ber('a0', '0201'))))).at(-1)).toBe('unfit')
    expect(done(client(dt(data(ber('a0', '040101'))))).at(-1)).toBe('unfit')
    expect(done(client(dt('01000100 30 00')))).toEqual(['unfit'])
    expect(done(client(job('f0 00 0001 0001 01e0')))).toEqual(['unfit'])
    expect(done(server(dt(data(ber('a1', '020100')))))).toEqual(['unfit'])
    expect(done(client(dt(data(ber('af', '00')))))).toEqual([{ act: ['unknown'], fn: 512 }, 'unfit'])
  })

  it('nothing hides behind the first of several', () => {
    const second = encoded(request('bf2c00')).slice(4)
    const both = ber('61', encoded(readOf('LLN0$ST$Mod')).slice(4) + second)
    expect(done(client(dt(`01000100${both}`)))).toEqual([
      { act: ['read'], fn: 4 },
      { act: ['control'], fn: 44 },
    ])
    expect(done(client(dt(`${data(readOf('LLN0$ST$Mod'))}${encoded(request('bf2c00'))}`)))).toEqual([
      { act: ['read'], fn: 4 },
      'unfit',
    ])
    expect(done(client(dt(`${readOf('LLN0$ST$Mod')}${request('bf2c00')}`)))).toContain('unfit')
  })

  it('lengths that are not stated', () => {
    const open = (tag: string, content: string): string => `${tag}80${content}0000`
    const item = (name: string): string =>
      open('30', open('a0', open('a1', ber('1a', text('IED1')) + ber('1a', text(name)))))
    const items = item('X$ST$P') + item('X$CO$P$Oper')
    const pdu = open('a0', `020101${open('a5', open('a0', items) + open('a0', '830100830100'))}`)
    const whole = `01000100${open('61', open('30', `020103${open('a0', pdu)}`))}`
    expect(done(client(dt(whole)))).toEqual([
      { act: ['write'], fn: 5 },
      { act: ['control', 'write'], fn: 5 },
    ])
    // an end that never comes
    expect(done(client(dt(whole.slice(0, -4))))).toContain('unfit')
  })
})
