import { koffi } from './system.ts'

/** `missing`: no libpcap; `filter`: it does not understand the filter; `failed`: anything it says in words */
export type LibraryErrorCode = 'EPERM' | 'ENODEV' | 'ENETDOWN' | 'missing' | 'filter' | 'failed'

/** libpcap is missing, or refused; the message is a sentence. */
export class LibraryError extends Error {
  readonly code: LibraryErrorCode
  constructor(code: LibraryErrorCode, message: string) {
    super(message)
    this.name = 'LibraryError'
    this.code = code
  }
}

/** The functions of libpcap, without their `pcap_`, and of the C library that live capture needs with it. */
export interface Library {
  /** what libpcap says about itself, for example "libpcap version 1.10.3 (with TPACKET_V3)" */
  version: string
  /** address of pcap_dump, to be called by `dispatch` */
  dump: bigint
  create(name: string, words: Uint8Array): bigint | null
  set_snaplen(pcap: bigint, bytes: number): number
  set_promisc(pcap: bigint, isOn: number): number
  set_timeout(pcap: bigint, milliseconds: number): number
  set_buffer_size(pcap: bigint, bytes: number): number
  set_tstamp_precision(pcap: bigint, precision: number): number
  activate(pcap: bigint): number
  setnonblock(pcap: bigint, isOn: number, words: Uint8Array): number
  setdirection(pcap: bigint, direction: number): number
  get_selectable_fd(pcap: bigint): number
  compile(pcap: bigint, program: Uint8Array, text: string, isOptimized: number, netmask: number): number
  setfilter(pcap: bigint, program: Uint8Array): number
  freecode(program: Uint8Array): void
  dispatch(pcap: bigint, most: number, callback: bigint, user: bigint): number
  dump_fopen(pcap: bigint, file: bigint): bigint | null
  dump_close(dumper: bigint): void
  stats(pcap: bigint, statistics: Uint32Array): number
  breakloop(pcap: bigint): void
  geterr(pcap: bigint): string
  statustostr(answer: number): string
  close(pcap: bigint): void
  fmemopen(bytes: Uint8Array, length: number, mode: string): bigint | null
  setvbuf(file: bigint, buffer: null, mode: number, length: number): number
  rewind(file: bigint): void
  poll(fds: Int32Array, count: number, milliseconds: number): number
}

const OF_PCAP = [
  'void *pcap_create(const char *, void *)',
  'int pcap_set_snaplen(void *, int)',
  'int pcap_set_promisc(void *, int)',
  'int pcap_set_timeout(void *, int)',
  'int pcap_set_buffer_size(void *, int)',
  'int pcap_set_tstamp_precision(void *, int)',
  'int pcap_activate(void *)',
  'int pcap_setnonblock(void *, int, void *)',
  'int pcap_setdirection(void *, int)',
  'int pcap_get_selectable_fd(void *)',
  'int pcap_compile(void *, void *, const char *, int, uint32_t)',
  'int pcap_setfilter(void *, void *)',
  'void pcap_freecode(void *)',
  'int pcap_dispatch(void *, int, void *, void *)',
  'void *pcap_dump_fopen(void *, void *)',
  'void pcap_dump_close(void *)',
  'int pcap_stats(void *, void *)',
  'void pcap_breakloop(void *)',
  'const char *pcap_geterr(void *)',
  'const char *pcap_statustostr(int)',
  'void pcap_close(void *)',
]
const OF_C = [
  'void *fmemopen(void *, size_t, const char *)',
  'int setvbuf(void *, void *, int, size_t)',
  'void rewind(void *)',
  // its count is an int on some systems and a long on others; registers have room for either
  'int poll(void *, unsigned long, int)',
]
/** The name in a definition. */
const NAME = /(\w+)\(/

const NAMES =
  process.platform === 'darwin' ? ['libpcap.dylib', 'libpcap.A.dylib'] : ['libpcap.so.0.8', 'libpcap.so.1']

let loaded: Library | undefined

/** libpcap in this process; loaded when first asked for. Throws LibraryError: missing. */
export function library(): Library {
  loaded ??= load(NAMES)
  return loaded
}

/** Loads the first of those libraries that is there. Throws LibraryError: missing. */
export function load(names: readonly string[]): Library {
  const pcap = firstOf(names)
  const c = koffi().load(null)
  const functions: Record<string, unknown> = {
    version: pcap.func('const char *pcap_lib_version()')(),
    dump: pcap.symbol('pcap_dump'),
  }
  for (const definition of OF_PCAP)
    functions[NAME.exec(definition)![1].slice('pcap_'.length)] = pcap.func(definition)
  for (const definition of OF_C) functions[NAME.exec(definition)![1]] = c.func(definition)
  return functions as unknown as Library
}

function firstOf(names: readonly string[]): ReturnType<ReturnType<typeof koffi>['load']> {
  for (const name of names) {
    try {
      return koffi().load(name)
    } catch {
      // the next one
    }
  }
  throw new LibraryError(
    'missing',
    `libpcap is not installed (no ${names.join(', no ')}): live capture needs it on this system`,
  )
}
