import { describe, expect, it } from 'vitest'
import { bytes, ethernet, llc, PROTO, snap, zeros } from '../../captures/support/frames.ts'
import { Scene, tagsOf } from '../support/scene.ts'
import { BALANCED, runShard, sums } from '../support/shard-run.ts'

const C = '10.0.2.10:50000'
const S = '10.0.1.11:502'

/** Ends of the flows of a run with the packets each way, in the order they ended. */
function flowsOf(run: ReturnType<typeof runShard>): string[] {
  return run.finals.map(flow => {
    const end = (address = '', port?: number): string => (port === undefined ? address : `${address}:${port}`)
    const orig = end(flow.orig_addr ?? flow.orig_mac, flow.orig_port)
    const resp = end(flow.resp_addr ?? flow.resp_mac, flow.resp_port)
    return `${orig} ${resp} ${flow.orig_packets}/${flow.resp_packets}`
  })
}

describe('one conversation', () => {
  it('is one flow with both directions, counted apart', () => {
    const run = runShard(new Scene().handshake(0, C, S).tcp(1, S, C, 'PA', { seq: 5001, data: 100 }).frames)
    expect(run.finals).toHaveLength(1)
    expect(run.finals[0]).toMatchObject({
      seq: 0,
      final: true,
      start: '2026-11-04T10:00:00Z',
      end: '2026-11-04T10:00:01Z',
      orig_packets: 2,
      orig_bytes: 120,
      orig_ip_bytes: 80,
      orig_payload_bytes: 0,
      resp_packets: 2,
      resp_bytes: 60 + 154,
      resp_ip_bytes: 40 + 140,
      resp_payload_bytes: 100,
      orig_mac: '02:04:0a:00:02:0a',
      resp_mac: '02:04:0a:00:01:0b',
      service: 'modbus',
      service_how: 'parsed',
      verdict: 'unjudged',
    })
    expect(sums(run)).toEqual(BALANCED)
  })

  it.each([
    ['IPv6', '[fd00:2::10]:50000', '[fd00:1::11]:502'],
    ['IPv6 with addresses that differ in the last word only', '[fd00::2]:50000', '[fd00::1]:502'],
    ['IPv4 with the high bit set', '240.0.0.1:50000', '9.0.0.1:502'],
    ['one machine with itself', '127.0.0.1:50000', '127.0.0.1:502'],
    ['IPv6, one machine with itself', '[::1]:50000', '[::1]:502'],
  ])('%s', (_, client, server) => {
    const run = runShard(new Scene().handshake(0, client, server).tcp(1, server, client, 'A').frames)
    expect(run.finals).toHaveLength(1)
    expect(run.finals[0]).toMatchObject({
      orig_packets: 2,
      resp_packets: 2,
      orig_port: 50000,
      resp_port: 502,
    })
  })

  it('is told from others by protocol and by each port and address', () => {
    const scene = new Scene()
    for (const to of ['10.0.1.11:502', '10.0.1.11:503', '10.0.1.12:502']) scene.tcp(0, C, to, 'S')
    scene.udp(0, C, S).tcp(0, '10.0.2.10:50001', S, 'S')
    expect(runShard(scene.frames).finals).toHaveLength(5)
  })

  it('counts what the mirror cut, and keeps the lengths the headers state', () => {
    const run = runShard(new Scene().udp(0, C, S, 1000, { kept: 60 }).frames)
    expect(run.finals[0]).toMatchObject({
      truncated_frames: 1,
      orig_bytes: 1042,
      orig_ip_bytes: 1028,
      orig_payload_bytes: 1000,
    })
  })

  it('has the time of its frames to the nanosecond, whatever their order', () => {
    const run = runShard(new Scene().udp(2, C, S).udp(1, C, S).udp(1.5, S, C).frames)
    expect(run.finals[0]).toMatchObject({ start: '2026-11-04T10:00:02Z', end: '2026-11-04T10:00:02Z' })
    const scene = new Scene().udp(0, C, S)
    scene.frames.push({ ...scene.frames[0], at: 1_000_000_001 })
    expect(runShard(scene.frames).finals[0].end).toBe('2026-11-04T10:00:01.000000001Z')
  })
})

