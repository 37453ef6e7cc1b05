import type { Burst } from '../shared/burst.ts'

/** One interface of one capture file (or a live interface): everything a frame has in common with its neighbours. */
export interface Port {
  /** index into CaptureSource.files */
  file: number
  /** interface number inside the file (0 for classic pcap) */
  interfaceId: number
  /** if_name of pcapng, when the file tells */
  name?: string
  /** LINKTYPE_ number of the pcap registry, e.g. 1 = Ethernet */
  linkType: number
  /** 0 = no limit stated */
  snapLength: number
  /** tap name given by --tap NAME=GLOB, when one matched */
  tap?: string
}

/** A place where a capture is damaged: what could be read before it was delivered. */
export interface Damage {
  file: string
  /** byte offset in the (decompressed) capture where the fault lies */
  offset: number
  /** one sentence for an operator, without file name and offset, e.g. "the record header says 3,000,000,000 bytes" */
  reason: string
}

/** What the summary tells of one input. Counts grow while the source is read. */
export interface FileReport {
  name: string
  /** bytes on disk; absent for standard input and FIFOs until they end */
  bytes: number
  /** e.g. "pcap", "pcapng", "pcap (ns)", "pcap (modified)", with "+gzip" or "+zstd" */
  format: string
  frames: number
  /** bytes the frames had on the wire */
  wireBytes: number
  /** frames that interface statistics blocks say the capturing machine lost (ISB isb_ifdrop + isb_osdrop) */
  reportedLost: number
  /** names from name resolution blocks: address text -> names */
  names: Map<string, string[]>
  /** section and interface comments, capture application, at most a few */
  comments: string[]
  damage: Damage[]
  /** legal but worth a sentence, e.g. "12 frames had a wire length below their captured length" */
  notes: string[]
}

/** Where frames come from. The iterator ends at the end of input; damage is reported in `files`, never thrown. */
export interface CaptureSource {
  /** grows as interfaces are met; a burst only names ports that are already here */
  readonly ports: Port[]
  readonly files: FileReport[]
  /** Yields bursts with at least one frame, in time order over all files when there are several. */
  bursts(): AsyncIterable<Burst>
  /** Ends what is still growing (pipes), so that nobody waits for it: the frames at hand are the last ones. */
  stop(): void
  /** Bytes read so far and in all (undefined for pipes), for a progress bar. */
  progress(): { done: number; total: number | undefined }
}

/** An input that cannot be opened at all or holds no capture: usage error before anything is judged is thrown as this. */
export class CaptureError extends Error {
  readonly path: string
  constructor(path: string, message: string) {
    super(message)
    this.name = 'CaptureError'
    this.path = path
  }
}
