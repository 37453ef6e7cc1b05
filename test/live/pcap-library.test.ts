import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, writeSync } from 'node:fs'
import koffi from 'koffi'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { InterfaceProbe } from '../../src/live/packet-socket.ts'
import { LibraryError, library, load } from '../../src/live/pcap-functions.ts'
import { LibraryCapture, type LibraryCaptureOptions } from '../../src/live/pcap-library.ts'
import { system } from '../../src/live/system.ts'
import { Burst } from '../../src/shared/burst.ts'

/** A network namespace with one pair of interfaces: `kp0` is captured on, what is sent from `kp1` comes in there. */
const SPACE = `kp-${process.pid}`
const ip = (...words: string[]) => execFileSync('ip', words, { stdio: 'pipe' })
const CLONE_NEWNET = 0x40000000

function canCapture(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    library()
    ip('netns', 'add', SPACE)
    ip('netns', 'del', SPACE)
    return true
  } catch {
    return false
  }
}

/** The network namespace behind a descriptor becomes that of this thread, in which all sockets are made. */
function enter(fd: number): void {
  const setns = koffi.load(null).func('int setns(int, int)')
  expect(setns(fd, CLONE_NEWNET)).toBe(0)
  closeSync(fd)
}

describe('libpcap', () => {
  it('is missed in a sentence', () => {
    const missing = () => load(['libnothing.so.0', 'libnothing.so.1'])
    expect(missing).toThrow(LibraryError)
    expect(missing).toThrow(
      'libpcap is not installed (no libnothing.so.0, no libnothing.so.1): live capture needs it on this system',
    )
  })
})

