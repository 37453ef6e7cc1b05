import { failure, koffi, system } from './system.ts'

/** sockios.h and ethtool.h of Linux. None of these questions needs a capability. */
const AF_INET = 2
const SOCK_DGRAM_CLOEXEC = 0o2000002
const SIOCETHTOOL = 0x8946
const IFNAMSIZ = 16
const IFREQ = 40
const GET_DRIVER = 0x3
const GET_RING = 0x10
const GET_STRINGS = 0x1b
const GET_SET_INFO = 0x37
const GET_FEATURES = 0x3a
const GET_LINK_SETTINGS = 0x4c
const FEATURE_STRINGS = 4
const STRING = 32
const DRIVER_BYTES = 196
const RING_BYTES = 36
const LINK_SETTINGS = 48
/** a link mode takes one bit in each of three masks */
const MASKS = 3
const UNKNOWN_SPEED = 0xffffffff

/** Offloads that change what is seen, by the kernel's names of features. */
const OFFLOADS = {
  gro: 'rx-gro',
  lro: 'rx-lro',
  groHw: 'rx-gro-hw',
  rxVlan: 'rx-vlan-hw-parse',
  rxChecksum: 'rx-checksum',
  gso: 'tx-generic-segmentation',
  tso: 'tx-tcp-segmentation',
  rxFcs: 'rx-fcs',
  rxAll: 'rx-all',
} as const

export type OffloadName = keyof typeof OFFLOADS

/** Whether a feature is on, and whether it is so for good. */
export interface Offload {
  isOn: boolean
  isFixed: boolean
}

export type Duplex = 'full' | 'half' | 'unknown'

export interface Driver {
  name: string
  version: string
  /** where the adapter is plugged in, '' for virtual ones */
  bus: string
}

/** Frames an adapter has room for until the kernel fetches them, now and at most. */
export interface AdapterRing {
  now: number
  most: number
}

/** Asks drivers about their interfaces in this network namespace. What a driver does not tell is undefined. */
export class Ethtool {
  private readonly fd: number

  constructor() {
    this.fd = system().socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0)
    if (this.fd < 0) throw failure('socket')
  }

  close(): void {
    system().close(this.fd)
  }

  driver(name: string): Driver | undefined {
    const bytes = new Uint8Array(DRIVER_BYTES)
    if (!this.ask(name, GET_DRIVER, bytes)) return undefined
    const text = (field: number): string => textAt(bytes, 4 + field * STRING)
    return { name: text(0), version: text(1), bus: text(3) }
  }

  /** `speed` in Mbit/s, -1 = unknown, as where nothing is connected. */
  speed(name: string): { speed: number; duplex: Duplex } | undefined {
    const first = new Uint8Array(LINK_SETTINGS)
    if (!this.ask(name, GET_LINK_SETTINGS, first)) return undefined
    // the first answer is how long the masks are, as a negative number
    const words = -new DataView(first.buffer).getInt8(15)
    if (words <= 0) return undefined
    const bytes = new Uint8Array(LINK_SETTINGS + MASKS * 4 * words)
    bytes[15] = words
    if (!this.ask(name, GET_LINK_SETTINGS, bytes)) return undefined
    const speed = new DataView(bytes.buffer).getUint32(4, true)
    return {
      speed: speed === UNKNOWN_SPEED || speed === 0 ? -1 : speed,
      duplex: bytes[8] === 0 ? 'half' : bytes[8] === 1 ? 'full' : 'unknown',
    }
  }

  ring(name: string): AdapterRing | undefined {
    const bytes = new Uint8Array(RING_BYTES)
    if (!this.ask(name, GET_RING, bytes)) return undefined
    const view = new DataView(bytes.buffer)
    const most = view.getUint32(4, true)
    return most === 0 ? undefined : { most, now: view.getUint32(20, true) }
  }

  offloads(name: string): Partial<Record<OffloadName, Offload>> {
    const names = this.featureNames(name)
    const blocks = Math.ceil(names.length / 32)
    const bytes = new Uint8Array(8 + blocks * 16)
    const view = new DataView(bytes.buffer)
    view.setUint32(4, blocks, true)
    if (blocks === 0 || !this.ask(name, GET_FEATURES, bytes)) return {}
    const found: Partial<Record<OffloadName, Offload>> = {}
    for (const [key, feature] of Object.entries(OFFLOADS)) {
      const bit = names.indexOf(feature)
      if (bit < 0) continue
      // blocks of available, requested, active, never changed
      const has = (word: number): boolean =>
        ((view.getUint32(8 + (bit >>> 5) * 16 + word * 4, true) >>> (bit & 31)) & 1) === 1
      found[key as OffloadName] = { isOn: has(2), isFixed: !has(0) || has(3) }
    }
    return found
  }

  /** Names of the kernel's features by their bit, which is another one in each version. */
  private featureNames(name: string): string[] {
    const info = new Uint8Array(20)
    new DataView(info.buffer).setBigUint64(8, 1n << BigInt(FEATURE_STRINGS), true)
    if (!this.ask(name, GET_SET_INFO, info)) return []
    const count = new DataView(info.buffer).getUint32(16, true)
    const bytes = new Uint8Array(12 + count * STRING)
    new DataView(bytes.buffer).setUint32(4, FEATURE_STRINGS, true)
    new DataView(bytes.buffer).setUint32(8, count, true)
    if (!this.ask(name, GET_STRINGS, bytes)) return []
    return Array.from({ length: count }, (_, i) => textAt(bytes, 12 + i * STRING))
  }

  /** `bytes` is the structure of the question, and of the answer. */
  private ask(name: string, what: number, bytes: Uint8Array): boolean {
    const text = Buffer.from(name)
    if (text.length === 0 || text.length >= IFNAMSIZ) return false
    new DataView(bytes.buffer).setUint32(0, what, true)
    const request = new Uint8Array(IFREQ)
    request.set(text)
    new DataView(request.buffer).setBigUint64(IFNAMSIZ, BigInt(koffi().address(bytes)), true)
    return system().ioctl(this.fd, SIOCETHTOOL, request) >= 0
  }
}

function textAt(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at)
  return Buffer.from(bytes.subarray(at, Math.min(end < 0 ? bytes.length : end, at + STRING))).toString(
    'latin1',
  )
}
