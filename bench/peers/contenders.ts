import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { locate, run, type Said } from './run.ts'
import {
  type Seen,
  seenByArgus,
  seenByCLoop,
  seenByConduitwatch,
  seenByNdpi,
  seenByNfpcapd,
  seenBySoftflowd,
  seenByTcpdump,
  seenByTshark,
  wholeFileRead,
} from './seen.ts'

export type Kind = 'conduitwatch' | 'meter' | 'orientation'

/** What a run is about. */
export interface Places {
  capture: string
  /** an empty one, new for each run */
  folder: string
  /** site policy; only conduitwatch knows what to do with one */
  policy?: string | undefined
}

/** A program that reads a capture. */
export interface Contender {
  name: string
  kind: Kind
  /** what it does with the capture, in a few words */
  does: string
  /** found on PATH, or a path */
  program: string
  /** how the program is called in a command line shown to people, where that is not its name */
  shown?: string
  /** Debian package that brings it */
  package?: string
  /** words that make it tell its version; undefined where it is built from here */
  tell?: readonly string[]
  /** takes minutes for what others read in seconds: runs on a smaller capture */
  slow?: true
  /** exit statuses of a run that went well, where it is not only 0 */
  fine?: readonly number[]
  words: (places: Places) => string[]
  /** what it saw, by its own account; may run a second program, outside the measured time */
  seen: (said: Said, places: Places) => Seen | Promise<Seen>
  /** words for the people who read the table */
  note?: string
}

const BIN = join(import.meta.dirname, '../../bin/conduitwatch.js')
/** conversations that conduitwatch and softflowd keep at a time, and its interim records for argus: the same for all */
const MOST_FLOWS = 1 << 20
const INTERIM = 1800

/** The built command with its default workers and with one; the first is what the others are held against. */
export function ourselves(judging: boolean): Contender[] {
  const one = (name: string, does: string, words: readonly string[]): Contender => ({
    name,
    kind: 'conduitwatch',
    does,
    program: process.execPath,
    shown: 'node bin/conduitwatch.js',
    fine: [0, 1],
    words: ({ capture, policy }) => {
      const judged = policy === undefined ? [] : ['-p', policy]
      return [BIN, 'analyze', capture, ...judged, '-f', 'json', ...words]
    },
    seen: ({ stdout }) => seenByConduitwatch(stdout),
  })
  const does = judging ? 'flows of both directions, judged by policy' : 'flows of both directions'
  return [
    one('conduitwatch', `${does}, default workers`, []),
    one('conduitwatch, one worker', does, ['--workers', '1']),
  ]
}

/** The C loop, once it is built. */
export function cLoop(program: string, building: string): Contender {
  return {
    name: 'C loop, one thread',
    kind: 'orientation',
    does: 'counts packets and bytes per conversation, nothing else',
    program,
    shown: `${building} && ./flows`,
    words: ({ capture }) => [capture],
    seen: ({ stdout }) => seenByCLoop(stdout),
  }
}

export const PEERS: readonly Contender[] = [
  {
    name: 'reading the file (dd)',
    kind: 'orientation',
    does: 'reads, looks at nothing',
    program: 'dd',
    package: 'coreutils',
    tell: ['--version'],
    words: ({ capture }) => [`if=${capture}`, 'of=/dev/null', 'bs=1M'],
    seen: ({ stderr }, { capture }) => {
      if (!wholeFileRead(stderr, statSync(capture).size)) throw new Error('did not read the whole file')
      return {}
    },
  },
  {
    name: 'tcpdump',
    kind: 'orientation',
    does: 'copies frames to /dev/null',
    program: 'tcpdump',
    package: 'tcpdump',
    tell: ['--version'],
    words: ({ capture }) => ['-r', capture, '-w', '/dev/null'],
    // it says nothing while it copies
    seen: async (_, { capture }) =>
      seenByTcpdump((await run(locate('tcpdump')!, ['-r', capture, '--count'])).stdout),
  },
  {
    name: 'softflowd',
    kind: 'meter',
    does: 'NetFlow records, no collector',
    program: 'softflowd',
    package: 'softflowd',
    tell: ['-h'],
    // without -c none it waits for ever for somebody to connect to its control socket
    words: ({ capture, folder }) => [
      '-d',
      '-c',
      'none',
      '-p',
      join(folder, 'pid'),
      '-m',
      String(MOST_FLOWS),
      '-r',
      capture,
    ],
    seen: ({ stdout }) => seenBySoftflowd(stdout),
  },
  {
    name: 'nfpcapd',
    kind: 'meter',
    does: 'nfdump records into files',
    program: 'nfpcapd',
    package: 'nfdump',
    tell: ['-V'],
    words: ({ capture, folder }) => ['-r', capture, '-w', folder],
    seen: ({ stderr }) => seenByNfpcapd(stderr),
  },
  {
    name: 'argus',
    kind: 'meter',
    does: 'records of both directions into a file',
    program: 'argus',
    package: 'argus-server',
    tell: ['-h'],
    words: ({ capture, folder }) => [
      '-X',
      '-S',
      String(INTERIM),
      '-r',
      capture,
      '-w',
      join(folder, 'argus.out'),
    ],
    seen: async (_, { folder }) => {
      const racount = locate('racount')
      if (racount === undefined) return {}
      return seenByArgus((await run(racount, ['-X', '-r', join(folder, 'argus.out'), '-M', 'proto'])).stdout)
    },
    note: 'ends on whole seconds only, as it waits for its writer; its processor time tells more.',
  },
  {
    name: 'ndpiReader',
    kind: 'meter',
    does: 'flows with application protocols',
    program: 'ndpiReader',
    package: 'libndpi-bin',
    tell: ['-h'],
    words: ({ capture, folder }) => ['-i', capture, '-q', '-w', join(folder, 'ndpi.out')],
    seen: (_, { folder }) => seenByNdpi(readFileSync(join(folder, 'ndpi.out'), 'utf8')),
  },
  {
    name: 'tshark',
    kind: 'meter',
    does: 'TCP and UDP conversations',
    program: 'tshark',
    package: 'tshark',
    tell: ['--version'],
    slow: true,
    words: ({ capture }) => ['-n', '-q', '-z', 'conv,tcp', '-z', 'conv,udp', '-r', capture],
    seen: ({ stdout }) => seenByTshark(stdout),
  },
]

/** The command line as somebody would type it, with names for what lies elsewhere on each machine. */
export function commandLine({ program, shown, words }: Contender, judging: boolean): string {
  const places = { capture: 'CAPTURE', folder: 'FOLDER', ...(judging && { policy: 'POLICY' }) }
  return [shown ?? program, ...words(places).filter(word => word !== BIN)].join(' ')
}
