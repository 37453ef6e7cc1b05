import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'

/**
 * Runs in a guest: `ask ADDRESS PORT HEX BYTES` opens a connection, then does what standard input says, a line each:
 * `exchange N` (a request and so many bytes of an answer, N times), `exchange N HEX` (with another request), `fin`, `rst`.
 */
const [address, port, hex, bytes] = process.argv.slice(2)
const payload = Buffer.from(hex, 'hex')
const socket = createConnection({ host: address, port: Number(port) })
socket.setNoDelay(true)

let pending = 0
let heard = (): void => {}
socket.on('data', data => {
  pending += data.length
  heard()
})
socket.on('connect', () => {
  process.stdout.write('connected\n')
})

/** One request and its whole answer. */
async function exchange(request: Uint8Array): Promise<void> {
  socket.write(request)
  while (pending < Number(bytes))
    await new Promise<void>(resolve => {
      heard = resolve
    })
  pending -= Number(bytes)
}

let exchanged = 0
for await (const line of createInterface({ input: process.stdin })) {
  const [word, times, other] = line.split(' ')
  if (word === 'exchange') {
    const request = other === undefined ? payload : Buffer.from(other, 'hex')
    for (let i = 0; i < Number(times); i++) await exchange(request)
    exchanged += Number(times)
    process.stdout.write(`exchanged ${exchanged}\n`)
  } else {
    if (word === 'rst') socket.resetAndDestroy()
    else socket.end()
    break
  }
}
process.stdin.destroy()