describe('who opened it', () => {
  it.each<[string, Partial<ReturnType<typeof runShard>['finals'][0]>, Scene]>([
    ['a SYN', { direction: 'handshake', orig_port: 502 }, new Scene().tcp(0, S, C, 'S')],
    ['a SYN ACK', { direction: 'handshake', orig_port: 50000 }, new Scene().tcp(0, S, C, 'SA')],
    ['a server port it sends to', { direction: 'port', orig_port: 50000 }, new Scene().tcp(0, C, S, 'A')],
    ['a server port it sends from', { direction: 'port', orig_port: 50000 }, new Scene().tcp(0, S, C, 'A')],
    [
      'a system port, unknown as it is',
      { direction: 'port', orig_port: 40000 },
      new Scene().tcp(0, '10.0.1.11:1000', '10.0.2.10:40000', 'A'),
    ],
    [
      'ports that tell nothing: who was seen first',
      { direction: 'first', orig_port: 40000 },
      new Scene().udp(0, '10.0.1.11:40000', '10.0.2.10:50000').udp(1, '10.0.2.10:50000', '10.0.1.11:40000'),
    ],
    [
      'server ports on both sides: who was seen first',
      { direction: 'first', orig_addr: '10.0.1.11' },
      new Scene().udp(0, '10.0.1.11:2222', '10.0.2.10:2222'),
    ],
  ])('by %s', (_, expected, scene) => {
    const { finals } = runShard(scene.frames)
    expect(finals).toHaveLength(1)
    expect(finals[0]).toMatchObject(expected)
    expect(finals[0].flipped).toBeUndefined()
  })

  it('is known from the ports a policy declares, too', () => {
    const scene = new Scene().tcp(0, '10.0.1.11:5450', '10.0.2.10:5999', 'A')
    const zones = [{ id: 'a', networks: ['10.0.0.0/8'] }]
    expect(runShard(scene.frames, { policy: { zones } }).finals[0]).toMatchObject({
      direction: 'port',
      orig_port: 5999,
      service: 'historian',
    })
  })

  it('is set right by a handshake that comes later, and by no other later thing', () => {
    const scene = new Scene().tcp(0, C, S, 'A').tcp(1, S, C, 'S', { seq: 9 }).tcp(2, C, S, 'S', { seq: 8 })
    expect(runShard(scene.frames).finals[0]).toMatchObject({
      direction: 'handshake',
      flipped: true,
      orig_port: 502,
      orig_packets: 1,
      resp_packets: 2,
    })
    const sure = new Scene().tcp(0, C, S, 'A').tcp(1, C, S, 'S', { seq: 9 })
    expect(runShard(sure.frames).finals[0]).toMatchObject({ direction: 'handshake', orig_port: 50000 })
    expect(runShard(sure.frames).finals[0].flipped).toBeUndefined()
  })
})

describe('ports used again', () => {
  const open = (): Scene => new Scene().handshake(0, C, S)
  const close = (scene: Scene): Scene =>
    scene.tcp(1, C, S, 'FA', { seq: 1001 }).tcp(1, S, C, 'FA', { seq: 5001 })

  it.each<[string, string[], string[], Scene]>([
    ['after both closed', ['3/2', '1/0'], ['fin', 'eof'], close(open()).tcp(2, C, S, 'S', { seq: 77 })],
    [
      'after both closed, the other way',
      ['3/2', '1/0'],
      ['fin', 'eof'],
      close(open()).tcp(2, S, C, 'S', { seq: 7 }),
    ],
    [
      'after a reset',
      ['2/2', '1/0'],
      ['rst', 'eof'],
      open().tcp(1, S, C, 'R').tcp(2, C, S, 'S', { seq: 77 }),
    ],
    ['after silence', ['2/1', '1/0'], ['idle', 'eof'], open().tcp(400, C, S, 'A', { seq: 1001 })],
    [
      'after an end that was not seen',
      ['2/1', '1/0'],
      ['idle', 'eof'],
      open().tcp(2, C, S, 'S', { seq: 77 }),
    ],
  ])('%s make a flow of their own', (_, packets, reasons, scene) => {
    const run = runShard(scene.frames)
    expect(run.finals.map(flow => `${flow.orig_packets}/${flow.resp_packets}`)).toEqual(packets)
    expect(run.finals.map(flow => flow.end_reason)).toEqual(reasons)
    expect(new Set(run.finals.map(flow => flow.flow_id)).size).toBe(2)
    expect(new Set(run.finals.map(flow => flow.community_id)).size).toBe(1)
    expect(sums(run)).toEqual(BALANCED)
  })

  it.each<[string, Scene]>([
    ['a SYN sent again', open().tcp(1, C, S, 'S', { seq: 1000 })],
    [
      'a refused SYN sent again',
      new Scene().tcp(0, C, S, 'S', { seq: 5 }).tcp(1, S, C, 'RA').tcp(2, C, S, 'S', { seq: 5 }),
    ],
    [
      'an unanswered SYN with another number',
      new Scene().tcp(0, C, S, 'S', { seq: 5 }).tcp(1, C, S, 'S', { seq: 500 }),
    ],
    ['what is late after the end', close(open()).tcp(2, S, C, 'A', { seq: 5002 })],
  ])('%s is no new flow', (_, scene) => {
    expect(runShard(scene.frames).finals).toHaveLength(1)
  })
})

