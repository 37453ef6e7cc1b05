import { createRequire } from 'node:module'

type Koffi = typeof import('koffi')

let library: Koffi | undefined

/** What calls functions of C libraries; loaded when first asked for, as few commands need it. */
export function koffi(): Koffi {
  library ??= createRequire(import.meta.url)('koffi') as Koffi
  return library
}

/**
 * The few functions of the C library that live capture needs, on Linux with a 64-bit little-endian processor (x64, arm64).
 * Structures are bytes that the caller lays out. Each answers what the C function does; `failure` tells what went wrong.
 */
export interface System {
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, address: Uint8Array, length: number): number
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number
  /** the same for a struct sock_fprog: `count` instructions of classic BPF */
  setProgram(fd: number, level: number, name: number, count: number, program: Uint8Array): number
  /** `length` is one 32-bit word, the room there is, and then what was used */
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, length: Uint32Array): number
  ioctl(fd: number, request: number, argument: Uint8Array): number
  poll(fds: Int32Array, count: number, milliseconds: number): number
  close(fd: number): number
  memfd_create(name: string, flags: number): number
  ftruncate(fd: number, length: number): number
  fcntl(fd: number, command: number, argument: number): number
  /** the address, undefined when the kernel refused */
  map(fd: number, length: number, flags: number): bigint | undefined
  prctl(option: number, a: number, b: number, c: number, d: number): number
}

export const PROT_READ_WRITE = 3
export const MAP_SHARED = 1
const MAP_FAILED = 2n ** 64n - 1n

/** A call to the operating system that failed; `code` is its name, for example EPERM. */
export class SystemError extends Error {
  readonly code: string
  constructor(call: string, errno: number) {
    const code = codeOf(errno)
    super(`${call}: ${code}`)
    this.name = 'SystemError'
    this.code = code
  }
}

const codeOf = (errno: number): string => {
  for (const [name, number] of Object.entries(koffi().os.errno)) if (number === errno) return name
  return `error ${errno}`
}

/** The error of the call made last in this thread. */
export const failure = (call: string): SystemError => new SystemError(call, koffi().errno())

let loaded: System | undefined

/** The C library of this process; loaded when first asked for. Throws where there is none of that kind. */
export function system(): System {
  loaded ??= load()
  return loaded
}

function load(): System {
  const library = koffi().load(null)
  const setsockopt = library.func('int setsockopt(int, int, int, void *, uint32_t)') as System['setsockopt']
  const mmap = library.func('void *mmap(void *, size_t, int, int, int, int64_t)')
  return {
    socket: library.func('int socket(int, int, int)') as System['socket'],
    bind: library.func('int bind(int, void *, uint32_t)') as System['bind'],
    setsockopt,
    setProgram: (fd, level, name, count, program) => {
      // unsigned short len; struct sock_filter *filter
      const value = new DataView(new ArrayBuffer(16))
      value.setUint16(0, count, true)
      value.setBigUint64(8, BigInt(koffi().address(program)), true)
      return setsockopt(fd, level, name, new Uint8Array(value.buffer), 16)
    },
    getsockopt: library.func('int getsockopt(int, int, int, void *, void *)') as System['getsockopt'],
    ioctl: ioctlOf(library.func('int ioctl(int, unsigned long, ...)')),
    poll: library.func('int poll(void *, unsigned long, int)') as System['poll'],
    close: library.func('int close(int)') as System['close'],
    memfd_create: library.func('int memfd_create(const char *, unsigned int)') as System['memfd_create'],
    ftruncate: library.func('int ftruncate(int, int64_t)') as System['ftruncate'],
    fcntl: fcntlOf(library.func('int fcntl(int, int, ...)')),
    map: (fd, length, flags) => {
      const address = mmap(null, length, PROT_READ_WRITE, flags, fd, 0) as bigint | null
      return address === null || BigInt.asUintN(64, address) === MAP_FAILED ? undefined : address
    },
    prctl: prctlOf(library.func('int prctl(int, ...)')),
  }
}

type Variadic = (...words: unknown[]) => number

const ioctlOf =
  (ioctl: Variadic): System['ioctl'] =>
  (fd, request, argument) =>
    ioctl(fd, request, 'void *', argument)

const fcntlOf =
  (fcntl: Variadic): System['fcntl'] =>
  (fd, command, argument) =>
    fcntl(fd, command, 'int', argument)

const prctlOf =
  (prctl: Variadic): System['prctl'] =>
  (option, a, b, c, d) =>
    prctl(option, 'unsigned long', a, 'unsigned long', b, 'unsigned long', c, 'unsigned long', d)

/** Memory at an address as an ArrayBuffer, without a copy. It must stay mapped for as long as anybody looks at it. */
export const memoryAt = (address: bigint, length: number): ArrayBuffer => koffi().view(address, length)

/** fcntl(2) */
const F_GETFL = 3
const F_SETFL = 4
const O_NONBLOCK = 0o4000

/** Makes a pipe or socket answer rather than wait for whoever is at its other end. */
export function unblock(fd: number): void {
  const flags = system().fcntl(fd, F_GETFL, 0)
  if (flags >= 0) system().fcntl(fd, F_SETFL, flags | O_NONBLOCK)
}
