import { release } from 'node:os'
import { Command, Option } from 'commander'
import { counted } from '../finding/words.ts'
import { dropCapabilities } from '../live/capabilities.ts'
import { type FitnessNote, fitness, isUnfit, type ListenMode } from '../live/fitness.ts'
import { allInterfaces, type InterfaceFacts } from '../live/interface-facts.ts'
import { painter } from '../sink/layout.ts'
import { factsJson, factsLines, hearingJson, line, notesLines, unicastText } from './interface-text.ts'
import { type Hearing, hear, rightsAdvice, wasHeard } from './listening.ts'
import { usesColour } from './terminal.ts'
import { wholeOf } from './whole-numbers.ts'

const FORMATS = ['text', 'json'] as const
export const MODES: readonly ListenMode[] = ['mirror', 'terminated']
const DEFAULT_LISTEN = 2
export const MOST_LISTEN = 3600
/** small: a machine may have many interfaces */
const RING = { blockBytes: 1 << 16, blocks: 16 }

interface Flags {
  format: (typeof FORMATS)[number]
  listen: number
  mode: ListenMode
}

/** Where the commands about interfaces write, and what they ask of the machine: tests give their own. */
export interface InterfaceIo {
  stdout: (text: string) => void
  stderr: (text: string) => void
  colour: boolean
  /** the operating system, as Node.js names it, and its release */
  platform: string
  release: string
  /** runs once sockets are open, before frames are looked at */
  afterOpening: () => void
}

/** An interface, what was heard there, and what is to be fixed. */
export interface Candidate {
  facts: InterfaceFacts
  hearing: Hearing
  notes: FitnessNote[]
}

/** The command `interfaces` (contract section 1). `done` is told the exit status: 0, or 2 where there is no answer. */
export function interfacesCommand(done: (status: number) => void, io: InterfaceIo = processIo()): Command {
  return new Command('interfaces')
    .description('what could be watched here, and whether it is fit for it; nothing is transmitted')
    .addOption(new Option('-f, --format <format>', 'form of the answer').choices(FORMATS).default('text'))
    .option(
      '--listen <seconds>',
      'how long to listen for frames between others; 0 = not at all',
      wholeOf(0, MOST_LISTEN),
      DEFAULT_LISTEN,
    )
    .addOption(
      new Option('--mode <mode>', 'a port that sends nothing, or an address that a wrapped mirror is sent to')
        .choices(MODES)
        .default('mirror'),
    )
    .action((flags: Flags) => done(interfaces(flags, io)))
}

function interfaces(flags: Flags, io: InterfaceIo): number {
  if (io.platform !== 'linux') {
    io.stderr('conduitwatch: interfaces can be watched on Linux only; captures can be analyzed here\n')
    return 2
  }
  const facts = allInterfaces().sort(
    (a, b) => Number(a.isLoopback) - Number(b.isLoopback) || a.index - b.index,
  )
  const others = facts.filter(({ isLoopback }) => !isLoopback)
  const heard =
    flags.listen === 0
      ? others.map(() => ({ notTried: 'not asked for', lacksRights: false }))
      : hear(others, flags.listen, RING, io.afterOpening)
  const loopback: Hearing = { notTried: 'it is the loopback interface', lacksRights: false }
  const candidates = facts.map(one => ({
    facts: one,
    hearing: heard[others.indexOf(one)] ?? loopback,
    notes: fitness(one, flags.mode),
  }))
  if (flags.format === 'json')
    io.stdout(`${JSON.stringify(candidatesJson(candidates, flags.mode), null, 2)}\n`)
  else io.stdout(candidatesText(candidates, flags.mode, io.colour))
  return 0
}

/** All candidates, as people read them. */
export function candidatesText(candidates: readonly Candidate[], mode: ListenMode, colour: boolean): string {
  const paint = painter(colour)
  const fit = candidates.filter(({ notes }) => !isUnfit(notes))
  const head = `${counted(candidates.length, 'interface')}; fit as ${MODE_TEXTS[mode]} without a change: ${fit.map(({ facts }) => facts.name).join(', ') || 'none'}`
  const blocks = candidates.map(({ facts, hearing, notes }) =>
    [
      ...factsLines(facts, paint),
      ...line('unicast', unicastText(hearing), paint),
      ...(isUnfit(notes) ? [] : line('fit', 'nothing to fix', paint)),
      ...notesLines(notes, paint),
    ].join('\n'),
  )
  const lacksRights = candidates.some(({ hearing }) => !wasHeard(hearing) && hearing.lacksRights)
  const tail = lacksRights ? [`Nothing was listened for: ${rightsAdvice()}.`] : []
  return `${[head, ...blocks, ...tail].join('\n\n')}\n`
}

export const MODE_TEXTS: Readonly<Record<ListenMode, string>> = {
  mirror: 'a mirror port',
  terminated: 'the end of a wrapped mirror',
}

function candidatesJson(candidates: readonly Candidate[], mode: ListenMode): unknown {
  return {
    type: 'interfaces',
    mode,
    interfaces: candidates.map(({ facts, hearing, notes }) => ({
      ...factsJson(facts),
      heard: hearingJson(hearing),
      fit: !isUnfit(notes),
      notes,
    })),
  }
}

/** The process's own. */
export const processIo = (): InterfaceIo => ({
  stdout: text => process.stdout.write(text),
  stderr: text => process.stderr.write(text),
  colour: usesColour(process.stdout),
  platform: process.platform,
  release: release(),
  afterOpening: dropCapabilities,
})
