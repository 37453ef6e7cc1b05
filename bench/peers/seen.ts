/** What a program says it has seen of a capture; what it does not tell is left out. */
export interface Seen {
  frames?: number
  flows?: number
  /** what its flows are, where they are not conversations of both directions */
  unit?: string
}

/** The number that follows, thousands separators taken out; undefined where the text does not match. */
function numberOf(text: string, pattern: RegExp): number | undefined {
  const digits = pattern.exec(text)?.[1]
  return digits === undefined ? undefined : Number(digits.replaceAll(',', ''))
}

/** Leaves out what is not known. */
function seen(frames: number | undefined, flows: number | undefined, unit?: string): Seen {
  return {
    ...(frames !== undefined && { frames }),
    ...(flows !== undefined && { flows }),
    ...(unit !== undefined && { unit }),
  }
}

/** summary.json of conduitwatch */
export function seenByConduitwatch(stdout: string): Seen {
  const { frames, flows } = JSON.parse(stdout) as { frames: { received: number }; flows: { total: number } }
  return seen(frames.received, flows.total)
}

/** Our C loop's line. */
export function seenByCLoop(stdout: string): Seen {
  return seen(numberOf(stdout, /^frames (\d+)/m), numberOf(stdout, / flows (\d+)/))
}

/** `racount -M proto` of what argus wrote: a sum line of everything, then a line for each protocol (its own status records are `man`). */
export function seenByArgus(racount: string): Seen {
  const [sums, protocols] = racount.split('Protocol Summary')
  let records: number | undefined
  for (const [, proto, count] of (protocols ?? '').matchAll(/^ *(\S+) +(\d+) /gm))
    if (proto !== 'man') records = (records ?? 0) + Number(count)
  return seen(numberOf(sums, /sum +\d+ +(\d+)/), records, 'records')
}

/** The statistics that softflowd prints at the end of a file. */
export function seenBySoftflowd(stdout: string): Seen {
  return seen(numberOf(stdout, /^Packets processed: (\d+)/m), numberOf(stdout, /^Flows expired: (\d+)/m))
}

/** The lines that nfpcapd prints whenever it closes a file, and its total. */
export function seenByNfpcapd(stderr: string): Seen {
  const files = [...stderr.matchAll(/^Ident: .*?Flows: (\d+)/gm)]
  const flows = files.length === 0 ? undefined : files.reduce((sum, [, count]) => sum + Number(count), 0)
  return seen(numberOf(stderr, /^Total: Processed: (\d+)/m), flows, 'one-way records')
}

/** The file that ndpiReader writes: a line of name, packets, bytes and flows for each protocol, tabs between. */
export function seenByNdpi(text: string): Seen {
  const rows = [...text.matchAll(/^[^\t\n]+\t(\d+)\t\d+\t(\d+)$/gm)]
  if (rows.length === 0) return {}
  const sum = (column: 1 | 2): number => rows.reduce((n, row) => n + Number(row[column]), 0)
  return seen(sum(1), sum(2))
}

/** Conversation tables of TShark: frames and bytes of both ways and of the two together. */
export function seenByTshark(stdout: string): Seen {
  let frames = 0
  let flows = 0
  for (const line of stdout.split('\n')) {
    const [, behind] = line.split('<->')
    const total = behind?.match(/[\d,]+ [\d,.]+ *(?:bytes|[kMG]B)/g)?.[2]
    if (total === undefined) continue
    flows++
    frames += numberOf(total, /^([\d,]+)/)!
  }
  return flows === 0 ? {} : seen(frames, flows)
}

/** `tcpdump --count` */
export function seenByTcpdump(stdout: string): Seen {
  return seen(numberOf(stdout, /^(\d+) packets?$/m), undefined)
}

/** The last line of dd, which counts bytes; `size` is what the file has. */
export function wholeFileRead(stderr: string, size: number): boolean {
  return numberOf(stderr, /^(\d+) bytes/m) === size
}
