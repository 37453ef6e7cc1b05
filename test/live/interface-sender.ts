/**
 * Sends frames through an interface of the namespace it runs in: `interface-sender.ts NAME once|on`, frames as lines of hex
 * digits on standard input. `on` repeats them until it is ended.
 */
import { readFileSync, writeSync } from 'node:fs'
import { InterfaceProbe } from '../../src/live/packet-socket.ts'
import { failure, system } from '../../src/live/system.ts'

const AF_PACKET = 17
const SOCK_RAW = 3
const [name, how] = process.argv.slice(2)
const frames = readFileSync(0, 'latin1')
  .split('\n')
  .filter(line => line !== '')
  .map(line => Buffer.from(line, 'hex'))
const probe = new InterfaceProbe()
const index = probe.state(name)!.index
const fd = system().socket(AF_PACKET, SOCK_RAW, 0)
if (fd < 0) throw failure('socket')
const address = new Uint8Array(20)
const view = new DataView(address.buffer)
view.setUint16(0, AF_PACKET, true)
view.setInt32(4, index, true)
if (system().bind(fd, address, address.length) < 0) throw failure('bind')
const send = (): void => {
  for (const frame of frames) writeSync(fd, frame)
}
send()
// the interface may be taken away meanwhile
process.on('uncaughtException', error => {
  if (how !== 'on') throw error
  process.exit(1)
})
if (how === 'on') setInterval(send, 50)
