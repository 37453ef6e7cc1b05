import { describe, expect, it } from 'vitest'
import { Scene, type TcpLook } from '../support/scene.ts'
import { runShard } from '../support/shard-run.ts'

const C = '10.0.2.10:50000'
const S = '10.0.1.11:502'

type Step = [from: 'c' | 's', flags: string, look?: TcpLook]

/** A connection from the client's (c) and the server's (s) segments, ten milliseconds apart, as its only record. */
function connection(steps: Step[]) {
  const scene = new Scene()
  steps.forEach(([from, flags, look], i) => {
    scene.tcp(i / 100, from === 'c' ? C : S, from === 'c' ? S : C, flags, look)
  })
  const { finals } = runShard(scene.frames)
  expect(finals).toHaveLength(1)
  return finals[0]
}

const SYN: Step = ['c', 'S', { seq: 1000 }]
const SYN_ACK: Step = ['s', 'SA', { seq: 5000, ack: 1001 }]
const ACK: Step = ['c', 'A', { seq: 1001, ack: 5001 }]
const ASK: Step = ['c', 'PA', { seq: 1001, ack: 5001, data: 12 }]
const ANSWER: Step = ['s', 'PA', { seq: 5001, ack: 1013, data: 11 }]
const FIN_C: Step = ['c', 'FA', { seq: 1013, ack: 5012 }]
const FIN_S: Step = ['s', 'FA', { seq: 5012, ack: 1014 }]
const OPEN: Step[] = [SYN, SYN_ACK, ACK]

describe('connection state as Zeek has it', () => {
  it.each<[string, string, string, Step[]]>([
    ['S0', 'unanswered', 'a SYN and nothing else', [SYN]],
    ['S0', 'unanswered', 'a SYN sent again and again', [SYN, SYN, SYN]],
    ['S0', 'established', 'only the client is seen, and it acknowledges an answer', [SYN, ACK, ASK]],
    ['S1', 'established', 'opened, not closed', [...OPEN, ASK, ANSWER]],
    ['S1', 'established', 'SYN and SYN ACK alone', [SYN, SYN_ACK]],
    ['SF', 'established', 'opened and closed by both', [...OPEN, ASK, ANSWER, FIN_C, FIN_S]],
    ['SF', 'established', 'a reset after both FINs changes nothing', [...OPEN, FIN_C, FIN_S, ['s', 'R']]],
    ['REJ', 'refused', 'a SYN answered by a reset', [SYN, ['s', 'RA', { ack: 1001 }]]],
    ['REJ', 'refused', 'a SYN sent again after each reset', [SYN, ['s', 'RA'], SYN, ['s', 'RA']]],
    ['S2', 'established', 'the originator closed, the responder did not', [...OPEN, ASK, ANSWER, FIN_C]],
    ['S3', 'established', 'the responder closed, the originator did not', [...OPEN, ASK, ANSWER, FIN_S]],
    ['RSTO', 'established', 'the originator reset it', [...OPEN, ASK, ['c', 'RA', { seq: 1013 }]]],
    ['RSTR', 'established', 'the responder reset it', [...OPEN, ASK, ['s', 'RA', { seq: 5001 }]]],
    ['RSTOS0', 'unanswered', 'SYN, then the originator resets', [SYN, ['c', 'R', { seq: 1001 }]]],
    [
      'RSTRH',
      'established',
      'SYN ACK, then the responder resets, no SYN',
      [SYN_ACK, ['s', 'R', { seq: 5001 }]],
    ],
    ['SH', 'unanswered', 'SYN, then FIN, no SYN ACK', [SYN, ['c', 'F', { seq: 1001 }]]],
    [
      'SHR',
      'established',
      'SYN ACK, then the responder closes, no SYN',
      [SYN_ACK, ['s', 'FA', { seq: 5001 }]],
    ],
    ['OTH', 'established', 'midstream, not closed', [ASK, ANSWER]],
    ['OTH', 'established', 'SYN ACK alone', [SYN_ACK]],
    ['SF', 'established', 'midstream, closed by both', [ASK, ANSWER, FIN_C, FIN_S]],
  ])('%s, %s: %s', (state, attempt, _, steps) => {
    expect(connection(steps)).toMatchObject({
      conn_state: state,
      attempt,
      orig_addr: '10.0.2.10',
      resp_addr: '10.0.1.11',
      resp_port: 502,
    })
  })

  it('keeps the reset that came first', () => {
    expect(connection([...OPEN, ['c', 'R', { seq: 1001 }], ['s', 'R', { seq: 5001 }]]).conn_state).toBe(
      'RSTO',
    )
  })

  it.each<[string, string, Step[]]>([
    ['fin', 'both closed', [...OPEN, FIN_C, FIN_S]],
    ['rst', 'a reset', [...OPEN, ['s', 'R']]],
    ['eof', 'the capture ended', OPEN],
  ])('ends by %s: %s', (reason, _, steps) => {
    expect(connection(steps).end_reason).toBe(reason)
  })
})

