import { join } from 'node:path'
import type { Running } from './command.ts'
import type { Namespace } from './namespace.ts'

const program = (name: string): string[] => [
  process.execPath,
  join(import.meta.dirname, 'guest', `${name}.ts`),
]

export interface ConversationOptions {
  /** the responder's */
  address: string
  port: number
  /** payload of a request, `request` unless told */
  request?: Uint8Array
  /** payload of its answer; the request itself unless told */
  answer?: Uint8Array
}

/** A TCP connection between two guests, open until it is told to end. */
export class Conversation {
  private readonly client: Running
  private readonly server: Running
  private said = 0

  private constructor(server: Running, client: Running) {
    this.server = server
    this.client = client
  }

  /** Opens a connection: the handshake is over when this returns. */
  static async open(from: Namespace, to: Namespace, options: ConversationOptions): Promise<Conversation> {
    const { address, port, request = Buffer.from('request'), answer = request } = options
    const hex = (payload: Uint8Array): string => Buffer.from(payload).toString('hex')
    const [asked, answered] = [hex(request), hex(answer)]
    const server = to.start([...program('answer'), address, String(port), String(request.length), answered])
    await server.says(/listening/)
    const client = from.start([...program('ask'), address, String(port), asked, String(answer.length)])
    await client.says(/connected/)
    return new Conversation(server, client)
  }

  /** Sends a request, `other` where told (of the same length), and waits for its answer, so many times. */
  async exchange(times = 1, other?: Uint8Array): Promise<void> {
    this.said += times
    const words = ['exchange', times, ...(other === undefined ? [] : [Buffer.from(other).toString('hex')])]
    this.client.write(`${words.join(' ')}\n`)
    await this.client.says(new RegExp(`^exchanged ${this.said}$`, 'm'))
  }

  /** Ends it with FIN from both ends, or with RST. */
  async close(how: 'fin' | 'rst' = 'fin'): Promise<void> {
    this.client.write(`${how}\n`)
    await this.client.succeeded()
    await this.server.stop()
  }
}

/** What became of the ports a guest has tried. */
export interface Scanned {
  open: number
  refused: number
  unanswered: number
}

/** Tries TCP connections to ports of an address, many at once, and closes those that open. */
export async function scan(from: Namespace, address: string, ports: readonly number[]): Promise<Scanned> {
  const { stdout } = await from.start([...program('scan'), address, ...ports.map(String)]).succeeded()
  return JSON.parse(stdout)
}
