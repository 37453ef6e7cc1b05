/**
 * What an application protocol is to this program: how its bytes are recognised, where its PDUs end, and what they do.
 * One file each in `ot/` and `it/`, one line each in `table.ts`. Every function here takes any bytes: it never throws,
 * never reads outside [at, end), allocates nothing (texts of `heard` and `detail` apart), and ends in time that is bounded
 * by the bytes it was given.
 */

/** What payload bytes are, as `probe` answers: one of these ... */
export const NOT = 0
/** nothing speaks against it, and too little for it */
export const UNSURE = 1
/** its magic numbers, lengths and values hold together: nothing else looks like this */
export const CERTAIN = 2
export const LIKENESS = 3
/** ... and, where the bytes tell it, which end of the conversation sends them */
export const FROM_CLIENT = 4
export const FROM_SERVER = 8

/**
 * A bit that `functionActions` may add: what the function does depends on what its request was addressed to, which is not known.
 * A judgement that would rest on it is left open.
 */
export const MAYBE = 1 << 30

/** What carries it: IP protocol, or 0 straight on Ethernet. */
export const ETHERNET = 0
export const TCP = 6
export const UDP = 17

/** What is known of payload bytes besides themselves. One instance, filled anew for each. */
export class Carrier {
  transport = TCP
  /** without IP */
  ethertype = 0
  srcPort = 0
  dstPort = 0
  /** it goes to a multicast or broadcast group */
  isToGroup = false
  /** length of the payload on the wire: more than is here where the capture cut it */
  length = 0
}

/** Where a protocol tells what it read. The conversation at hand is meant, and the sender of the PDU at hand. */
export interface Notes {
  /** the sender opened the conversation, so far as is known; what the PDU itself says is better */
  readonly fromOrig: boolean
  /** words of this conversation, as many as the protocol asked for; 0 at first */
  readonly memory: Int32Array
  readonly carrier: Carrier

  /**
   * The PDU does something. `actions`: bits of src/net/actions.ts, at least one. `fn`: function code, 0..65535 as policies name
   * it. `unit`: unit, station or slave, -1 where the protocol has none. `area` (-1 = the function has no addresses) and the
   * unsigned numbers `first` to `last` in it: what it is done to, in the numbers policies name under `addresses`.
   */
  act(actions: number, fn: number, unit: number, area: number, first: number, last: number): void
  /** The PDU answers function `fn` of `unit`, or refuses it. */
  answer(fn: number, unit: number, isRefused: boolean): void
  /** The PDU shows that its sender opened the conversation (true), or the other end did. */
  client(isSender: boolean): void
  /** From here on the content cannot be read: it is encrypted. */
  opaque(): void
  /** Bytes that were needed are not here: cut off by the capture, or more than is kept of one PDU. */
  short(): void
  /** The PDU does not hold together: it is none of this protocol, or one that was damaged on purpose. */
  unfit(): void
  /** Nothing that comes later in this conversation is worth reading. */
  done(): void
  /**
   * The PDU announces another conversation between the same two ends: `proto` 6 or 17, to port `port` of the sender
   * (`atSender`) or of the other end; -1 = any port. `v4` = an IPv4 address given with it (signed word), 0 = none: it is not
   * taken up unless it is that end's.
   */
  announce(proto: number, port: number, atSender: boolean, v4: number): void
  /** The sender says of itself: its vendor, product, version, name, serial number or role. */
  heard(what: Heard, text: string): void
  /** A fact for the record of the conversation: `sni`, `version`, `alpn`. */
  detail(key: string, text: string): void
}

export type Heard = 'vendor' | 'product' | 'version' | 'name' | 'serial' | 'role'

/** An application protocol. */
export interface Protocol {
  /** its own name, unique */
  readonly id: string
  /** what records and policies call it: the id of a service in src/net/ports.ts */
  readonly service: string
  /** TCP, UDP, ETHERNET: what it is recognised on */
  readonly transports: readonly number[]
  /** ethertypes that carry it, where it needs no IP */
  readonly ethertypes?: readonly number[]
  /**
   * Values that the first byte of a payload may have for `probe` to answer anything but NOT, whatever carries it; absent = any.
   * Where it has another one, `probe` may not be called at all.
   */
  readonly firstBytes?: readonly number[]
  /** Its answers do not always say what they answer: where no request is seen at all, nobody knows what was done. */
  readonly hasMuteAnswers?: true
  /** words of memory for each conversation */
  readonly memory?: number
  /**
   * On its own ports, what has no shape of it is a mismatch: every PDU of it can be told from other bytes (true), or the first
   * ones of a connection can (`at-first`)
   */
  readonly isStrict?: true | 'at-first'
  /**
   * What the first bytes of a payload are: LIKENESS bits, and FROM_CLIENT or FROM_SERVER. On its own ports (`carrier`) as on
   * any other: a port makes nothing certain.
   */
  probe(bytes: Uint8Array, at: number, end: number, carrier: Carrier): number
  /**
   * Over TCP: bytes of the PDU that begins at `at`, its header included; 0 = more bytes are needed to tell, -1 = no PDU begins
   * here. Absent where nothing is read.
   */
  length?(bytes: Uint8Array, at: number, end: number): number
  /** Reads the PDU at `at` (over UDP and Ethernet: the payload): `length` bytes as stated, of which those before `end` are here. */
  read?(bytes: Uint8Array, at: number, end: number, length: number, to: Notes): void
  /** What a function does, as bits: for answers to what nobody was seen to ask. Absent = that is not known. */
  functionActions?(fn: number): number
  /** What a function is called: "write multiple registers". */
  functionName?(fn: number): string | undefined
  /** What an area and numbers in it are called in a sentence: "holding registers 40010-40019". */
  areaText?(area: number, first: number, last: number): string
}

/** Numbers in an area as a sentence has them: "10" or "10-19". */
export const numbersText = (first: number, last: number): string =>
  first === last ? `${first >>> 0}` : `${first >>> 0}-${last >>> 0}`
