import { ANSWER, Assembler } from '../live/bpf.ts'
import { interfaceCounters } from '../live/interface-facts.ts'
import { type InterfaceProbe, PacketSocket, type RingSize, type SocketCounts } from '../live/packet-socket.ts'
import type { RingSample, WireSample } from './accounts.ts'

/** Takes in nothing. */
const NOTHING = new Assembler().add(ANSWER, 0).assemble()

export interface WatchedOptions extends RingSize {
  retireMilliseconds: number
  /** what is kept of a frame, and which ones */
  program: Uint8Array
  isPromiscuous: boolean
  /** rings it has, and the program that deals out frames to them */
  rings: number
  fanout: Uint8Array | undefined
  /** it has no sockets here: libpcap is asked, in the sensor */
  isLibrary: boolean
}

/** `watching`: frames come in when there are any; `down`: they will when it is up; `gone`: there is no such interface now */
export type InterfaceCondition = 'watching' | 'down' | 'gone'

/** One interface that is watched, with its sockets, through everything that may happen to it. */
export class WatchedInterface {
  readonly name: string
  readonly linkType: number
  readonly options: WatchedOptions
  condition: InterfaceCondition = 'watching'
  sockets: PacketSocket[] = []
  private readonly probe: InterfaceProbe
  private readonly group: number
  private index: number
  /** by ring: what sockets had counted that are no longer */
  private readonly past: SocketCounts[]

  /**
   * Opens its sockets; `number` is its place among those watched. Throws SystemError; the interface exists, its `linkType` is
   * known.
   */
  constructor(
    name: string,
    number: number,
    linkType: number,
    probe: InterfaceProbe,
    options: WatchedOptions,
  ) {
    this.name = name
    this.linkType = linkType
    this.probe = probe
    this.options = options
    // a number that other programs on this machine will hardly have chosen
    this.group = ((process.pid << 4) ^ number) & 0xffff
    this.past = Array.from({ length: options.rings }, () => ({ received: 0, lost: 0, freezes: 0 }))
    this.index = probe.state(name)?.index ?? -1
    this.open()
  }

  private open(): void {
    const { options, index } = this
    if (options.isLibrary) return
    // between being bound and having joined the others each would get every frame, so at first they take in nothing
    const opened = { ...options, program: NOTHING }
    this.sockets = Array.from({ length: options.rings }, () => PacketSocket.open(opened))
    for (const socket of this.sockets) socket.bind(index, options.isPromiscuous)
    if (options.fanout !== undefined)
      for (const socket of this.sockets) socket.join(this.group, options.fanout)
    for (const socket of this.sockets) socket.filter(options.program)
  }

  /** Looks whether the interface is still there, and up. */
  look(): InterfaceCondition {
    const state = this.probe.state(this.name)
    this.condition =
      state === undefined || state.index !== this.index ? 'gone' : state.isUp ? 'watching' : 'down'
    return this.condition
  }

  /** Whether an interface of this name, of the same kind, has come back. */
  get isBack(): boolean {
    const state = this.probe.state(this.name)
    return state?.isUp === true && state.linkType === this.linkType
  }

  /** Opens sockets on the interface that has come back; what the old ones had counted is kept. Throws SystemError. */
  reopen(): void {
    const counts = this.rings()
    this.close()
    for (const [i, { received, lost, freezes }] of counts.entries())
      this.past[i] = { received, lost, freezes }
    this.index = this.probe.state(this.name)?.index ?? -1
    this.open()
    this.look()
  }

  /** What the kernel counted for each ring since the start. */
  rings(): RingSample[] {
    return this.past.map((past, i) => {
      const socket = this.sockets[i]
      if (socket === undefined) return past
      const { received, lost, freezes } = socket.statisticsNow()
      return {
        received: past.received + received,
        lost: past.lost + lost,
        freezes: past.freezes + freezes,
      }
    })
  }

  /** The same between two looks at the interface's own counters; those are undefined while it is not there. */
  sample(): { rings: RingSample[]; wire: WireSample | undefined } {
    const before = this.condition === 'gone' ? undefined : interfaceCounters(this.name)
    const rings = this.rings()
    const after = before === undefined ? undefined : interfaceCounters(this.name)
    if (before === undefined || after === undefined) return { rings, wire: undefined }
    const missed = before.rxMissed + before.rxFifo
    return {
      rings,
      wire: { before: before.rxPackets, after: after.rxPackets, missed, sent: after.txPackets },
    }
  }

  /** Takes in nothing from here on; what is in the rings can still be read. */
  mute(): void {
    for (const socket of this.sockets) socket.filter(NOTHING)
  }

  close(): void {
    for (const socket of this.sockets) socket.close()
    this.sockets = []
  }
}
