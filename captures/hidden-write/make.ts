import { bytes } from '../support/bytes.ts'
import { type CaptureFile, MICROSECOND, MILLISECOND, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, Tcp, type TcpSetting } from '../support/conversations.ts'
import * as ot from '../support/ot.ts'
import { pcap } from '../support/pcap.ts'

const GATEWAY = '00:00:5e:00:01:aa'
const panel: Host = { ip: '10.49.2.10', mac: '00:50:56:49:02:0a', ttl: 128 }
const plc: Host = { ip: '10.49.1.11', mac: '00:80:f4:49:01:0b' }
const control = atResponder([{ vlan: 110 }], GATEWAY)
/** Ethernet with one tag, IPv4, TCP without options */
const HEADERS = 14 + 4 + 20 + 20

const [READ, VALUES] = ot.modbusRead(7, 1, 0, [2010, 2020])
const [WRITE, WRITTEN] = ot.modbusWrite(7, 1, 40, 1)
const [WRITE_MANY, WRITTEN_MANY] = ot.modbusWriteMany(7, 1, 40, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])

/** Conversations that only read, and conversations in which a write may be hidden: by how segments were sent, or by what is missing. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-11-14T22:10:00Z')
  let count = 0
  /** Opened, two reads (unless something is the first), something, two reads (unless that is the last), closed (unless it did that). */
  const talk = (
    origPort: number,
    something: (c: Tcp) => void,
    more: Partial<TcpSetting> & { snap?: number; isFirst?: boolean; isLast?: boolean; isOver?: boolean } = {},
  ): Tcp => {
    const at = ++count * 400 * MILLISECOND
    const ports = { origPort, respPort: 502 }
    const c = new Tcp({
      trace,
      orig: panel,
      resp: plc,
      views: [control],
      at,
      seed: count * 7919,
      ...ports,
      ...more,
    })
    c.snap = more.snap
    c.open()
    if (!more.isFirst) reads(c)
    something(c)
    if (!more.isLast) reads(c)
    c.snap = undefined
    return more.isOver ? c : c.wait(20 * MILLISECOND).close()
  }

  // nothing but reads, however they come
  talk(50_101, () => {})
  talk(50_102, c => {
    pieces(c, READ, 5)
    c.turn()
    pieces(c, VALUES, 3, 'resp')
  })
  // sent again before and after it was acknowledged
  talk(50_103, c => {
    c.send('orig', READ).stray('orig', -READ.length, READ).turn().send('resp', VALUES)
    c.stray('orig', -READ.length, READ).stray('resp', -VALUES.length, VALUES)
  })
  talk(50_104, c => early(c, READ, READ).turn().send('resp', VALUES).send('resp', VALUES))
  // keep-alives: the last byte once more, whatever is in it
  talk(50_105, c => c.wait(SECOND).stray('orig', -1, bytes(0), 'A').turn().ack('resp'))
  // the numbers of bytes begin anew at 2^32
  talk(50_106, c => pieces(c, READ, 1), { first: { orig: 0xffffffff - 30, resp: 0xffffffff - 20 } })
  // a write in place of what the controller has acknowledged already: it will not look at it
  talk(50_107, c => {
    c.ask(READ, VALUES).stray('orig', -WRITE.length, WRITE)
  })

  // a write in 33 segments of a byte
  talk(50_001, c => {
    pieces(c, WRITE_MANY, 1)
    c.turn().send('resp', WRITTEN_MANY)
  })
  // a read, and before anybody has acknowledged it, a write in its place
  talk(50_002, c => c.send('orig', READ).stray('orig', -WRITE.length, WRITE).turn().send('resp', WRITTEN))
  // the read has a wrong checksum: the controller never sees it
  talk(50_003, c => c.stray('orig', 0, READ, 'PA', true).send('orig', WRITE).turn().send('resp', WRITTEN))
  // half of a read of which the rest never comes, then a write in a segment of its own
  talk(50_004, c => c.send('orig', bytes([0, 8, 0, 0, 0, 60], READ.subarray(6, 10))).send('orig', WRITE))
  // the write comes before what it follows
  talk(50_005, c => early(c, READ, WRITE).turn().send('resp', bytes(VALUES, WRITTEN)))
  // two in one segment
  talk(50_006, c => c.ask(bytes(READ, WRITE), bytes(VALUES, WRITTEN)))
  // a reset with a number far off, which the controller does not heed
  talk(50_007, c => c.stray('orig', 900_000, bytes(), 'R').ask(WRITE, WRITTEN))
  // the length tells of less than the request holds
  talk(50_008, c =>
    c
      .send('orig', bytes([0, 8, 0, 0, 0, 6], WRITE_MANY.subarray(6)))
      .turn()
      .ack('resp'),
  )
  // it travels with the SYN (RFC 7413)
  const fast = new Tcp({
    ...{ trace, orig: panel, resp: plc, views: [control], at: ++count * 400 * MILLISECOND, seed: 77 },
    ...{ origPort: 50_009, respPort: 502 },
  })
  fast.segment('orig', 'S', WRITE)
  fast.turn().segment('resp', 'SA')
  fast.turn().segment('orig', 'A')
  fast.turn().send('resp', WRITTEN)
  reads(fast)
  fast.close()

  // the second half of a read, and before anybody has acknowledged it, another one: the answer tells which the controller took
  talk(50_010, c => halves(c).send('resp', WRITTEN))
  // it travels with the FIN
  talk(50_011, c => c.segment('orig', 'FPA', WRITE), { isLast: true, isOver: true })
  // it is the first of all, and comes after the second; in pieces
  talk(50_012, c => early(c, WRITE, READ).turn().send('resp', bytes(WRITTEN, VALUES)), { isFirst: true })
  talk(
    50_013,
    c => {
      c.stray('orig', 6, WRITE.subarray(6)).send('orig', WRITE.subarray(0, 6)).unseen('orig', 6)
      c.turn().send('resp', WRITTEN)
    },
    { isFirst: true },
  )

  // and without an answer, nothing tells
  talk(50_021, c => halves(c).ack('resp'))
  // a longer write in place of a read
  talk(50_022, c => c.send('orig', READ).stray('orig', -READ.length, WRITE_MANY).turn().ack('resp'))
  // the mirror cuts frames: a read is whole, what follows it in the segment is not
  talk(50_023, c => {
    c.snap = HEADERS + READ.length
    c.send('orig', bytes(READ, WRITE_MANY)).turn().ack('resp')
    c.snap = undefined
  })
  // the mirror cuts all frames behind their headers
  talk(50_024, c => c.ask(WRITE, WRITTEN), { snap: HEADERS })
  // neither a request nor its answer were shown
  talk(50_025, unseen)
  // a write in fragments, which nobody puts together: the first holds four bytes of it
  talk(50_026, inFragments)
  // right behind the handshake
  talk(50_030, unseen, { isFirst: true })
  // both once more, and nothing comes behind it but the end
  talk(50_028, unseen, { isLast: true })
  talk(50_029, inFragments, { isLast: true })
  // something that is no Modbus in between
  talk(50_027, c =>
    c
      .send('orig', bytes([0, 7, 0, 1], WRITE.subarray(4)))
      .turn()
      .ack('resp'),
  )
  return [{ name: 'traffic.pcap', bytes: pcap(trace) }]
}