describe('flow_id', () => {
  const scene = new Scene()
    .handshake(0, C, S)
    .udp(0, C, S)
    .udp(100, C, S)
    .udp(0, '[fd00::1]:9', '[fd00::2]:10')

  it('is the same for the same input, in bursts of any size', () => {
    const ids = (burst: number): string[] =>
      runShard(scene.frames, { burst }).records.map(flow => flow.flow_id)
    expect(ids(1)).toEqual(ids(4096))
    expect(ids(2)).toEqual(ids(4096))
    expect(runShard(scene.frames, { generalOnly: true }).records.map(flow => flow.flow_id)).toEqual(ids(4096))
  })

  it('is another for each flow, the second of the same ends included', () => {
    const ids = runShard(scene.frames).finals.map(flow => flow.flow_id)
    expect(ids).toHaveLength(4)
    expect(new Set(ids).size).toBe(4)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/)
  })

  it('is the same from record to record of one flow', () => {
    const long = new Scene()
    for (let at = 0; at <= 50; at += 5) long.udp(at, C, S)
    const ids = runShard(long.frames, { activeTimeout: 10 }).records.map(flow => flow.flow_id)
    expect(ids.length).toBeGreaterThan(3)
    expect(new Set(ids).size).toBe(1)
  })
})

describe('ICMP', () => {
  const [A, B] = ['10.0.1.1', '10.0.2.2']

  it('echo and its reply are one flow of the asker', () => {
    const scene = new Scene().icmp(0, A, B, 8).icmp(0.1, B, A, 0).icmp(1, A, B, 8).icmp(1.1, B, A, 0)
    expect(runShard(scene.frames).finals).toMatchObject([
      {
        proto: 'icmp',
        orig_addr: A,
        orig_packets: 2,
        resp_packets: 2,
        icmp_type: 8,
        icmp_code: 0,
        direction: 'request',
      },
    ])
  })

  it('an echo reply alone still tells who asked', () => {
    expect(runShard(new Scene().icmp(0, B, A, 0).frames).finals).toMatchObject([
      { orig_addr: A, resp_addr: B, orig_packets: 0, resp_packets: 1, icmp_type: 8, direction: 'request' },
    ])
  })

  it('two machines that ping each other have two conversations', () => {
    const scene = new Scene().icmp(0, A, B, 8).icmp(0, B, A, 0).icmp(1, B, A, 8).icmp(1, A, B, 0)
    const { finals } = runShard(scene.frames)
    expect(finals.map(flow => flow.orig_addr)).toEqual([A, B])
    expect(finals.map(flow => [flow.orig_packets, flow.resp_packets])).toEqual([
      [1, 1],
      [1, 1],
    ])
    expect(new Set(finals.map(flow => flow.community_id)).size).toBe(2)
  })

  it.each([
    ['time stamp', 13, 14],
    ['address mask', 17, 18],
    ['router', 10, 9],
  ])('%s pairs', (_, ask, answer) => {
    const { finals } = runShard(new Scene().icmp(0, B, A, answer).icmp(1, A, B, ask).frames)
    expect(finals).toMatchObject([{ orig_addr: A, icmp_type: ask, orig_packets: 1, resp_packets: 1 }])
  })

  it('ICMPv6 echo and neighbour messages pair', () => {
    const [a, b] = ['fd00::1', 'fd00::2']
    const scene = new Scene().icmp(0, b, a, 129).icmp(1, a, b, 128).icmp(2, a, b, 135).icmp(2, b, a, 136)
    expect(runShard(scene.frames).finals).toMatchObject([
      { proto: 'icmp6', orig_addr: a, icmp_type: 128, orig_packets: 1, resp_packets: 1 },
      { proto: 'icmp6', orig_addr: a, icmp_type: 135, orig_packets: 1, resp_packets: 1 },
    ])
  })

  it('an advertisement to everybody comes from who sent it', () => {
    expect(runShard(new Scene().icmp(0, 'fe80::1', 'ff02::1', 134).frames).finals).toMatchObject([
      { orig_addr: 'fe80::1', resp_addr: 'ff02::1', icmp_type: 134, orig_packets: 1, resp_packets: 0 },
    ])
  })

  it('messages without an answer keep directions and codes apart', () => {
    const scene = new Scene().icmp(0, A, B, 3, 1).icmp(1, A, B, 3, 3).icmp(2, B, A, 3, 3).icmp(3, B, A, 3, 3)
    expect(flowsOf(runShard(scene.frames))).toEqual([`${A} ${B} 1/0`, `${A} ${B} 1/0`, `${B} ${A} 2/0`])
  })
})

