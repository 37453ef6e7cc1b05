import { spawnSync } from 'node:child_process'

/** Fields that are asked of TShark: what a frame is made of, its ends, and what protocols have in it. */
const FRAME = ['frame.number', 'frame.protocols']
const ENDS = [
  'eth.src',
  'eth.dst',
  'ip.src',
  'ip.dst',
  'ipv6.src',
  'ipv6.dst',
  'tcp.srcport',
  'tcp.dstport',
  'udp.srcport',
  'udp.dstport',
]

const MOST_OUTPUT = 1 << 28

/** One frame as TShark dissects it: each field with all its occurrences in order. */
export class Dissected {
  private readonly values: ReadonlyMap<string, string>

  constructor(values: ReadonlyMap<string, string>) {
    this.values = values
  }

  list(field: string): string[] {
    const value = this.values.get(field) ?? ''
    return value === '' ? [] : value.split('|')
  }

  /** Numbers of a field, written as decimal, as 0x hexadecimal, or True and False. */
  numbers(field: string): number[] {
    return this.list(field).map(value => (value === 'True' ? 1 : value === 'False' ? 0 : Number(value)))
  }

  /** Occurrence of a single field, or undefined. */
  number(field: string): number | undefined {
    return this.numbers(field)[0]
  }

  get frame(): number {
    return this.number('frame.number') ?? 0
  }

  /** protocols from the outside in, "eth:ethertype:ip:tcp:mbtcp:modbus" */
  get protocols(): string[] {
    return this.list('frame.protocols').join(':').split(':')
  }

  /** Transport and both ends of the innermost packet; undefined without ports. */
  get ends(): { proto: string; src: string; srcPort: string; dst: string; dstPort: string } | undefined {
    const proto = this.protocols.findLast(name => name === 'tcp' || name === 'udp')
    const last = (field: string): string | undefined => this.list(field).at(-1)
    const src = last('ip.src') ?? last('ipv6.src')
    const dst = last('ip.dst') ?? last('ipv6.dst')
    const srcPort = last(`${proto}.srcport`)
    const dstPort = last(`${proto}.dstport`)
    if (proto === undefined || src === undefined || dst === undefined) return undefined
    if (srcPort === undefined || dstPort === undefined) return undefined
    return { proto, src, srcPort, dst, dstPort }
  }
}

/** Version of TShark, or undefined where there is none. */
export function tsharkVersion(): string | undefined {
  const { status, stdout } = spawnSync('tshark', ['--version'], { encoding: 'utf8' })
  return status === 0 ? /\d+\.\d+\.\d+/.exec(stdout)?.[0] : undefined
}

/** What TShark makes of the frames of a capture that `filter` lets through. Throws where it cannot be run. */
export function dissect(path: string, filter: string, fields: readonly string[]): Dissected[] {
  const names = [...FRAME, ...ENDS, ...fields]
  const { status, stdout, stderr, error } = spawnSync(
    'tshark',
    // addresses and ports stay numbers; every occurrence of a field counts
    [...['-n', '-r', path, '-Y', filter, '-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=|']].concat(
      names.flatMap(name => ['-e', name]),
    ),
    { encoding: 'utf8', maxBuffer: MOST_OUTPUT },
  )
  // a capture that is cut off ends with an error behind all that could be read
  if (error !== undefined || (status !== 0 && stdout === '' && !/cut short|appears to/.test(stderr)))
    throw new Error(`tshark: ${error?.message ?? stderr.trim()}`)
  return stdout
    .split('\n')
    .filter(Boolean)
    .map(line => {
      const values = line.split('\t')
      return new Dissected(new Map(names.map((name, i) => [name, values[i] ?? ''])))
    })
}
