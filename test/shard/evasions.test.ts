/** Ways to make a write look like something else, or like nothing; and ordinary traffic that only looks like one of them. */
import { describe, expect, it } from 'vitest'
import { ETHERTYPE, ethernet, ipv4, PROTO, tcp, udp } from '../../captures/support/frames.ts'
import { hex } from '../support/app-run.ts'
import { framed, Scene } from '../support/scene.ts'
import { runShard, type Seen } from '../support/shard-run.ts'
import { answer, HMI, ISN, joined, PLC, plant, read, Talk, write } from '../support/talk.ts'

const READS = plant('modbus')
const said = (frames: Seen[], policy = READS): string[] =>
  runShard(frames, { policy }).finals.map(({ worst_verdict, reason }) =>
    `${worst_verdict} ${reason ?? ''}`.trim(),
  )

/** a write whose second half is a read by itself */
const LONG = hex('0002 0000 0013 01 10 0009 0006 0c 0001 0000 0006 01 03 0009 000a')
const [FIRST_HALF, SECOND_HALF] = [LONG.subarray(0, 13), LONG.subarray(13)]
const polled = () => new Talk().says('client', read).says('server', answer)

describe('a write cut in half', () => {
  it.each<[string, (talk: Talk) => unknown]>([
    ['by a SYN of somebody else', t => t.scene.tcp(t.at + 0.01, HMI, PLC, 'S', { seq: t.next[HMI] - 1 })],
    ['by a reset of somebody else', t => t.scene.tcp(t.at + 0.01, HMI, PLC, 'R', { seq: t.next[HMI] })],
    ['by a long silence', () => {}],
  ])('%s, is one in the first half', (_, between) => {
    const talk = polled().says('client', FIRST_HALF)
    between(talk)
    talk.says('client', SECOND_HALF, { after: 400 }).says('client', read).says('server', answer)
    expect(said(talk.frames)).toContain('unsanctioned action')
  })

  it('and never finished is none that was not tried', () => {
    expect(said(polled().says('client', write.subarray(0, 8)).frames)).toEqual(['unsanctioned action'])
    expect(said(polled().says('client', write.subarray(0, 5)).frames)).toEqual(['undetermined gap'])
  })
})

describe('a write in fragments of an IP packet', () => {
  const [src, dst] = ['10.0.2.10', '10.0.1.11']
  const segment = (talk: Talk, bytes: Uint8Array) =>
    tcp(
      { src, dst },
      { srcPort: 50_000, dstPort: 502, seq: talk.next[HMI], ack: talk.next[PLC], flags: 'PA', window: 8192 },
      bytes,
    )
  const inTwo = (scene: Scene, proto: number, packet: Uint8Array, first: number) => {
    for (const [offset, piece] of [packet.subarray(0, first), packet.subarray(first)].entries())
      scene.frame(
        9 + offset / 10,
        framed(ipv4({ src, dst, proto, id: 9 }, piece, offset * first, offset === 0), src, dst),
      )
  }

  it.each([
    ['behind a read in the first', joined(read, write), 32],
    ['with its header in the first', write, 24],
  ])('%s', (_, bytes, first) => {
    const talk = polled()
    inTwo(talk.scene, PROTO.tcp, segment(talk, bytes), first)
    expect(said(talk.frames)[0]).toMatch(/^undetermined (truncated|gap)$/)
  })

  it('of which the first has no payload', () => {
    const scene = new Scene()
    const datagram = (bytes: Uint8Array) => udp({ src, dst }, 40_000, 502, bytes)
    for (const at of [1, 2]) scene.packet(at, src, dst, PROTO.udp, datagram(read))
    inTwo(scene, PROTO.udp, datagram(write), 8)
    expect(said(scene.frames)[0]).toBe('undetermined truncated')
  })
})

describe('a write', () => {
  it('behind a read in one datagram', () => {
    const scene = new Scene()
    for (const [at, bytes] of [read, read, joined(read, write)].entries())
      scene.packet(
        at,
        '10.0.2.10',
        '10.0.1.11',
        PROTO.udp,
        udp({ src: '10.0.2.10', dst: '10.0.1.11' }, 40_000, 502, bytes),
      )
    expect(said(scene.frames)).toEqual(['unsanctioned action'])
  })

  it('in a new connection whose numbers are those of the old one', () => {
    const talk = new Talk(PLC, false)
    for (let i = 0; i < 5; i++) talk.says('client', read).says('server', answer)
    talk.scene.handshake(3, HMI, PLC).tcp(4, HMI, PLC, 'PA', { seq: ISN + 1, ack: 5001, bytes: write })
    expect(said(talk.frames)).toContain('unsanctioned action')
  })

  it.each<[string, (talk: Talk) => Talk]>([
    ['before bytes of nothing', t => t.says('client', joined(write, hex('ffff ffff ffff ffff')))],
    ['behind a byte of nothing', t => t.says('client', joined(hex('ff'), write))],
    [
      'of which one byte comes first',
      t => t.says('client', write.subarray(0, 1)).says('client', write.subarray(1)),
    ],
  ])('%s in a conversation met in the middle', (_, says) => {
    const talk = says(new Talk(PLC, false))
    for (let i = 0; i < 5; i++) talk.says('client', read).says('server', answer)
    expect(said(talk.frames)[0]).not.toMatch(/^sanctioned/)
  })

  it('in the data of a SYN', () => {
    const scene = new Scene().tcp(0, HMI, PLC, 'S', { seq: ISN, bytes: write })
    expect(said(scene.frames)).toEqual(['unsanctioned action'])
  })

  it('around a byte of urgent data', () => {
    const bytes = joined(write.subarray(0, 5), Uint8Array.of(6), write.subarray(5))
    const talk = polled()
      .says('client', bytes.subarray(0, 6), { flags: 'PAU' })
      .says('client', bytes.subarray(6))
    expect(said(talk.frames)[0]).toMatch(/^(undetermined overlap|unsanctioned action)$/)
  })

  it('to the port that a file was announced from', () => {
    const [ftp, line] = ['10.0.1.11:21', (text: string) => Uint8Array.from(Buffer.from(`${text}\r\n`))]
    const control = new Talk(ftp)
      .says('server', line('220 ready'))
      .says('client', line('USER plant'))
      .says('server', line('331 password'))
      .says('client', line('PORT 10,0,2,10,195,80'))
      .says('server', line('200 ok'))
    const policy = plant('modbus')
    policy.conduits![0].channels.push({ id: 'files', what: 'ftp' })
    const other = new Talk().says('client', write)
    const frames = [...control.frames, ...other.frames.map(frame => ({ ...frame, at: frame.at + 5e9 }))]
    expect(said(frames, policy)).toContain('unsanctioned action')
  })
})

