import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { judge } from '../../captures/golden.ts'
import { conversations, endsOf, traffic } from '../../captures/protocols/make.ts'
import { PROTOCOLS } from '../../src/app/table.ts'
import { SERVICES, serviceAtPort } from '../../src/net/ports.ts'
import { checkPolicy } from '../../src/policy/check.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import type { FlowRecord } from '../../src/records.ts'
import { run } from '../../src/run.ts'

const folder = join(import.meta.dirname, '..', '..', 'captures', 'protocols')
const PROTO = { tcp: 6, udp: 17 } as const
const over = (transport: string) =>
  PROTOCOLS.filter(({ id }) => (transport === 'ethernet') === (conversations.get(id)?.over === 'ethernet'))

/**
 * Protocols that nothing but their port makes certain, and why: at another one they are not recognised. Where bytes can do it
 * after all, the name must go.
 */
const BY_PORT_ONLY: Readonly<Record<string, string>> = {
  'ge-srtp': 'a connection opens with 56 zeroes and is answered with all but zeroes',
  mdns: 'its messages are those of DNS, which is what they are taken for',
  llmnr: 'its messages are those of DNS, which is what they are taken for',
  teamviewer: 'two bytes are all that is known of it',
  ptp: 'four bytes and lengths are too little to be certain of among all datagrams',
}

/** What is said of a protocol in the README's table: where, service, actions, refusals, verdict. */
function rowOf(id: string, service: string): string[] {
  const { over, port, actions, refused = {} } = conversations.get(id)!
  const where = over === 'ethernet' ? `ethertype 0x${port.toString(16)}` : `${over} ${port}`
  const counts = (of: Record<string, number>): string =>
    Object.entries(of)
      .map(([action, count]) => `${action} ${count}`)
      .join(', ')
  const name = over === 'ethernet' ? service : serviceAtPort(service, PROTO[over], port)
  return [id, where, name, counts(actions), counts(refused)]
}

/** Records of the conversation of a protocol: one, or one for each group and direction where there is no IP. */
function recordsOf(flows: readonly FlowRecord[], id: string): FlowRecord[] {
  const { macs } = conversations.get(id)!
  const { client } = endsOf(id)
  return flows.filter(({ final, orig_addr, resp_addr, orig_mac = '' }) =>
    final && macs === undefined
      ? orig_addr === client || resp_addr === client
      : orig_addr === undefined && [macs!.client, macs!.server].includes(orig_mac),
  )
}

/** Counts of all records together, without the service before each action. */
function summed(records: readonly FlowRecord[], key: 'actions' | 'actions_refused'): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const record of records)
    for (const [name, count] of Object.entries(record[key] ?? {})) {
      const action = name.slice(name.indexOf(':') + 1)
      sum[action] = (sum[action] ?? 0) + count
    }
  return sum
}

test('every protocol of the table has a conversation, and there is none of another', () => {
  const files = readdirSync(join(folder, 'conversations')).map(name => name.slice(0, -'.ts'.length))
  expect(files.sort()).toEqual(PROTOCOLS.map(({ id }) => id).sort())
})

test('the README has a row for every protocol, in the order of the table', () => {
  const lines = readFileSync(join(folder, 'README.md'), 'utf8').split('\n')
  const rows = lines.filter(line => line.startsWith('|')).slice(2)
  const cells = rows.map(row =>
    row
      .split('|')
      .slice(1, 6)
      .map(cell => cell.trim()),
  )
  expect(cells).toEqual(PROTOCOLS.map(({ id, service }) => rowOf(id, service)))
})

test('the README names those that only their port tells, and why', () => {
  const text = readFileSync(join(folder, 'README.md'), 'utf8')
  const named = [...text.matchAll(/^- `([a-z0-9-]+)`: (.*)$/gm)].map(([, id, why]) => [id, why])
  expect(Object.fromEntries(named)).toEqual(BY_PORT_ONLY)
})

describe('at its usual place', () => {
  let flows: FlowRecord[]
  beforeAll(async () => {
    flows = (await judge('protocols', ['traffic.pcap'])).flows
  })

  it.each(PROTOCOLS.map(({ id, service }) => [id, service]))('%s is recognised and read', (id, service) => {
    const { over, port, actions, refused = {} } = conversations.get(id)!
    const records = recordsOf(flows, id)
    const name = over === 'ethernet' ? service : serviceAtPort(service, PROTO[over], port)
    expect(records.length).toBeGreaterThan(0)
    expect(new Set(records.map(record => record.service))).toEqual(new Set([name]))
    for (const { service_how } of records) expect(['parsed', 'structure']).toContain(service_how)
    expect(summed(records, 'actions')).toEqual(actions)
    expect(summed(records, 'actions_refused')).toEqual(refused)
  })

  it.each(over('ip').map(({ id }) => [id]))('%s: the client is who opened it', id => {
    expect(recordsOf(flows, id).map(record => record.orig_addr)).toEqual([endsOf(id).client])
  })
})