/** Two reads. */
function reads(c: Tcp): void {
  for (let i = 0; i < 2; i++) c.wait(50 * MILLISECOND).ask(READ, VALUES)
}

/** A PDU in segments of so many bytes. */
function pieces(c: Tcp, pdu: Uint8Array, size: number, from: 'orig' | 'resp' = 'orig'): void {
  for (let at = 0; at < pdu.length; at += size) c.send(from, pdu.subarray(at, at + size))
}

/** The second PDU overtakes the first. */
function early(c: Tcp, first: Uint8Array, second: Uint8Array): Tcp {
  return c
    .stray('orig', first.length, second)
    .wait(300 * MICROSECOND)
    .send('orig', first)
    .unseen('orig', second.length)
}

/** A write and its answer that the mirror did not show. */
const unseen = (c: Tcp): Tcp => c.unseen('orig', WRITE_MANY.length).unseen('resp', WRITTEN_MANY.length)

function inFragments(c: Tcp): void {
  c.mtu = 44
  c.send('orig', WRITE_MANY)
  c.mtu = undefined
  c.turn().ack('resp')
}

/** A read in two segments, then a write's second half in place of its own. */
function halves(c: Tcp): Tcp {
  c.send('orig', READ.subarray(0, 7)).send('orig', READ.subarray(7))
  return c.stray('orig', -5, WRITE.subarray(7)).turn()
}
