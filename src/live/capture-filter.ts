import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import * as B from './bpf.ts'

/** What a rejected frame leaves in the ring, so that it is counted: see FILTERED_BYTES of `ring.ts`. */
const REJECTED = 1
/** Time that tcpdump gets, in milliseconds: names in an expression are asked for on the network. */
const TIME_LIMIT = 10_000
const MOST_OUTPUT = 1 << 20
/** where programs for administrators lie, which a user's PATH often lacks */
const MORE_FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin']
/** LINKTYPE_ number -> what tcpdump calls it */
const LINK_NAMES: Readonly<Record<number, string>> = { 1: 'EN10MB', 101: 'RAW' }

/** To be told where a filter is in use and frames come in tunnels. */
export const OUTER_ONLY =
  'the capture filter looks at outer headers only: a frame that came in a tunnel was kept or left out by the addresses of the tunnel'

/** A filter could not be made. The message is a sentence without its end, of one line and safe for a terminal. */
export class CaptureFilterError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CaptureFilterError'
  }
}

export interface CaptureFilterOptions {
  /** in pcap syntax (pcap-filter(7)) */
  expression: string
  /** name of the interface it is for, and LINKTYPE_ number of its frames */
  name: string
  linkType: number
  /** bytes kept of a frame that is taken */
  snaplen: number
  /** folders in which tcpdump is looked for; those of PATH and the usual ones unless told */
  folders?: readonly string[]
  /** milliseconds */
  timeLimit?: number
}

/** The program of a capture without a filter: so many bytes of each frame. */
export const keepAll = (snaplen: number): Uint8Array =>
  new B.Assembler().add(B.ANSWER, keptBytes(snaplen)).assemble()

/**
 * The program of a filter: it answers `snaplen` for a frame that is taken and 1 for one that is not, whatever its length. tcpdump
 * compiles it for the interface it is meant for, as the kernel takes a VLAN tag out of the frame before a filter sees it, and only
 * with an interface does tcpdump write a program that looks for it there. Rejects with CaptureFilterError.
 */
export async function compileFilter(options: CaptureFilterOptions): Promise<Uint8Array> {
  const { expression, name, linkType, snaplen, timeLimit = TIME_LIMIT } = options
  const folders = options.folders ?? [...(process.env.PATH ?? '').split(delimiter), ...MORE_FOLDERS]
  const path = folders
    .filter(Boolean)
    .map(folder => join(folder, 'tcpdump'))
    .find(isProgram)
  if (path === undefined)
    throw new CaptureFilterError(
      'a capture filter needs tcpdump to compile it, which is not installed here (Debian and Ubuntu: apt-get install tcpdump)',
    )
  let outcome = await ask(path, ['-i', name], expression, timeLimit)
  const type = LINK_NAMES[linkType]
  // without the right to open the interface the program is the same, but for VLANs
  if (isRefused(outcome) && type !== undefined && !/\bvlan\b/.test(expression))
    outcome = await ask(path, ['-y', type], expression, timeLimit)
  if (outcome.status === 0) return program(counting(parseProgram(outcome.stdout), snaplen))
  if (isRefused(outcome))
    throw new CaptureFilterError(
      `tcpdump may not open ${clean(name)}, which it has to for a filter with "vlan": it needs CAP_NET_RAW as well ` +
        `(run as root, AmbientCapabilities=CAP_NET_RAW in a systemd unit, or setcap cap_net_raw+ep ${path})`,
    )
  throw new CaptureFilterError(
    `the capture filter "${clean(expression)}" can't be compiled: ${outcome.stderr}`,
  )
}

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

interface Outcome {
  status: number | null
  stdout: string
  /** what tcpdump complained about, as one line */
  stderr: string
}

const isRefused = ({ status, stderr }: Outcome): boolean =>
  status !== 0 && /permission|not permitted/i.test(stderr)

/** Runs tcpdump to print the program of an expression; it captures nothing. */
function ask(path: string, on: readonly string[], expression: string, timeLimit: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new CaptureFilterError(`tcpdump ${why}`))
    // behind `--` an expression is one, whatever it begins with
    const child = spawn(path, [...on, '-dd', '--', expression], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    })
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      fail(`took longer than ${timeLimit / 1000} s to compile the capture filter "${clean(expression)}"`)
    }, timeLimit)
    const said = [child.stdout, child.stderr].map(stream => {
      let text = ''
      stream.setEncoding('utf8').on('data', (piece: string) => {
        if (text.length < MOST_OUTPUT) text += piece
      })
      return () => text
    })
    child.on('error', error => {
      clearTimeout(timer)
      fail(`could not be started: ${clean(error.message)}`)
    })
    child.on('close', status => {
      clearTimeout(timer)
      const [stdout, stderr] = said.map(text => text())
      resolve({ status, stdout, stderr: complaint(stderr) || `it ended with status ${status}` })
    })
  })
}

/** What tcpdump said, less its warnings and its name. */
const complaint = (text: string): string =>
  clean(
    text
      .split('\n')
      .filter(line => !/^tcpdump: WARNING/i.test(line))
      .map(line => line.replace(/^tcpdump: /, '').trim())
      .filter(Boolean)
      .join(' '),
  ).slice(0, 300)

/** Text from outside on one line: what is no character to be seen becomes a blank. */
const clean = (text: string): string => text.replace(/[\p{C}\u2028\u2029]+/gu, ' ').trim()

/** Reads what `tcpdump -dd` prints: `{ 0x28, 0, 0, 0x0000000c },` a line. Throws CaptureFilterError. */
export function parseProgram(text: string): B.Instruction[] {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  if (lines.length === 0) throw new CaptureFilterError('tcpdump printed no program')
  return lines.map(line => {
    const match = /^\{ (0x[0-9a-f]+), (\d+), (\d+), (0x[0-9a-f]+) \},$/.exec(line.trim())
    if (match === null)
      throw new CaptureFilterError(`tcpdump printed what is no program: ${clean(line).slice(0, 100)}`)
    const [code, yes, no, k] = match.slice(1).map(Number)
    return { code, yes, no, k }
  })
}