describe.skipIf(!canCapture())('capture with libpcap (root, ip, libpcap)', () => {
  const open: { close: () => void }[] = []
  /** sockets that send, by interface */
  let fromOutside = -1
  let fromHere = -1
  let home = -1

  beforeAll(() => {
    home = openSync('/proc/thread-self/ns/net', 'r')
    ip('netns', 'add', SPACE)
    enter(openSync(`/run/netns/${SPACE}`, 'r'))
    ip('link', 'add', 'kp0', 'type', 'veth', 'peer', 'name', 'kp1')
    for (const name of ['kp0', 'kp1']) {
      // nothing comes by that the test did not send
      ip('link', 'set', name, 'addrgenmode', 'none')
      ip('link', 'set', name, 'up')
    }
    fromOutside = sender('kp1')
    fromHere = sender('kp0')
  })
  afterEach(() => {
    for (const capture of open.splice(0)) capture.close()
  })
  afterAll(() => {
    for (const fd of [fromOutside, fromHere]) system().close(fd)
    enter(home)
    ip('netns', 'del', SPACE)
  })

  const sent: Buffer[] = []
  const start = (options: Partial<LibraryCaptureOptions> = {}): LibraryCapture => {
    sent.length = 0
    const capture = LibraryCapture.open(
      {
        name: 'kp0',
        snaplen: 65_535,
        bufferBytes: 8 << 20,
        timeoutMilliseconds: 10,
        isPromiscuous: true,
        port: 3,
        ...options,
      },
      (bytes, offset, captured) => sent.push(Buffer.from(bytes.subarray(offset, offset + captured))),
    )
    open.push(capture)
    return capture
  }

  it('takes frames in as they are, in order', () => {
    const capture = start()
    expect(capture.linkType).toBe(1)
    expect(capture.countsOutgoing).toBe(true)
    const frames = Array.from({ length: 3000 }, (_, i) => frameOf(60 + ((i * 37) % 1400), i))
    for (const bytes of frames) writeSync(fromOutside, bytes)
    const seen = readAll(capture, frames.length)
    expect(seen.map(row => row.frame)).toEqual(frames.map((_, i) => i + 1))
    for (const [i, row] of seen.entries()) {
      expect(row.bytes.equals(frames[i]), `frame ${i}`).toBe(true)
      expect(row.wire).toBe(frames[i].length)
      expect(row.port).toBe(3)
    }
    const moments = seen.map(row => row.seconds * 1e9 + row.nanos)
    expect(moments).toEqual(moments.toSorted((a, b) => a - b))
    expect(new Set(seen.map(row => row.nanos)).size).toBeGreaterThan(1)
    expect(seen.every(row => row.nanos < 1e9)).toBe(true)
    expect(capture.counts).toEqual({ read: 3000, outgoing: 0, filtered: 0 })
    expect(capture.statisticsNow()).toEqual({ received: 3000, lost: 0, freezes: 0 })
  })

  it('goes on where a small burst ended', () => {
    const capture = start()
    for (let i = 0; i < 100; i++) writeSync(fromOutside, frameOf(80, i))
    const seen = readAll(capture, 100, new Burst(new Uint8Array(0), 7))
    expect(seen.map(row => row.bytes.readUInt32BE(14))).toEqual(seen.map((_, i) => i))
    expect(seen).toHaveLength(100)
  })

  it('says whether a frame is there', () => {
    const capture = start()
    expect(capture.isReady).toBe(false)
    expect(capture.next(new Burst(new Uint8Array(0)))).toBe(false)
    writeSync(fromOutside, frameOf(60, 1))
    expect(capture.wait(5000)).toBe(true)
    expect(readAll(capture, 1)).toHaveLength(1)
  })

  it('puts VLAN tags back, and finds them with a filter', () => {
    const capture = start({ filter: 'vlan 7' })
    const tagged = [7, 8, 7].map(vlan => {
      const plain = frameOf(100, vlan)
      return Buffer.concat([plain.subarray(0, 12), Buffer.from([0x81, 0, 0x20, vlan]), plain.subarray(12)])
    })
    for (const bytes of [...tagged, frameOf(100, 1)]) writeSync(fromOutside, bytes)
    const seen = readAll(capture, 4)
    expect(seen.map(row => row.bytes.toString('hex'))).toEqual(
      [tagged[0], tagged[2]].map(bytes => bytes.toString('hex')),
    )
    expect(seen.map(row => row.wire)).toEqual([104, 104])
    expect(capture.counts).toEqual({ read: 4, outgoing: 0, filtered: 2 })
  })

  it('counts what the filter leaves out', () => {
    const capture = start({ filter: 'ether[14:4] < 10' })
    for (let i = 0; i < 1000; i++) writeSync(fromOutside, frameOf(60 + i, i))
    const seen = readAll(capture, 1000)
    expect(seen.map(row => row.bytes.readUInt32BE(14))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(seen.map(row => row.frame)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(capture.counts).toEqual({ read: 1000, outgoing: 0, filtered: 990 })
    expect(capture.statisticsNow()).toEqual({ received: 1000, lost: 0, freezes: 0 })
  })

  it('counts frames that end before what the filter looks at', () => {
    const capture = start({ filter: 'ether[100:4] = 0x07070707' })
    for (const size of [60, 102, 104, 1000]) writeSync(fromOutside, frameOf(size, 7))
    expect(readAll(capture, 4).map(row => row.wire)).toEqual([104, 1000])
    expect(capture.counts).toEqual({ read: 4, outgoing: 0, filtered: 2 })
  })

  it('keeps what it was told of a frame', () => {
    const capture = start({ snaplen: 96 })
    for (const size of [1500, 96, 60]) writeSync(fromOutside, frameOf(size, size))
    const seen = readAll(capture, 3)
    expect(seen.map(row => [row.bytes.length, row.wire])).toEqual([
      [96, 1500],
      [96, 96],
      [60, 60],
    ])
    expect(seen[0].bytes.equals(frameOf(1500, 1500).subarray(0, 96))).toBe(true)
  })

  it('leaves out what is sent here, and tells of it', () => {
    const capture = start({ filter: 'ether[14:4] != 2' })
    writeSync(fromOutside, frameOf(60, 1))
    writeSync(fromHere, frameOf(200, 2))
    writeSync(fromOutside, frameOf(60, 3))
    const seen = readAll(capture, 3)
    expect(seen.map(row => row.bytes.readUInt32BE(14))).toEqual([1, 3])
    expect(sent.map(bytes => bytes.toString('hex'))).toEqual([frameOf(200, 2).toString('hex')])
    expect(capture.counts).toEqual({ read: 3, outgoing: 1, filtered: 0 })
    expect(capture.statisticsNow()).toEqual({ received: 3, lost: 0, freezes: 0 })
  })

  it('may be opened while frames come, and keeps none that came before its filter', async () => {
    const frame = frameOf(60, 1).toString('hex')
    const code = `const frame = Buffer.from('${frame}', 'hex'); for (;;) fs.writeSync(3, frame)`
    const load = spawn(process.execPath, ['-e', code], {
      stdio: ['ignore', 'ignore', 'inherit', fromOutside],
    })
    const gone = once(load, 'exit')
    try {
      expect(readAll(start(), 1).length).toBeGreaterThan(0)
      const captures = Array.from({ length: 4 }, () => start({ filter: 'ether[14:4] = 2' }))
      for (const capture of captures) readAll(capture, 1000)
      load.kill()
      await gone
      // there is room again in all of them
      const before = captures.flatMap(capture => readAll(capture, Number.POSITIVE_INFINITY, undefined, 2))
      expect(before).toEqual([])
      writeSync(fromOutside, frameOf(60, 2))
      for (const capture of captures) {
        const seen = readAll(capture, Number.POSITIVE_INFINITY, undefined, 2)
        expect(seen.map(row => row.bytes.readUInt32BE(14))).toEqual([2])
        const { received, lost } = capture.statisticsNow()
        expect(capture.counts.read + lost).toBe(received)
        expect(capture.counts.filtered).toBe(capture.counts.read - 1)
        expect(capture.counts.filtered).toBeGreaterThan(1000)
      }
    } finally {
      load.kill()
    }
  })

  it('counts what there was no room for', () => {
    const capture = start({ bufferBytes: 1 << 20 })
    const frames = 20_000
    for (let i = 0; i < frames; i++) writeSync(fromOutside, frameOf(1000, i))
    const { received, lost } = capture.statisticsNow()
    expect(received).toBe(frames)
    expect(lost).toBeGreaterThan(0)
    expect(readAll(capture, frames - lost)).toHaveLength(frames - lost)
    expect(capture.next(new Burst(new Uint8Array(0)))).toBe(false)
    expect(capture.counts.read).toBe(frames - lost)
    expect(capture.statisticsNow().lost).toBe(lost)
  })

  it('is refused by name', () => {
    expect(codeOf(() => start({ name: 'kp7' }))).toBe('ENODEV')
    expect(codeOf(() => start({ filter: 'host and' }))).toBe('filter')
    ip('link', 'add', 'kp2', 'type', 'veth', 'peer', 'name', 'kp3')
    expect(codeOf(() => start({ name: 'kp2' }))).toBe('ENETDOWN')
    ip('link', 'del', 'kp2')
  })

  it('goes on when the interface comes back up, and tells when it is gone', () => {
    ip('link', 'add', 'kp2', 'type', 'veth', 'peer', 'name', 'kp3')
    for (const name of ['kp2', 'kp3']) {
      ip('link', 'set', name, 'addrgenmode', 'none')
      ip('link', 'set', name, 'up')
    }
    const capture = start({ name: 'kp2' })
    const burst = new Burst(new Uint8Array(0))
    ip('link', 'set', 'kp2', 'down')
    for (let i = 0; i < 3; i++) expect(capture.next(burst)).toBe(false)
    ip('link', 'set', 'kp2', 'up')
    const fd = sender('kp3')
    writeSync(fd, frameOf(60, 5))
    system().close(fd)
    expect(readAll(capture, 1)).toHaveLength(1)
    ip('link', 'del', 'kp2')
    const until = () => {
      for (let i = 0; i < 100; i++) {
        capture.wait(10)
        capture.next(burst)
      }
    }
    expect(codeOf(until)).toBe('failed')
  })

  it('reads nothing once closed', () => {
    const capture = start()
    capture.close()
    capture.close()
    expect(capture.next(new Burst(new Uint8Array(0)))).toBe(false)
    expect(capture.isReady).toBe(false)
    expect(capture.statisticsNow()).toEqual({ received: 0, lost: 0, freezes: 0 })
  })
})

/** A frame of an EtherType for experiments, with a number after its head. */
function frameOf(bytes: number, number: number): Buffer {
  const frame = Buffer.alloc(bytes, number)
  frame.write('020000000002020000000001' + '88b5', 'hex')
  frame.writeUInt32BE(number, 14)
  return frame
}

/** A packet socket that sends what is written to it. */
function sender(name: string): number {
  const probe = new InterfaceProbe()
  const fd = system().socket(17, 3, 0)
  const address = new DataView(new ArrayBuffer(20))
  address.setUint16(0, 17, true)
  address.setInt32(4, probe.state(name)!.index, true)
  expect(system().bind(fd, new Uint8Array(address.buffer), 20)).toBe(0)
  probe.close()
  return fd
}

/** Reads until so many frames were counted, those left out among them, or nothing comes any more. */
function readAll(capture: LibraryCapture, frames: number, burst = new Burst(new Uint8Array(0)), most = 100) {
  const rows: { bytes: Buffer; wire: number; seconds: number; nanos: number; port: number; frame: number }[] =
    []
  for (let waits = 0; capture.counts.read < frames && waits < most; ) {
    if (!capture.next(burst) && !capture.wait(50)) waits++
    for (let i = 0; i < burst.count; i++)
      rows.push({
        bytes: Buffer.from(burst.bytes.subarray(burst.offset[i], burst.offset[i] + burst.captured[i])),
        wire: burst.wire[i],
        seconds: burst.seconds[i],
        nanos: burst.nanos[i],
        port: burst.port[i],
        frame: burst.frame[i],
      })
  }
  return rows
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work()
  } catch (error) {
    if (error instanceof LibraryError) return error.code
    throw error
  }
  return undefined
}