describe('ICMP errors', () => {
  const quoted = (scene: Scene): Uint8Array => scene.frames[0].bytes.subarray(14)

  it.each<[string, Scene, string, string]>([
    ['UDP', new Scene().udp(0, '10.0.2.2:40000', '10.0.1.1:161'), '10.0.1.1', '10.0.2.2'],
    ['a router on the way', new Scene().udp(0, '10.0.2.2:40000', '10.0.1.1:161'), '10.0.9.9', '10.0.2.2'],
    ['TCP', new Scene().tcp(0, '10.0.2.2:40000', '10.0.1.1:502', 'S'), '10.0.1.1', '10.0.2.2'],
    ['echo', new Scene().icmp(0, '10.0.2.2', '10.0.1.1', 8), '10.0.9.9', '10.0.2.2'],
    ['IPv6', new Scene().udp(0, '[fd00::2]:40000', '[fd00::1]:161'), 'fd00::1', 'fd00::2'],
  ])('are counted with the flow they quote: %s', (_, scene, from, to) => {
    const run = runShard(scene.error(1, from, to, quoted(scene)).frames)
    expect(run.finals).toMatchObject([{ orig_packets: 1, resp_packets: 0, attempt: 'refused' }])
    expect(run.frames.placed).toMatchObject({ flows: 1, icmp_errors: 1 })
    expect(sums(run)).toEqual(BALANCED)
  })

  it('are a flow of their own where the quoted one was not seen, is over, or cannot be read', () => {
    const udp = new Scene().udp(0, '10.0.2.2:40000', '10.0.1.1:161')
    const quote = quoted(udp)
    for (const scene of [
      new Scene().error(0, '10.0.1.1', '10.0.2.2', quote),
      new Scene().udp(0, '10.0.2.2:40001', '10.0.1.1:161').error(1, '10.0.1.1', '10.0.2.2', quote),
      new Scene().udp(0, '10.0.2.2:40000', '10.0.1.1:161').error(200, '10.0.1.1', '10.0.2.2', quote),
      new Scene()
        .udp(0, '10.0.2.2:40000', '10.0.1.1:161')
        .error(1, '10.0.1.1', '10.0.2.2', quote.subarray(0, 22)),
    ]) {
      const run = runShard(scene.frames)
      expect(run.finals.at(-1)).toMatchObject({ proto: 'icmp', icmp_type: 3, icmp_code: 3, orig_packets: 1 })
      expect(run.frames.placed.icmp_errors).toBe(0)
      expect(sums(run)).toEqual(BALANCED)
    }
  })

  it('are found where the mirror tags their direction otherwise', () => {
    const scene = new Scene().udp(0, '10.0.2.2:40000', '10.0.1.1:161', 20, { vlans: [10] })
    scene.error(1, '10.0.1.1', '10.0.2.2', scene.frames[0].bytes.subarray(18), { vlans: [20] })
    expect(runShard(scene.frames).frames.placed.icmp_errors).toBe(1)
  })
})