describe('what only looks like that', () => {
  const keepAlive = Uint8Array.of(0)

  it.each<[string, Talk]>([
    [
      'keep-alives before anything was sent',
      new Talk()
        .says('client', keepAlive, { seq: ISN })
        .says('client', keepAlive, { seq: ISN })
        .says('client', read)
        .says('server', answer),
    ],
    [
      'a capture that begins with a keep-alive',
      new Talk(PLC, false)
        .says('client', keepAlive, { seq: ISN })
        .says('client', read)
        .says('server', answer),
    ],
    [
      'a keep-alive of the server',
      new Talk(PLC, false)
        .says('server', keepAlive, { seq: 5000 })
        .says('client', read)
        .says('server', answer),
    ],
    [
      'a keep-alive between polls',
      polled()
        .says('client', keepAlive, { seq: ISN + read.length })
        .says('client', read)
        .says('server', answer),
    ],
  ])('%s', (_, talk) => {
    expect(said(talk.frames)).toEqual(['sanctioned'])
  })

  it('a large segment that is sent again', () => {
    const many = joined(...Array.from({ length: 12 }, () => read))
    const talk = new Talk().says('client', many)
    const again = talk.frames.at(-1)!
    talk.frames.push({ ...again, at: again.at + 250e6 })
    expect(said(talk.frames)).toEqual(['sanctioned'])
  })

  it('a file transfer to a port of a control system, after one that was refused', () => {
    const line = (text: string) => Uint8Array.from(Buffer.from(`${text}\r\n`))
    const control = new Talk('10.0.1.11:21')
      .says('server', line('220 ready'))
      .says('client', line('PASV'))
      .says('server', line('227 Entering Passive Mode (10,0,1,11,175,18)'))
    const policy = plant('ftp', ['read'])
    policy.conduits![0].channels[0] = { id: 'files', what: 'ftp' }
    const data = '10.0.1.11:44818'
    const scene = new Scene()
      .tcp(5, '10.0.2.10:50001', data, 'S', { seq: 1 })
      .tcp(5.1, data, '10.0.2.10:50001', 'RA', { seq: 0, ack: 2 })
      .handshake(6, '10.0.2.10:50002', data)
      .tcp(7, data, '10.0.2.10:50002', 'PA', { seq: 5001, ack: 1001, bytes: line('recipe;valve;42') })
    expect(said([...control.frames, ...scene.frames], policy)).toEqual([
      'sanctioned',
      'sanctioned related',
      'sanctioned related',
    ])
  })

  it('an opening from both ends at once', () => {
    const talk = new Talk(PLC, false)
    talk.scene
      .tcp(0, HMI, PLC, 'S', { seq: ISN })
      .tcp(0.1, PLC, HMI, 'S', { seq: 5000 })
      .tcp(0.2, HMI, PLC, 'SA', { seq: ISN, ack: 5001 })
      .tcp(0.3, PLC, HMI, 'SA', { seq: 5000, ack: ISN + 1 })
    for (let i = 0; i < 5; i++) talk.says('client', read).says('server', answer)
    expect(runShard(talk.frames, { policy: READS }).finals).toMatchObject([{ actions: { 'modbus:read': 5 } }])
  })

  it('every frame twice', () => {
    const talk = polled().says('client', read).says('server', answer)
    const frames = talk.frames.flatMap(frame => [frame, { ...frame, at: frame.at + 2000 }])
    expect(said(frames)).toEqual(['sanctioned'])
  })

  it('a frame of another protocol between the same machines', () => {
    const frame = ethernet('02:04:0a:00:01:0b', '02:04:0a:00:02:0a', ETHERTYPE.goose, new Uint8Array(46))
    const talk = polled()
    talk.scene.frame(9, frame)
    expect(runShard(talk.frames, { policy: READS }).finals[0]).toMatchObject({ verdict: 'sanctioned' })
  })
})
