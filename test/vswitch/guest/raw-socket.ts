import { PacketSocket } from '../../../src/live/packet-socket.ts'

/** Runs as a user of a test: says whether it can open a packet socket, by the name of the error if not. */
const options = { blockBytes: 1 << 16, blocks: 1, retireMilliseconds: 10 }
const program = new Uint8Array(new ArrayBuffer(8))
program[0] = 6
try {
  PacketSocket.open({ ...options, program }).close()
  process.stdout.write('opened\n')
} catch (error) {
  process.stdout.write(`${(error as NodeJS.ErrnoException).code}\n`)
}
