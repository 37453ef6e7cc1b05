import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeJson, writeJsonLines } from '../../src/sink/json.ts'
import type { LineWriter } from '../../src/sink/line-writer.ts'
import { OutDirectory } from '../../src/sink/out-directory.ts'
import { plantRun } from '../support/plant-run.ts'
import { flow } from '../support/records.ts'

let dir: string
const { summary, findings } = plantRun()
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'conduitwatch-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const lines = (name: string) =>
  readFileSync(join(dir, 'out', name), 'utf8')
    .trimEnd()
    .split('\n')

describe('output directory', () => {
  it('is created, and holds the four files once the run is done', () => {
    const out = new OutDirectory(join(dir, 'out'))
    const { record } = flow({})
    out.flowLine(`${JSON.stringify(record)}\n`)
    for (const finding of findings) out.finding(finding)
    expect(readdirSync(join(dir, 'out')).every(name => name.endsWith('.partial'))).toBe(true)
    out.commit(summary)
    expect(readdirSync(join(dir, 'out')).sort()).toEqual([
      'assets.jsonl',
      'findings.jsonl',
      'flows.jsonl',
      'summary.json',
    ])
    expect(lines('flows.jsonl').map(line => JSON.parse(line))).toEqual([record])
    expect(lines('findings.jsonl')).toHaveLength(findings.length)
    expect(JSON.parse(readFileSync(join(dir, 'out', 'summary.json'), 'utf8'))).toEqual(summary)
  })

  it('refuses to mix with another run unless told to replace it', () => {
    new OutDirectory(join(dir, 'out')).commit(summary)
    writeFileSync(join(dir, 'out', 'notes.txt'), 'mine')
    expect(() => new OutDirectory(join(dir, 'out'))).toThrow(
      `${join(dir, 'out')} holds flows.jsonl of another run; give another directory, or --force to replace it`,
    )
    const out = new OutDirectory(join(dir, 'out'), { force: true })
    out.flowLine(`${JSON.stringify(flow({}).record)}\n`)
    out.commit(summary)
    expect(lines('flows.jsonl')).toHaveLength(1)
    expect(readFileSync(join(dir, 'out', 'notes.txt'), 'utf8')).toBe('mine')
  })

  it('leaves nothing that looks finished when a run is cut, and the old run stands', () => {
    new OutDirectory(join(dir, 'out')).commit(summary)
    const cut = new OutDirectory(join(dir, 'out'), { force: true })
    cut.flowLine(`${JSON.stringify(flow({}).record)}\n`)
    expect(lines('flows.jsonl')).toEqual([''])
    expect(() => new OutDirectory(join(dir, 'out'))).toThrow(/another run/)
    cut.abandon()
    expect(readdirSync(join(dir, 'out')).some(name => name.endsWith('.partial'))).toBe(false)
    expect(existsSync(join(dir, 'out', 'summary.json'))).toBe(true)
  })

  it('names what a run that was killed has left', () => {
    new OutDirectory(join(dir, 'out'))
    expect(() => new OutDirectory(join(dir, 'out'))).toThrow(
      /holds flows\.jsonl\.partial of a run that is still going or was cut short; --force replaces it$/,
    )
  })

  it('says in one sentence what is in the way', () => {
    const file = join(dir, 'file')
    writeFileSync(file, '')
    const inTheWay = (path: string) => () => new OutDirectory(path)
    expect(inTheWay(file)).toThrow(`cannot use ${file} as output directory: it is a file, not a directory`)
    expect(inTheWay(join(file, 'sub'))).toThrow(
      `cannot use ${join(file, 'sub')} as output directory: it is a file, not a directory`,
    )
    mkdirSync(join(dir, 'summary.json.partial'))
    mkdirSync(join(dir, 'taken', 'flows.jsonl.partial'), { recursive: true })
    expect(() => new OutDirectory(join(dir, 'taken'), { force: true })).toThrow(
      `cannot write into ${join(dir, 'taken')}: it is a directory`,
    )
  })

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'says that it may not write there',
    () => {
      chmodSync(dir, 0o500)
      expect(() => new OutDirectory(join(dir, 'out'))).toThrow(
        `cannot use ${join(dir, 'out')} as output directory: permission denied`,
      )
      chmodSync(dir, 0o700)
    },
  )
})

describe('json on standard output', () => {
  const sink = () => {
    let text = ''
    const out = {
      write: (t: string) => (text += t),
      record: (r: object) => (text += `${JSON.stringify(r)}\n`),
      flush: () => {},
    }
    return { out: out as unknown as LineWriter, text: () => text }
  }

  it('is one document for json', () => {
    const { out, text } = sink()
    writeJson(out, summary)
    expect(JSON.parse(text())).toEqual(summary)
  })

  it('is the findings, then the summary, for jsonl', () => {
    const { out, text } = sink()
    writeJsonLines(out, findings, summary)
    const types = text()
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line).type)
    expect(types).toEqual([...findings.map(() => 'finding'), 'summary'])
  })
})