describe('where nobody expects it', () => {
  let flows: FlowRecord[]
  beforeAll(async () => {
    flows = (await judge('protocols', ['elsewhere.pcap'])).flows
  })

  it.each(over('ip').map(({ id, service }) => [id, service]))(
    '%s is recognised all the same',
    (id, service) => {
      const records = recordsOf(flows, id)
      expect(records.map(record => [record.orig_port, record.resp_port])).toContainEqual([
        expect.any(Number),
        endsOf(id).elsewhere,
      ])
      const services = new Set(records.map(record => record.service))
      if (BY_PORT_ONLY[id] !== undefined) expect(services).not.toContain(service)
      else {
        expect(services).toEqual(new Set([service]))
        for (const { service_how } of records) expect(['parsed', 'structure']).toContain(service_how)
      }
    },
  )
})

/** Protocols that cannot be told from segments that end anywhere, and why. */
const BY_WHOLE_SEGMENTS: Readonly<Record<string, string>> = {
  'melsec-1e': 'its frames state no length: what comes in one segment is taken for one',
}

describe('in small segments', () => {
  /** industrial protocols over TCP */
  const industrial = PROTOCOLS.filter(
    ({ id, service }) =>
      conversations.get(id)!.over === 'tcp' && SERVICES.find(one => one.id === service)?.ot === true,
  )
  /** those whose conversations do more than look */
  const doers = industrial.filter(({ id }) =>
    ['write', 'control', 'program'].some(action => action in conversations.get(id)!.actions),
  )
  const readOnly = `version: 1
site: Reads only
zones:
  - { id: clients, level: 2, networks: [10.60.1.0/24], owner: x, rationale: x, sl_t: 1 }
  - { id: servers, level: 1, networks: [10.60.2.0/24], owner: x, rationale: x, sl_t: 1 }
conduits:
  - id: C-01
    from: clients
    to: servers
    owner: x
    rationale: x
    channels:
${[...new Set(doers.map(({ service }) => service))].map(id => `      - { id: ${id}, service: ${id}, actions: [read, session, discover, diagnose, report] }`).join('\n')}
`
  const scratch = mkdtempSync(join(tmpdir(), 'conversations-'))
  afterAll(() => rmSync(scratch, { recursive: true }))

  describe.each([1460, 64, 16, 7, 3, 1])('of %i bytes', size => {
    const flows: FlowRecord[] = []
    beforeAll(async () => {
      const file = join(scratch, `${size}.pcap`)
      writeFileSync(file, traffic(size))
      const { model, issues } = checkPolicy(readOnly, 'site.yaml')
      expect(issues.filter(issue => issue.severity === 'error')).toEqual([])
      await run({
        captures: [file],
        version: '0.0.0',
        policy: compilePolicy(model!),
        withLines: { jsonl: true },
        onLines: line => flows.push(JSON.parse(line)),
      })
    })

    it('what writes or commands never passes for reading', () => {
      const verdicts = doers.map(({ id }) => [id, recordsOf(flows, id).map(record => record.verdict)])
      const passed = verdicts.filter(([, said]) => said.length !== 1 || said.includes('sanctioned'))
      expect(passed).toEqual([])
      expect(doers.length).toBeGreaterThan(15)
    })

    it('what each protocol does is known as in whole ones', () => {
      const wrong = industrial.filter(({ id, service }) => {
        const records = recordsOf(flows, id)
        const { port, actions, refused = {} } = conversations.get(id)!
        const isKnown =
          records[0].service === serviceAtPort(service, PROTO.tcp, port) &&
          records[0].service_how === 'parsed'
        const counts = [summed(records, 'actions'), summed(records, 'actions_refused')]
        return !isKnown || !isDeepStrictEqual(counts, [actions, refused])
      })
      const names = wrong.map(({ id }) => id)
      expect(names).toEqual(names.filter(id => size < 1460 && BY_WHOLE_SEGMENTS[id] !== undefined))
    })
  })
})
