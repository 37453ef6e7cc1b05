import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommanderError } from 'commander'
import { afterAll, describe, expect, it } from 'vitest'
import { type Diagnosis, diagnosisText, doctorCommand } from '../../src/cli/doctor.ts'
import type { InterfaceIo } from '../../src/cli/interfaces.ts'
import { fitness } from '../../src/live/fitness.ts'
import { quietRules } from '../../src/live/quiet-rules.ts'
import { erspan, ethernet, ipv4, udp } from '../live/interface-frames.ts'
import { healthy } from '../live/interface-healthy.ts'
import { run as runProcess, useInterfaceLab } from '../live/interface-lab.ts'
import { scratch } from '../support/command.ts'

const COMMANDS = new URL('./interface-commands.ts', import.meta.url).pathname
const folder = scratch()
afterAll(folder.remove)

/** Runs `doctor ...` as the command line would. */
async function run(words: string[], changes: Partial<InterfaceIo> = {}) {
  const out = { stdout: '', stderr: '', status: -1 }
  const io: InterfaceIo = {
    stdout: text => {
      out.stdout += text
    },
    stderr: text => {
      out.stderr += text
    },
    colour: false,
    platform: 'linux',
    release: '6.1.0',
    afterOpening: () => {},
    ...changes,
  }
  const command = doctorCommand(status => {
    out.status = status
  }, io)
  command.exitOverride().configureOutput({ writeErr: io.stderr, writeOut: io.stdout })
  try {
    await command.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    out.status = error.exitCode === 0 ? 0 : 2
  }
  return out
}

const diagnosis = (changes: Partial<Diagnosis> = {}): Diagnosis => {
  const facts = changes.facts ?? healthy()
  const mode = changes.mode ?? 'mirror'
  return {
    facts,
    mode,
    hearing: { notTried: 'not asked for', lacksRights: false },
    mayListen: true,
    notes: fitness(facts, mode),
    rules: quietRules(facts.name, mode, '6.1.0'),
    model: undefined,
    ...changes,
  }
}

describe('a diagnosis as people read it', () => {
  it('says that an interface is fit, and how to keep it silent', () => {
    const text = diagnosisText(diagnosis(), false)
    expect(text).toContain('eth1 is fit as a mirror port.')
    expect(text).toContain('To make sure that nothing leaves through eth1;')
    expect(text).toContain("nft -f - <<'END'\ntable netdev conduitwatch-eth1\n")
    expect(text.endsWith('}\nEND\n')).toBe(true)
  })

  it('in mode terminated says what may leave, and who is cut off', () => {
    const address = { version: 4 as const, text: '10.9.9.1', prefix: 24, isLinkLocal: false }
    const text = diagnosisText(
      diagnosis({ mode: 'terminated', facts: healthy({ addresses: [address] }) }),
      false,
    )
    expect(text.replace(/\s+/g, ' ')).toContain(
      'nothing but ARP and neighbour discovery leaves through eth1 (whoever is logged in there is cut off)',
    )
    expect(text).toContain('Should be fixed, for eth1 as the end of a wrapped mirror:')
  })

  it('on an old kernel says what its rules do not reach', () => {
    const rules = quietRules('eth1', 'mirror', '5.10.0')
    expect(diagnosisText(diagnosis({ rules }), false).replace(/\s+/g, ' ')).toContain(
      'frames without IP are not held back',
    )
  })
})

