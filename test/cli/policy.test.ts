import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CommanderError } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { policyCommand } from '../../src/cli/policy.ts'
import { modelOf, TWO_ZONES } from '../support/policy-texts.ts'

const SAMPLE = fileURLToPath(new URL('../policy/sample.yaml', import.meta.url))
const NOW = Date.parse('2026-10-14T10:00:00Z') / 1000

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policy-'))
})
afterAll(() => rm(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** Runs `policy ...` as the command line would; `status` as the process would end with. */
async function run(words: string[], colour = false) {
  const out = { stdout: '', stderr: '', status: -1 }
  const io = {
    stdout: (text: string) => {
      out.stdout += text
    },
    stderr: (text: string) => {
      out.stderr += text
    },
    colour,
    now: () => NOW,
  }
  const command = policyCommand(status => {
    out.status = status
  }, io)
  for (const one of [command, ...command.commands])
    one.exitOverride().configureOutput({ writeErr: io.stderr, writeOut: io.stdout })
  try {
    await command.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    out.status = error.exitCode === 0 ? 0 : 2
  }
  return out
}

describe('policy check', () => {
  it('passes the sample, with its warnings and its expectation', async () => {
    const { stdout, stderr, status } = await run(['check', SAMPLE])
    expect([status, stderr]).toEqual([0, ''])
    const { policyId } = modelOf(readFileSync(SAMPLE, 'utf8'))
    expect(stdout).toContain(
      `no mistakes in ${SAMPLE}: 7 zones, 2 conduits with 6 channels, 1 exception, 9 warnings; policy ${policyId}\n`,
    )
    expect(stdout).toContain('1 of 1 expectation holds\n')
    expect(stdout).toContain('warning: no conduit and no exception names the zone "dmz" [zone.unused]')
  })

  it('shows each mistake with the line, a caret under it, a hint and the other end', async () => {
    const path = file('two.yaml', 'version: 1\nzones:\n  - {id: a, networks: [10.0.0.1/24]}\n  - {id: a}\n')
    const { stdout, stderr, status } = await run(['check', path])
    expect([status, stderr]).toEqual([2, ''])
    expect(stdout.replaceAll(path, 'two.yaml')).toBe(
      `two.yaml:3:24: error: 10.0.0.1/24 is not a network: bits are set behind the first 24 [zone.networks.value]
    3 |   - {id: a, networks: [10.0.0.1/24]}
      |                        ^^^^^^^^^^^
      hint: the network is 10.0.0.0/24; the single address is 10.0.0.1

two.yaml:4:10: error: the name "a" is given to two zones [id.duplicate]
    4 |   - {id: a}
      |          ^
      two.yaml:3:10: the first one stands here
      3 |   - {id: a, networks: [10.0.0.1/24]}
        |          ^

2 mistakes and 0 warnings in two.yaml
`,
    )
  })

  it('fails on an expectation that does not hold, and says why', async () => {
    const expectations = 'expect:\n  - {from: 10.0.2.1, to: 10.0.1.1, service: ssh, verdict: sanctioned}\n'
    const path = file('expect.yaml', TWO_ZONES + expectations)
    const { stdout, status } = await run(['check', path])
    expect(status).toBe(2)
    expect(stdout).toContain(
      'error: sanctioned was expected, and ssh (tcp/22) from 10.0.2.1 to 10.0.1.1 is unsanctioned (no-conduit)',
    )
    expect(stdout).toContain('0 of 1 expectation holds')
  })

  it('looks at the policy as of --at', async () => {
    const over = async (...words: string[]) =>
      (await run(['check', SAMPLE, ...words])).stdout.includes('exception.over')
    expect(await over()).toBe(false)
    expect(await over('--at', '2026-12-31')).toBe(false)
    expect(await over('--at', '2027-01-01')).toBe(true)
    expect(await over('--at', '2026-12-31T23:00:00Z')).toBe(true)
    const wrong = await run(['check', SAMPLE, '--at', 'soon'])
    expect(wrong.status).toBe(2)
    expect(wrong.stderr).toContain('A date like 2026-12-31')
  })

  it('has an answer for scripts', async () => {
    const good = JSON.parse((await run(['check', SAMPLE, '--format', 'json'])).stdout)
    expect(good).toMatchObject({ type: 'policy-check', ok: true, expectations: { total: 1, held: 1 } })
    expect(good.issues).toHaveLength(9)
    const path = file('json.yaml', 'version: 2\nzones: []\n')
    const bad = await run(['check', path, '-f', 'json'])
    expect(bad.status).toBe(2)
    expect(JSON.parse(bad.stdout)).toEqual({
      type: 'policy-check',
      file: path,
      ok: false,
      issues: [
        {
          severity: 'error',
          code: 'value.range',
          line: 1,
          column: 10,
          length: 1,
          message: '"version" is 1, not 2',
        },
        {
          severity: 'error',
          code: 'list.length',
          line: 2,
          column: 8,
          length: 2,
          message: '"zones" needs at least one item, and has none',
        },
      ],
    })
  })

  it('colours only where it is asked to', async () => {
    const path = file('colour.yaml', 'version: 2\nzones: []\n')
    expect((await run(['check', path])).stdout).not.toContain('\u001b')
    expect((await run(['check', path], true)).stdout).toContain('\u001b[')
  })

  it('lets no control character of a policy through to the terminal, and cuts long lines', async () => {
    const path = file(
      'odd.yaml',
      `version: 1\nzones:\n  - {id: a, "\u001b]0;evil\u0007": 1, name: ${'x'.repeat(500)}}\n`,
    )
    const { stdout, status } = await run(['check', path])
    expect(status).toBe(2)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
    const shown = stdout.split('\n').filter(line => line.includes(' | '))
    expect(Math.max(...shown.map(line => line.length))).toBeLessThan(120)
  })

  it('shows 200 mistakes of 200', async () => {
    const zones = Array.from({ length: 200 }, (_, i) => `  - {id: z${i}, networks: [bad${i}]}\n`).join('')
    const { stdout } = await run(['check', file('many.yaml', `version: 1\nzones:\n${zones}`)])
    expect(stdout.match(/ error: /g)).toHaveLength(200)
    expect(stdout).toMatch(/200 mistakes and 0 warnings in \S+\n$/)
  })
})

describe('policy explain', () => {
  const ask = (...words: string[]) => run(['explain', SAMPLE, ...words])

  it('tells verdict, ends and lines', async () => {
    const { stdout, status } = await ask(
      '--from',
      '10.10.2.10',
      '--to',
      '10.10.1.11',
      '--service',
      'modbus',
      '--action',
      'read',
    )
    expect(status).toBe(0)
    const text = readFileSync(SAMPLE, 'utf8').split('\n')
    const at = (piece: string) => `${SAMPLE}:${text.findIndex(line => line.includes(piece)) + 1}`
    expect(stdout).toBe(`sanctioned: modbus (tcp/502) read from 10.10.2.10 to 10.10.1.11
  why        channel "reads" of conduit "C-01" covers it
  originator 10.10.2.10 is in zone supervision: it is "hmi-1"  ${at('id: hmi-1')}
  responder  10.10.1.11 is in zone control: it is "plc-11"  ${at('id: plc-11')}
  decided by channel "reads" of conduit "C-01"  ${at('id: reads')}
             conduit "C-01"  ${at('id: C-01')}
`)
  })

  it('tells the nearest miss', async () => {
    const { stdout, status } = await ask(
      '--from',
      '10.10.2.10',
      '--to',
      '10.10.1.11',
      '--service',
      'modbus',
      '--action',
      'write',
    )
    expect(status).toBe(0)
    expect(stdout).toMatch(/^unsanctioned \(action\): modbus \(tcp\/502\) write from/)
    expect(stdout).toContain(
      'nearest    channel "reads" of conduit "C-01" fails in action (covers read only)',
    )
  })

  it('takes the moment, the VLAN, the MAC and the source port', async () => {
    const verdict = async (...words: string[]) => (await ask(...words)).stdout.split(':')[0]
    const vendor = ['--from', '10.66.0.1', '--to', '10.10.1.11', '--service', 's7comm']
    expect(await verdict(...vendor)).toBe('exception')
    expect(await verdict(...vendor, '--at', '2027-01-01')).toBe('unsanctioned (expired)')
    const skid = ['--from', '192.168.0.1', '--to', '192.168.0.2', '--service', 'ssh']
    expect(await verdict(...skid)).toBe('undetermined (context-unknown)')
    expect(await verdict(...skid, '--vlan', '201')).toBe('intra-zone')
    const bare = ['--from', '169.254.0.9', '--to', '10.10.1.11', '--service', 'ssh']
    expect(await verdict(...bare)).toBe('unzoned')
    expect(await verdict(...bare, '--mac', '00:80:f4:0a:0b:0c')).toBe('unsanctioned (service)')
    expect(await verdict(...bare, '--src-port', '20')).toBe('unzoned')
  })

  it('has an answer for scripts', async () => {
    const { stdout } = await ask('--from', '10.10.2.10', '--to', '8.8.8.8', '--service', 'dns', '-f', 'json')
    const answer = JSON.parse(stdout)
    expect(answer).toMatchObject({
      type: 'policy-explanation',
      service: 'dns',
      answers: [{ verdict: 'unsanctioned', asked: ['tcp/53', 'udp/53'] }],
    })
  })

  it.each([
    [['--from', '10.10.2.10', '--to', '10.10.1.11'], '--service'],
    [
      ['--from', 'hmi', '--to', '10.10.1.11', '--service', 'ssh'],
      '"hmi" is neither an address nor a MAC address',
    ],
    [['--from', '10.10.2.10', '--to', '10.10.1.11', '--service', 'sssh'], 'there is no service "sssh"'],
    [
      ['--from', '10.10.2.10', '--to', '10.10.1.11', '--service', 'ssh', '--action', 'look'],
      'Allowed choices are',
    ],
    [
      ['--from', '10.10.2.10', '--to', '10.10.1.11', '--service', 'ssh', '--vlan', '5000'],
      'A VLAN is a number',
    ],
    [
      ['--from', '10.10.2.10', '--to', '10.10.1.11', '--service', 'ssh', '--mac', '1'],
      'A MAC address is six pairs',
    ],
    [
      ['--from', '10.10.2.10', '--to', '10.10.1.11', '--service', 'ssh', '--src-port', 'x'],
      'A port is a number',
    ],
  ])('refuses %j', async (words, sentence) => {
    const { status, stderr, stdout } = await ask(...words)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(sentence)
  })

  it('tells the mistakes of a policy that has some', async () => {
    const path = file('bad.yaml', 'version: 1\nzones: []\n')
    const { status, stderr, stdout } = await run([
      'explain',
      path,
      '--from',
      '10.0.0.1',
      '--to',
      '10.0.0.2',
      '--service',
      'ssh',
    ])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('"zones" needs at least one item')
  })
})

describe('policy schema', () => {
  it('is one JSON document', async () => {
    const { stdout, status } = await run(['schema'])
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
    })
  })
})
