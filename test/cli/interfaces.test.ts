import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { Census } from '../../src/cli/census.ts'
import { speedText } from '../../src/cli/interface-text.ts'
import { candidatesText, type InterfaceIo, interfacesCommand } from '../../src/cli/interfaces.ts'
import type { Hearing } from '../../src/cli/listening.ts'
import { hasNetRaw, netRawAdvice } from '../../src/live/capabilities.ts'
import { fitness } from '../../src/live/fitness.ts'
import type { InterfaceFacts } from '../../src/live/interface-facts.ts'
import { Burst } from '../../src/shared/burst.ts'
import { ethernet, ipv4, udp } from '../live/interface-frames.ts'
import { healthy } from '../live/interface-healthy.ts'
import { run as runProcess, useInterfaceLab } from '../live/interface-lab.ts'

const noRights: Hearing = { notTried: 'needs CAP_NET_RAW', lacksRights: true }

/** Runs `interfaces ...` as the command line would. */
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
    platform: process.platform,
    release: '6.1.0',
    afterOpening: () => {},
    ...changes,
  }
  const command = interfacesCommand(status => {
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

const text = (facts: InterfaceFacts, hearing: Hearing = noRights): string =>
  candidatesText([{ facts, hearing, notes: fitness(facts, 'mirror') }], 'mirror', false)

describe('the list as people read it', () => {
  it('tells a fit interface in a few lines, and how to get the capability', () => {
    expect(text(healthy())).toBe(`1 interface; fit as a mirror port without a change: eth1

eth1  ixgbe (0000:03:00.1), 10 Gbit/s full duplex, MTU 1500, up
  addresses  MAC 02:00:00:00:00:01; no IP address; IPv6 off
  offloads   GRO off, GRO in hardware off, LRO off, VLAN stripping on (tags are put back), rx
             checksum on
  adapter    room for 4096 of at most 4096 frames
  counters   12,345 received, 0 missed, 0 dropped, 0 damaged; 0 sent
  unicast    not tried: needs CAP_NET_RAW
  fit        nothing to fix

Nothing was listened for: ${netRawAdvice(process.execPath)}.
`)
  })

  it('tells what is to be fixed, with a command in one piece', () => {
    const gro = { isOn: true, isFixed: false }
    const long = healthy({ offloads: { gro, lro: gro, groHw: gro }, isRunning: false })
    const lines = text(long).split('\n')
    expect(lines[0]).toBe('1 interface; fit as a mirror port without a change: none')
    expect(lines).toContain('  fix        ethtool -K eth1 gro off lro off rx-gro-hw off')
    expect(lines.some(line => line.startsWith('  high       eth1 is up, but its other end is not'))).toBe(
      true,
    )
    expect(lines.slice(0, -2).every(line => line.length <= 100)).toBe(true)
  })

  it('tells whether frames between others are seen', () => {
    const facts = healthy()
    const heard = (frames: number[][]): Hearing => {
      const burst = new Burst(Uint8Array.from(frames.flat()))
      frames.forEach((frame, i) => {
        burst.offset[i] = frames.slice(0, i).flat().length
        burst.captured[i] = burst.wire[i] = frame.length
      })
      burst.count = frames.length
      const census = new Census(facts)
      census.take(burst)
      return { seconds: 2, census, lost: 0, txGrowth: 0, isGone: false }
    }
    const frame = (dst: string, src: string): number[] =>
      ethernet(dst, src, 0x0800, ipv4('10.1.0.1', '10.1.0.2', 17, udp(502, [1])))
    const [a, b] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b']
    expect(text(facts, heard([]))).toContain('not seen: no frame came in 2 s')
    expect(text(facts, heard([frame('ff:ff:ff:ff:ff:ff', a)]))).toContain('not seen: of 1 frame in 2 s none')
    expect(text(facts, heard([frame(a, b), frame(b, a)])).replace(/\s+/g, ' ')).toContain(
      'seen: 2 of 2 frames in 2 s (100 %); of 1 pair of machines 1 in both directions',
    )
  })

  it.each([
    [-1, 'speed unknown'],
    [100, '100 Mbit/s'],
    [2500, '2.5 Gbit/s'],
    [40_000, '40 Gbit/s'],
  ])('a speed of %s is "%s"', (speed, words) => {
    expect(speedText(speed)).toBe(words)
  })
})

describe('the command', () => {
  it('says where interfaces cannot be watched', async () => {
    const { status, stderr } = await run([], { platform: 'darwin' })
    expect([status, stderr.split('\n').length]).toEqual([2, 2])
    expect(stderr).toContain('Linux only')
  })

  it('refuses what is no number of seconds and no mode', async () => {
    for (const words of [['--listen', '-1'], ['--listen', 'x'], ['--mode', 'both'], ['eth0']])
      expect((await run(words)).status).toBe(2)
  })

  it.skipIf(process.platform !== 'linux')(
    'lists the interfaces of this machine, loopback last (Linux)',
    async () => {
      const { status, stdout, stderr } = await run(['-f', 'json', '--listen', '0'])
      expect([status, stderr]).toEqual([0, ''])
      const { type, mode, interfaces } = JSON.parse(stdout)
      expect([type, mode]).toEqual(['interfaces', 'mirror'])
      const lo = interfaces.at(-1)
      expect(lo).toMatchObject({ name: 'lo', loopback: true, fit: false, heard: { tried: false } })
      expect(lo.notes.map(({ code }: { code: string }) => code)).toEqual(['loopback'])
    },
  )
})

describe('the capability', () => {
  it.each([
    ['CapInh:\t0000000000000000\nCapEff:\t0000000000002000\n', true],
    ['CapEff:\t000001ffffffffff\n', true],
    ['CapPrm:\t0000000000002000\nCapEff:\t0000000000001000\n', false],
    ['', false],
  ])('is read from %j', (status, expected) => {
    expect(hasNetRaw(status)).toBe(expected)
  })
})

describe('in a namespace of its own', () => {
  const lab = useInterfaceLab()
  const mac = ['02:00:00:00:00:0a', '02:00:00:00:00:0b']
  const frames = [0, 1].map(i =>
    Uint8Array.from(
      ethernet(mac[i], mac[1 - i], 0x0800, ipv4('10.1.0.1', '10.1.0.2', 17, udp(502, [1])), [110]),
    ),
  )

  it('hears both directions, with the tags the kernel takes out, and sends nothing', async () => {
    const before = lab.sent()
    const { status, stdout } = await lab.ask(['interfaces', '-f', 'json', '--listen', '1'], frames)
    expect(status).toBe(0)
    const [{ name, fit, heard }] = JSON.parse(stdout).interfaces
    expect([name, fit]).toEqual(['mir0', true])
    expect(heard).toMatchObject({
      unicast_seen: true,
      lost: 0,
      pairs: 1,
      pairs_both_ways: 1,
      sent: {},
      tx_growth: 0,
    })
    expect(Object.keys(heard.vlans)).toEqual(['110'])
    expect(heard.frames).toBeGreaterThan(1)
    expect(lab.sent()).toBe(before)
  })

  it('without the capability lists all the same, and says how to get it', () => {
    const { status, stdout } = runProcess([
      'ip',
      'netns',
      'exec',
      lab.sensor,
      'setpriv',
      '--bounding-set=-net_raw',
      '--inh-caps=-all',
      process.execPath,
      new URL('./interface-commands.ts', import.meta.url).pathname,
      'interfaces',
      '--listen',
      '1',
    ])
    expect(status).toBe(0)
    expect(stdout).toContain('unicast    not tried: needs CAP_NET_RAW')
    expect(stdout).toContain('Nothing was listened for: listening needs the capability CAP_NET_RAW')
  })
})