describe('the command', () => {
  it.each([
    [['x.pcap'], 'captures are not examined yet'],
    [[], 'which interface?'],
    [['-i', 'nobody-0', '--listen', '0'], 'there is no interface nobody-0; there are lo'],
    [['-i', 'lo', '-p', '/no/such/policy'], 'cannot read the policy'],
  ])('%j is refused in one sentence', async (words, sentence) => {
    if (words[1] === 'nobody-0' && process.platform !== 'linux') return
    const { status, stdout, stderr } = await run(words)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(sentence)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it('says where interfaces cannot be watched', async () => {
    const { status, stderr } = await run(['-i', 'en0'], { platform: 'darwin' })
    expect([status, stderr]).toEqual([2, 'conduitwatch: interfaces can be watched on Linux only\n'])
  })

  it.skipIf(process.platform !== 'linux')('never finds the loopback interface fit (Linux)', async () => {
    const { status, stdout } = await run(['-i', 'lo', '--listen', '0'])
    expect(status).toBe(1)
    expect(stdout).toContain('lo is the loopback interface')
    expect(stdout).not.toContain('nft')
  })
})

describe('in a namespace of its own', () => {
  const lab = useInterfaceLab()
  const [a, b, mine, span] = ['0a', '0b', '01', '05'].map(end => `02:00:00:00:00:${end}`)
  const talk = (dst: string, src: string, tags: number[] = []): number[] =>
    ethernet(dst, src, 0x0800, ipv4('10.1.0.1', '10.1.0.2', 17, udp(502, [1])), tags)
  const bytes = (...frames: number[][]): Uint8Array[] => frames.map(frame => Uint8Array.from(frame))

  it('finds a mute mirror port fit, and sends nothing while it looks', async () => {
    const { status, stdout } = await lab.ask(
      ['doctor', '-i', 'mir0', '--listen', '1'],
      bytes(talk(a, b, [110]), talk(b, a)),
    )
    expect(status).toBe(0)
    expect(stdout).toContain('mir0 is fit as a mirror port.')
    expect(stdout).toContain('rights     CAP_NET_RAW is there')
    expect(stdout).toMatch(/VLANs {6}.*110 \(\d+ frames?\)/)
    expect(stdout).toContain('sent       nothing; the interface counted 0 frames')
    expect(lab.sent()).toBe(0)
  })

  it('names what a port with an address sends when it is asked', async () => {
    lab.ip('link', 'set', 'mir0', 'address', mine)
    lab.ip('addr', 'add', '10.9.9.1/24', 'dev', 'mir0')
    lab.ip('neigh', 'add', '10.9.9.2', 'lladdr', a, 'dev', 'mir0')
    const echo = ethernet(mine, a, 0x0800, ipv4('10.9.9.2', '10.9.9.1', 1, [8, 0, 0xf7, 0xff, 0, 0, 0, 0]))
    const { status, stdout } = await lab.ask(
      ['doctor', '-i', 'mir0', '-f', 'json', '--listen', '1'],
      bytes(echo, talk(a, b)),
    )
    const { notes, heard } = JSON.parse(stdout)
    expect(status).toBe(1)
    expect(notes.map(({ code }: { code: string }) => code).slice(0, 2)).toEqual(['sends', 'address'])
    expect(Object.keys(heard.sent)).toEqual(['ICMP echo reply'])
    expect(heard.tx_growth).toBeGreaterThan(0)
  })

  it('takes the mode from the policy, and knows a tap by its address', async () => {
    lab.ip('link', 'set', 'mir0', 'address', mine, 'mtu', '2000')
    lab.ip('addr', 'add', '10.9.9.1/24', 'dev', 'mir0')
    lab.inSensor(['nft', '-f', '-'], quietRules('mir0', 'terminated', '6.1.0')!.text)
    const policy = join(folder.path, 'site.yaml')
    writeFileSync(
      policy,
      `version: 1
taps: [{id: esx-a, type: erspan, source: 10.10.99.21, destination: 10.9.9.1, session: 12}]
zones: [{id: control, networks: [10.1.0.0/16], vlans: [110]}]
`,
    )
    const wrapped = (dst: string, src: string): number[] =>
      ethernet(mine, span, 0x0800, ipv4('10.10.99.21', '10.9.9.1', 47, erspan(12, 110, talk(dst, src))))
    const { status, stdout, stderr } = await lab.ask(
      ['doctor', '-i', 'mir0', '-p', policy, '--listen', '1'],
      bytes(wrapped(a, b), wrapped(b, a)),
    )
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain('mir0 is fit as the end of a wrapped mirror.')
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /ERSPAN session 12 from 10.10.99.21 to 10.9.9.1 \(this interface\): \d+ frames?, declared as tap esx-a/,
    )
    expect(stdout).toContain('of 1 pair of machines 1 in both')
  })

  it('ends in time when the interface goes away while it looks, without asking again and again', async () => {
    const asked = lab.ask(['doctor', '-i', 'mir0', '-f', 'json', '--listen', '3'], bytes(talk(a, b)))
    await expect.poll(() => lab.isListenedTo(), { timeout: 20_000 }).toBe(true)
    lab.ip('link', 'del', 'mir0')
    const { status, stdout, stderr } = await asked
    expect([status, stderr]).toEqual([1, ''])
    expect(JSON.parse(stdout).notes.map(({ code }: { code: string }) => code)).toContain('gone')
  })

  it('without the capability tells what can be read, how to get it, and ends with 2', () => {
    const words = ['ip', 'netns', 'exec', lab.sensor, 'setpriv', '--bounding-set=-net_raw', '--inh-caps=-all']
    const { status, stdout, stderr } = runProcess(
      [...words, process.execPath, COMMANDS, 'doctor', '-i', 'mir0', '--listen', '1'],
      '',
      true,
    )
    expect(status).toBe(2)
    expect(stdout).toContain('rights     CAP_NET_RAW is missing')
    expect(stdout).toContain('listened   not tried: needs CAP_NET_RAW')
    expect(stderr).toMatch(
      /^conduitwatch: listening needs the capability CAP_NET_RAW: .*setcap.*AmbientCapabilities.*--cap-add.*\n$/,
    )
  })
})