describe('history as Zeek writes it', () => {
  it.each<[string, string, Step[]]>([
    ['ShADdFf', 'the usual connection', [...OPEN, ASK, ANSWER, FIN_C, FIN_S]],
    [
      'ShADadFf',
      'pure acknowledgements only are an a',
      [...OPEN, ASK, ['s', 'A', { seq: 5001 }], ANSWER, FIN_C, FIN_S],
    ],
    ['Sr', 'refused', [SYN, ['s', 'RA']]],
    ['ShADdR', 'reset by the originator', [...OPEN, ASK, ANSWER, ['c', 'R', { seq: 1013 }]]],
    ['SQ', 'SYN and FIN in one segment', [SYN, ['c', 'SF', { seq: 1001 }]]],
    ['SI', 'FIN and RST in one segment', [SYN, ['c', 'FR', { seq: 1001 }]]],
    [
      'ShAW',
      'a window of zero',
      [...OPEN, ['c', 'A', { seq: 1001, window: 0 }], ['c', 'A', { seq: 1001, window: 0 }]],
    ],
    ['ShADT', 'a segment sent again', [...OPEN, ASK, ASK]],
    ['S', 'a SYN sent again', [SYN, SYN]],
    ['^hAD', 'the SYN was not seen', [SYN_ACK, ACK, ASK]],
    ['^dD', 'midstream, the server is seen first', [ANSWER, ASK]],
    ['ShADG', 'a gap', [...OPEN, ASK, ['c', 'PA', { seq: 1113, data: 10 }]]],
    ['Dd', 'midstream', [ASK, ANSWER]],
  ])('%s: %s', (history, _, steps) => {
    expect(connection(steps).history).toBe(history)
  })

  it('has t at the 1st, 10th and 100th retransmission, and does not outgrow its row', () => {
    const again = (n: number): Step[] => Array.from({ length: n }, () => ASK)
    expect(connection([...OPEN, ASK, ...again(9)]).history).toBe('ShADT')
    expect(connection([...OPEN, ASK, ...again(100)]).history).toBe('ShADTTT')
    // every letter there is, from both ends: twenty of them
    const noise: Step[] = ['A', 'SF', 'FR', 'F', 'R', 'SA'].flatMap((flags): Step[] => [
      ['c', flags, { seq: 9, data: 1, window: 0 }],
      ['s', flags, { seq: 9, data: 1, window: 0 }],
    ])
    const late = (end: 'c' | 's'): Step[] => Array.from({ length: 12 }, () => [end, 'A', { seq: 1, data: 9 }])
    expect(connection([SYN_ACK, ...noise, ...late('c'), ...late('s')]).history).toHaveLength(18)
  })

  it('has ^ where a handshake showed that the flow was taken the wrong way round', () => {
    // 502 is a server's port, so the data is read as going to 10.0.1.11; then that one opens a connection
    const flow = connection([
      ['c', 'A', { seq: 1, data: 4 }],
      ['s', 'S', { seq: 700 }],
      ['c', 'SA', { seq: 900, ack: 701 }],
    ])
    expect(flow).toMatchObject({
      history: 'dS^h',
      flipped: true,
      direction: 'handshake',
      orig_addr: '10.0.1.11',
      orig_port: 502,
      resp_port: 50000,
      orig_tcp_flags: 'S',
      resp_tcp_flags: 'SA',
    })
  })

  it('lists the flags of both ends', () => {
    const flow = connection([...OPEN, ['c', 'PAUEC', { seq: 1001, data: 3 }], FIN_S])
    expect([flow.orig_tcp_flags, flow.resp_tcp_flags]).toEqual(['SPAUEC', 'FSA'])
  })
})