describe('frames without IP', () => {
  const [A, B] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b']
  const raw = (to: string, from: string, type: number, vlans: number[] = []) =>
    ethernet(to, from, type, zeros(50), tagsOf(vlans))

  it('are flows of their ethertype and both MACs', () => {
    const scene = new Scene()
    scene
      .frame(0, raw(A, B, 0x8892))
      .frame(1, raw(B, A, 0x8892))
      .frame(2, raw(A, B, 0x88b8))
    const run = runShard(scene.frames)
    expect(flowsOf(run)).toEqual([`${B} ${A} 1/1`, `${B} ${A} 1/0`])
    expect(run.finals).toMatchObject([
      { ethertype: 0x8892, service: 'profinet', service_how: 'structure', attempt: 'none' },
      { ethertype: 0x88b8, service: 'goose' },
    ])
    expect(run.finals[0].proto).toBeUndefined()
    expect(run.finals[0].conn_state).toBeUndefined()
  })

  it('tell MACs apart that differ in one byte, wherever it is', () => {
    const scene = new Scene()
    const macs = ['02:00:00:00:00:0c', '02:00:00:0c:00:0b', '02:0c:00:00:00:0b', '0c:00:00:00:00:0b']
    for (const mac of macs) scene.frame(0, raw(mac, A, 0x8892)).frame(1, raw(A, mac, 0x8892))
    const { finals } = runShard(scene.frames)
    expect(finals.map(flow => flow.resp_mac)).toEqual(macs)
    expect(finals.every(flow => flow.orig_packets === 1 && flow.resp_packets === 1)).toBe(true)
  })

  it('to a group are nobody’s answer', () => {
    const run = runShard(new Scene().frame(0, raw('01:0c:cd:01:00:01', A, 0x88b8)).frames)
    expect(run.finals).toMatchObject([{ direction: 'request', attempt: 'none', orig_mac: A }])
    expect(run.facts[0].respIsGroup).toBe(true)
  })

  it('with LLC are flows of their SAP pair, with SNAP of the type inside', () => {
    const bpdu = llc('01:80:c2:00:00:00', A, 0x42, zeros(35))
    const scene = new Scene().frame(0, bpdu).frame(1, snap(B, A, 0, 0x8892, zeros(40)))
    scene.frame(2, snap('01:00:0c:cc:cc:cc', A, 0x0c, 0x2000, zeros(40))).frame(3, raw(B, A, 0x4242))
    const { finals } = runShard(scene.frames)
    expect(finals.map(flow => flow.ethertype)).toEqual([0x4242, 0x8892, 0xaaaa, 0x4242])
    expect(new Set(finals.map(flow => flow.flow_id)).size).toBe(4)
    expect(finals[0].service).toBeUndefined()
  })

  it('are kept apart by VLAN', () => {
    const scene = new Scene().frame(0, raw(B, A, 0x8892, [1])).frame(1, raw(B, A, 0x8892, [2]))
    expect(runShard(scene.frames).finals.map(flow => flow.context)).toEqual([{ vlans: [1] }, { vlans: [2] }])
  })
})

describe('other protocols', () => {
  it('have no ports, or theirs', () => {
    const scene = new Scene()
      .packet(0, '10.0.0.1', '10.0.0.2', PROTO.igmp, zeros(8))
      .packet(0, '10.0.0.1', '10.0.0.2', 89, zeros(44))
      .packet(1, '10.0.0.1', '10.0.0.2', PROTO.sctp, bytes([0x13, 0x88, 0x0b, 0x80], zeros(8), [1, 0, 0, 4]))
    const { finals } = runShard(scene.frames)
    expect(finals).toMatchObject([
      { proto: '2', conn_state: 'S0' },
      { proto: '89', attempt: 'unanswered' },
      { proto: 'sctp', orig_port: 5000, resp_port: 2944, direction: 'handshake' },
    ])
    expect(finals[1].orig_port).toBeUndefined()
  })

  it('of a datagram conversation have the states of Zeek', () => {
    const one = new Scene().udp(0, C, S)
    expect(runShard(one.frames).finals[0]).toMatchObject({
      conn_state: 'S0',
      history: 'D',
      attempt: 'unanswered',
    })
    one.udp(1, S, C)
    expect(runShard(one.frames).finals[0]).toMatchObject({
      conn_state: 'SF',
      history: 'Dd',
      attempt: 'established',
    })
    const answer = new Scene().udp(0, S, C)
    expect(runShard(answer.frames).finals[0]).toMatchObject({
      conn_state: 'SHR',
      history: '^d',
      orig_port: 50000,
    })
  })
})