/** Encodes; what is too large for the kernel is the filter's fault. */
function program(instructions: readonly B.Instruction[]): Uint8Array {
  try {
    return B.encode(instructions)
  } catch (error) {
    throw new CaptureFilterError(
      `the capture filter is nothing the kernel takes: ${(error as Error).message}`,
    )
  }
}

function keptBytes(snaplen: number): number {
  // a frame of which one byte is kept was rejected
  if (snaplen <= REJECTED) throw new RangeError(`a snaplen of ${snaplen} bytes keeps nothing of a frame`)
  return snaplen
}

/**
 * A filter as one that tells of what it rejects: answers of 0 become 1, others `snaplen`. The kernel ends a program that reads
 * behind the end of a frame, or divides by zero, and takes that for a rejection that nobody hears of: such places are looked at
 * before they are come to.
 */
export function counting(filter: readonly B.Instruction[], snaplen: number): B.Instruction[] {
  const kept = keptBytes(snaplen)
  const a = new B.Assembler()
  const spare = spareWord(filter)
  const reach = new Reach(filter.length)
  const at = (i: number): string => (i < filter.length ? `${i}` : 'rejected')
  filter.forEach(({ code, yes, no, k }, i) => {
    a.label(at(i))
    if (code === B.ANSWER) a.add(B.ANSWER, k === 0 ? REJECTED : kept)
    else if (code === B.ANSWER_A) a.test(B.IF_EQUAL, 0, 'rejected', 'taken')
    else if (code === B.JUMP) a.go(at(reach.goesTo(i, i + 1 + k)))
    else if (B.isTest(code))
      a.test(code, k, at(reach.goesTo(i, i + 1 + yes)), at(reach.goesTo(i, i + 1 + no)))
    else {
      guard(a, code, k, reach.at(i), spare)
      a.add(code, k)
      reach.goesTo(i, i + 1, endOf(code, k))
    }
  })
  return a.label('taken').add(B.ANSWER, kept).label('rejected').add(B.ANSWER, REJECTED).instructions()
}

/** Bytes that a frame is known to have where an instruction is come to, by whatever way. */
class Reach {
  private readonly known: number[]
  constructor(count: number) {
    this.known = new Array<number>(count).fill(Number.POSITIVE_INFINITY)
    this.known[0] = 0
  }

  at(i: number): number {
    return this.known[i] === Number.POSITIVE_INFINITY ? 0 : this.known[i]
  }

  /** From instruction `i`, behind which `bytes` are known to be there, to `next`, which is handed back. */
  goesTo(i: number, next: number, bytes = 0): number {
    this.known[next] = Math.min(this.known[next], Math.max(this.at(i), bytes))
    return next
  }
}

const WIDTHS: Readonly<Record<number, number>> = {
  [B.LD_WORD]: 4,
  [B.LD_HALF]: 2,
  [B.LD_BYTE]: 1,
  [B.LDX_HEADER]: 1,
}
const WIDTHS_X: Readonly<Record<number, number>> = {
  [B.LD_WORD_X]: 4,
  [B.LD_HALF_X]: 2,
  [B.LD_BYTE_X]: 1,
}
const NEGATIVE = 0x80000000

/** Bytes that a frame has where this instruction did not end the program; 0 = it says nothing. */
const endOf = (code: number, k: number): number => (k < NEGATIVE ? k + (WIDTHS[code] ?? -k) : 0)

/** Leads to the rejection what would end the program in the kernel; leaves X, and A unless it is about to be loaded. */
function guard(a: B.Assembler, code: number, k: number, known: number, spare: number): void {
  const end = endOf(code, k)
  if (code === B.LDX_HEADER && end > known)
    keepingA(a, spare, () => a.add(B.LD_LENGTH).test(B.IF_AT_LEAST, end, undefined, 'rejected'))
  else if (end > known) a.add(B.LD_LENGTH).test(B.IF_AT_LEAST, end, undefined, 'rejected')
  if (code === (B.DIVIDE | B.OF_X) || code === (B.REMAINDER | B.OF_X))
    keepingA(a, spare, () => a.add(B.X_TO_A).test(B.IF_EQUAL, 0, 'rejected'))
  const width = WIDTHS_X[code]
  if (width === undefined) return
  // X + k may have wrapped around, to either side
  a.add(B.X_TO_A).add(B.ADD, k).test(B.IF_BITS, NEGATIVE, 'rejected')
  a.add(B.LD_LENGTH)
    .add(B.SUBTRACT | B.OF_X)
    .add(B.SUBTRACT, k)
  a.test(B.IF_BITS, NEGATIVE, 'rejected').test(B.IF_AT_LEAST, width, undefined, 'rejected')
}

function keepingA(a: B.Assembler, spare: number, look: () => void): void {
  if (spare < 0)
    throw new CaptureFilterError('the capture filter needs more memory than the kernel has for it')
  a.add(B.STORE, spare)
  look()
  a.add(B.LD_MEMORY, spare)
}

/** A word of memory that a program leaves alone; -1 = there is none. */
function spareWord(filter: readonly B.Instruction[]): number {
  const codes = [B.STORE, B.STORE_X, B.LD_MEMORY, B.LDX_MEMORY]
  const used = new Set(filter.filter(({ code }) => codes.includes(code)).map(({ k }) => k))
  for (let word = B.MEMORY_WORDS - 1; word >= 0; word--) if (!used.has(word)) return word
  return -1
}
