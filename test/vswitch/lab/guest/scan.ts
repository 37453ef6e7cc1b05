import { createConnection } from 'node:net'

/** Runs in a guest: `scan ADDRESS PORT...` tries all ports, a second each, and says as JSON what became of them. */
const [address, ...ports] = process.argv.slice(2)
const TOGETHER = 64
const found = { open: 0, refused: 0, unanswered: 0 }

function tried(port: number): Promise<keyof typeof found> {
  return new Promise(resolve => {
    const socket = createConnection({ host: address, port, timeout: 1000 })
    const end = (how: keyof typeof found) => () => {
      socket.destroy()
      resolve(how)
    }
    socket.on('connect', end('open'))
    socket.on('timeout', end('unanswered'))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'ECONNREFUSED' ? 'refused' : 'unanswered')(),
    )
  })
}

const queue = ports.map(Number)
async function work(): Promise<void> {
  for (let port = queue.shift(); port !== undefined; port = queue.shift()) found[await tried(port)]++
}
await Promise.all(Array.from({ length: TOGETHER }, work))
process.stdout.write(`${JSON.stringify(found)}\n`)
