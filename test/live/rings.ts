import { InterfaceProbe, PacketSocket } from '../../src/live/packet-socket.ts'
import { mapped } from '../../src/live/page.ts'
import { Ring, type RingCounts } from '../../src/live/ring.ts'
import { memoryAt, system } from '../../src/live/system.ts'
import { Burst } from '../../src/shared/burst.ts'

/**
 * A process of tests that reads an interface by one ring for each filter, in one group where there are more, until its input
 * ends: `node rings.ts QUESTION`. It says `ready`, and at its end an answer for each ring, in one line.
 */
export interface Question {
  name: string
  /** programs in hexadecimal digits; `fanout` is that of the group */
  filters: string[]
  fanout?: string
}

export interface Answer {
  counts: RingCounts
  /** frames of the ring in their order, as hexadecimal digits */
  frames: string[]
  /** what the kernel counted for the socket */
  received: number
  lost: number
}

const SIZE = { blockBytes: 1 << 18, blocks: 16 }
const { name, filters, fanout } = JSON.parse(process.argv[2]) as Question
const program = (digits: string): Uint8Array => {
  const bytes = Buffer.from(digits, 'hex')
  const own = new Uint8Array(new ArrayBuffer(bytes.length))
  own.set(bytes)
  return own
}
const REJECT_UNHEARD = program('0600000000000000')

const index = new InterfaceProbe().state(name)!.index
const sockets = filters.map(() =>
  PacketSocket.open({ ...SIZE, retireMilliseconds: 20, program: REJECT_UNHEARD }),
)
// until it has joined, a socket would get the frames of all others too
for (const socket of sockets) socket.bind(index, true)
if (fanout !== undefined) for (const socket of sockets) socket.join(process.pid & 0xffff, program(fanout))
for (const [i, socket] of sockets.entries()) socket.filter(program(filters[i]))

const length = SIZE.blockBytes * SIZE.blocks
const rings = sockets.map(
  ({ fd }, i) =>
    new Ring(memoryAt(mapped(fd, length), length), SIZE.blockBytes, i, { block: 0, frames: 0 }, () => {}),
)
const frames: string[][] = sockets.map(() => [])
const burst = new Burst(new Uint8Array(0))

function read(): boolean {
  let any = false
  for (const [i, ring] of rings.entries())
    while (ring.next(burst)) {
      any = true
      for (let n = 0; n < burst.count; n++) {
        const bytes = burst.bytes.subarray(burst.offset[n], burst.offset[n] + burst.captured[n])
        frames[i].push(Buffer.from(bytes).toString('hex'))
      }
    }
  return any
}

let isOver = false
process.stdin.on('end', () => {
  isOver = true
})
process.stdin.resume()
process.stdout.write('ready\n')
const fds = new Int32Array(sockets.flatMap(({ fd }) => [fd, 1]))
for (let idle = 0; idle < 20; ) {
  idle = read() || !isOver ? 0 : idle + 1
  system().poll(fds, sockets.length, 10)
  await new Promise(resolve => setImmediate(resolve))
}
const answers = rings.map(({ counts }, i): Answer => {
  const { received, lost } = sockets[i].statisticsNow()
  return { counts, frames: frames[i], received, lost }
})
process.stdout.write(`${JSON.stringify(answers)}\n`)