describe('sequence numbers', () => {
  const at = (seq: number, data: number): Step => ['c', 'PA', { seq: seq >>> 0, data }]
  const ack = (seq: number): Step => ['c', 'A', { seq }]

  it.each<[string, Step[], { orig_retrans?: number; missed_bytes?: number }]>([
    ['in order', [at(1001, 100), at(1101, 100)], {}],
    ['a segment sent again', [at(1001, 100), at(1101, 100), at(1001, 100)], { orig_retrans: 1 }],
    [
      'a segment whose start was sent before',
      [at(1001, 100), at(1051, 100), at(1151, 1)],
      { orig_retrans: 1 },
    ],
    ['a gap', [at(1001, 100), at(1201, 100)], { missed_bytes: 100 }],
    ['a gap that is filled: out of order', [at(1001, 100), at(1201, 100), at(1101, 100)], {}],
    ['a gap that is filled in part', [at(1001, 100), at(1201, 100), at(1101, 40)], { missed_bytes: 60 }],
    ['two gaps', [at(1001, 1), at(1003, 1), at(1005, 1)], { missed_bytes: 2 }],
    ['a SYN sent again', [['c', 'S', { seq: 1000 }], at(1001, 10)], { orig_retrans: 1 }],
    [
      'a FIN sent again',
      [at(1001, 10), ['c', 'FA', { seq: 1011 }], ['c', 'FA', { seq: 1011 }]],
      { orig_retrans: 1 },
    ],
    [
      'acknowledgements without data',
      [
        ['c', 'A', { seq: 1001 }],
        ['c', 'A', { seq: 1001 }],
      ],
      {},
    ],
    ['an acknowledgement that comes late', [at(1001, 10), at(1011, 10), ack(1011), at(1021, 10)], {}],
    ['a keep-alive', [at(1001, 10), ack(1010), at(1011, 10)], {}],
    ['an acknowledgement behind a gap', [at(1001, 10), ack(1041), at(1041, 10)], { missed_bytes: 30 }],
    ['one that came too early', [at(1001, 10), ack(1041), at(1011, 30)], {}],
    ['a jump beyond any window', [at(1001, 10), at(1001 + 0x50000000, 10)], {}],
  ])('%s', (_, steps, expected) => {
    expect(connection([...OPEN, ...steps])).toMatchObject({ orig_retrans: 0, missed_bytes: 0, ...expected })
  })

  it('wrap around', () => {
    const steps = [at(0xffffff00, 0x100), at(0, 100), at(100, 100), at(300, 1)]
    expect(connection(steps)).toMatchObject({ orig_retrans: 0, missed_bytes: 100, orig_payload_bytes: 457 })
    const syn: Step = ['c', 'S', { seq: 0xffffffff }]
    expect(connection([syn, at(0, 10), at(10, 10)])).toMatchObject({ orig_retrans: 0, missed_bytes: 0 })
  })

  it('count for each end by themselves', () => {
    const flow = connection([...OPEN, ASK, ANSWER, ANSWER, ANSWER])
    expect([flow.orig_retrans, flow.resp_retrans]).toEqual([0, 2])
  })

  it('are not taken for a gap where a SYN tries another number', () => {
    const other: Step = ['c', 'S', { seq: 900_000_000 }]
    const answer: Step = ['s', 'SA', { seq: 5000, ack: 900_000_001 }]
    const flow = connection([SYN, other, answer, at(900_000_001, 10), at(900_000_011, 10)])
    expect(flow).toMatchObject({ missed_bytes: 0, orig_retrans: 0, conn_state: 'S1' })
  })

  it('start with what is seen first when the opening was not', () => {
    expect(connection([at(77_000, 10), at(77_010, 10)])).toMatchObject({ missed_bytes: 0, orig_retrans: 0 })
  })
})

describe('what came of the attempt, where the opening was not seen', () => {
  const RESET: Step = ['s', 'R']
  const bare = (flags: string, data = 0): Step => [
    'c',
    flags,
    { seq: 1001, ack: flags.includes('A') ? 1 : 0, data },
  ]
  const many = (n: number, step: Step): Step[] => Array.from({ length: n }, () => step)

  it.each<[string, string, Step[]]>([
    ['unanswered', 'a FIN and nothing else', [bare('F')]],
    ['unanswered', 'a segment without any flag', [bare('')]],
    ['unanswered', 'FIN, PSH and URG', [bare('FPU')]],
    ['unanswered', 'FIN and ACK', [bare('FA')]],
    ['unanswered', 'an acknowledgement, also when repeated', many(10, bare('A'))],
    ['unanswered', 'data in segments that are of no connection', [bare('FPU', 20), bare('', 20)]],
    ['unanswered', 'a reset', [bare('R')]],
    ['unanswered', 'a SYN with data (RFC 7413)', [['c', 'S', { seq: 1000, data: 20 }]]],
    ['unanswered', 'SYN, then the originator resets with ACK', [SYN, ['c', 'RA', { seq: 1001 }]]],
    ['refused', 'a FIN answered by a reset', [bare('F'), RESET]],
    ['refused', 'a segment without any flag answered by a reset', [bare(''), ['s', 'RA']]],
    ['refused', 'an acknowledgement answered by a reset', [bare('A'), RESET]],
    [
      'refused',
      'a SYN with data answered by a reset',
      [
        ['c', 'S', { seq: 1000, data: 20 }],
        ['s', 'RA'],
      ],
    ],
    ['refused', 'a SYN ACK that its receiver knows nothing of', [SYN_ACK, ['c', 'R', { seq: 1001 }]]],
    ['established', 'acknowledgements of both', [bare('A'), ['s', 'A']]],
    ['established', 'a close of both', [bare('FA'), ['s', 'FA']]],
    ['established', 'data of one end alone', [ASK]],
    ['established', 'data of the other end alone', [ANSWER]],
    ['established', 'data, then a reset of the other end', [ASK, RESET]],
    ['established', 'the last data of one end alone', [bare('FPA', 20)]],
    ['established', 'more acknowledgements than anyone probes with', many(11, bare('A'))],
    ['established', 'SYN, then FIN and ACK, with nothing of the responder', [SYN, FIN_C]],
  ])('%s: %s', (attempt, _, steps) => {
    expect(connection(steps).attempt).toBe(attempt)
  })
})
