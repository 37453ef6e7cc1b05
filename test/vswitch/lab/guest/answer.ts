import { createServer } from 'node:net'

/** Runs in a guest: `answer ADDRESS PORT BYTES HEX` answers every so many bytes of a connection with the same payload. */
const [address, port, bytes, hex] = process.argv.slice(2)
const payload = Buffer.from(hex, 'hex')

createServer(socket => {
  let pending = 0
  socket.setNoDelay(true)
  socket.on('data', data => {
    pending += data.length
    for (; pending >= Number(bytes); pending -= Number(bytes)) socket.write(payload)
  })
  // a connection that is reset is over like any other
  socket.on('error', () => {})
}).listen({ host: address, port: Number(port) }, () => {
  process.stdout.write('listening\n')
})
