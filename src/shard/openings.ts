import { isServerPort } from '../net/ports.ts'
import type { Model, Transport } from '../policy/model.ts'

/** How it is known who opened a conversation, in rising order of proof (values of the DIRECTION bits). */
export const FIRST = 0
export const PORT = 1
export const REQUEST = 2
export const HANDSHAKE = 3

/** Ports below this were given to servers long before clients drew theirs at random (RFC 6335, section 6). */
const SYSTEM_PORTS = 1024
const KINDS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, sctp: 132 }

/** The server ports that are known: the built-in services, and every port the policy declares for a responder. */
export class ServerPorts {
  private readonly declared = new Set<number>()

  constructor(model: Model | undefined) {
    this.reload(model)
  }

  /** Forgets what the policy declared until now, for what another one does. */
  reload(model: Model | undefined): void {
    this.declared.clear()
    if (model === undefined) return
    const transports: Transport[] = []
    for (const service of model.services) if (!service.builtIn) transports.push(...service.transports)
    for (const conduit of model.conduits)
      for (const channel of conduit.channels) transports.push(...channel.transports)
    for (const exception of model.exceptions) transports.push(...exception.channel.transports)
    for (const transport of transports) {
      if (transport.kind !== 'tcp' && transport.kind !== 'udp' && transport.kind !== 'sctp') continue
      for (const { first, last } of transport.ports) {
        // a wide range says where clients may go, not what a server port looks like
        if (last - first > 100) continue
        for (let port = first; port <= last; port++) this.declared.add((KINDS[transport.kind] << 16) | port)
      }
    }
  }

  private known(proto: number, port: number): boolean {
    return isServerPort(proto, port) || this.declared.has((proto << 16) | port)
  }

  /** 1 where the ports say that the sender is the client, -1 where it is the server, 0 where they say nothing. */
  compare(proto: number, source: number, destination: number): number {
    const from = this.known(proto, source)
    const to = this.known(proto, destination)
    if (from !== to) return to ? 1 : -1
    if (from) return 0
    const low = source < SYSTEM_PORTS
    if (low === destination < SYSTEM_PORTS || source === 0 || destination === 0) return 0
    return low ? -1 : 1
  }
}
