import { corpusText } from '../support/corpus.ts'
import { Truth } from './tally.ts'

interface Line {
  protocol: string
  type: string | number
  activity: string
}

/** IPAL does not tell the confirmation of a command from its end: requests and reports are held. */
function iec104(lines: readonly Line[]): Truth {
  const truth = new Truth('ipal', 'iec104', 'asked', fn => fn < 256)
  for (const { type, activity } of lines) {
    const [, number] = /^I-(\d+)$/.exec(String(type)) ?? []
    if (number === undefined) continue
    const isMonitor = Number(number) < 45 || Number(number) === 70
    if (isMonitor || activity === 'command') truth.add(Number(number), 'asked')
  }
  return truth
}

function cip(lines: readonly Line[]): Truth {
  const truth = new Truth('ipal', 'enip', 'replies', fn => fn === 76)
  for (const { type, activity } of lines)
    truth.add(Number(type), activity === 'interrogate' ? 'asked' : 'answered')
  return truth
}

/** What the transcripts of IPAL tell of functions. */
export function ipalTruths(paths: readonly string[]): Truth[] {
  return paths.flatMap(path => {
    if (!path.startsWith('ipal-transcriber/misc/ipal/')) return []
    const lines = (corpusText(path) ?? '')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as Line)
    const of = (protocol: string): Line[] => lines.filter(line => line.protocol === protocol)
    return [
      ...(of('iec104').length > 0 ? [iec104(of('iec104'))] : []),
      ...(of('cip').length > 0 ? [cip(of('cip'))] : []),
    ]
  })
}
