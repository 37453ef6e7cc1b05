import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { judgedScenarios } from '../../captures/make.ts'
import { ROOT } from '../support/command.ts'
import { until } from './lab/command.ts'
import { mirrorToPort } from './lab/mirror.ts'
import type { Interface } from './lab/namespace.ts'
import { type Guest, OpenvSwitch } from './lab/openvswitch.ts'
import { replay } from './lab/traffic.ts'
import { useLab } from './lab/use-lab.ts'
import { Wire } from './lab/wire.ts'
import { type Answer, analyzed, assetsIn, assetsOf, findingsOf, flowsOf, seenIn } from './support/answers.ts'
import { Beside } from './support/beside.ts'
import { type Watched, Watching } from './support/watching.ts'

const CAPTURES = join(ROOT, 'captures')
const scenarios = judgedScenarios()

/** Scenarios of several files, in the order in which they were recorded. */
const FILES: Record<string, string[]> = { damaged: ['cut.pcap', 'block.pcapng'] }

/** Scenarios that come to something else when they are played today, and at once. */
const OF_THEIR_TIME: Record<string, string> = {
  'bacnet-whois': 'some of the answers to a group come long after the question',
  'clean-plant': 'channels have hours',
  exceptions: 'they end while it was recorded',
  'forbidden-write': 'an exception ends',
  'hidden-write': 'frames that were cut come again as shorter ones',
  'it-to-plc': 'an exception ends',
  'port-scan': 'one of the scans is too slow to be seen as one',
}
/** A vote on mirrors takes more frames than it has: it is played several times, below. */
const NOT_ENOUGH_FRAMES = 'vxlan-mirror'

const policyOf = (name: string): string => join(CAPTURES, name, 'site.yaml')
const filesOf = (name: string): string[] =>
  (FILES[name] ?? readdirSync(join(CAPTURES, name)).filter(file => /\.pcap(ng)?$/.test(file))).map(file =>
    join(CAPTURES, name, file),
  )

let runs = 0

/** Packet sockets that take in frames in the namespace of an interface: the sixth column of /proc/net/packet says whether. */
const listening = ({ namespace }: Interface): number =>
  namespace
    .run(['cat', '/proc/net/packet'])
    .split('\n')
    .filter(line => line.trim().split(/\s+/)[5] === '1').length

/** What `analyze` makes of files, in a folder of its own. */
const analyze = (files: readonly string[], policy: string, on: Interface): Answer & { folder: string } => {
  const folder = join(on.namespace.lab.folder, `analyzed${++runs}`)
  return { ...analyzed(files, policy, folder), folder }
}

/** Holds a run against what `analyze` said. */
function expectSame(live: Watched & { out: string }, file: Answer & { folder: string }): void {
  expect(findingsOf(live.findings)).toEqual(findingsOf(file.findings))
  expect(flowsOf(live.flows)).toEqual(flowsOf(file.flows))
  expect(assetsOf(assetsIn(live.out))).toEqual(assetsOf(assetsIn(file.folder)))
  expect(seenIn(live)).toEqual(seenIn(file))
}

describe('a capture played onto the wire', () => {
  let wire: Wire
  const used = useLab('wire')
  used.prepare(lab => {
    // frames may be as long as they were recorded
    wire = new Wire(lab, { mtu: 65535 })
  })

  it.each(scenarios.filter(name => name !== NOT_ENOUGH_FRAMES))('is judged as in a file: %s', async name => {
    const policy = policyOf(name)
    const beside = await Beside.begin(wire.sensor)
    const watching = await Watching.begin(wire.sensor, { policy, withFlows: true })
    let sent = 0
    for (const file of filesOf(name)) sent += (await replay(wire.sender, file)).frames
    await beside.end(sent)
    const live = { ...(await watching.stop()), out: watching.out! }
    expect(live.flows.length).toBeGreaterThan(0)
    expectSame(live, analyze([beside.path], policy, wire.sensor))
    if (name in OF_THEIR_TIME) return
    expectSame(live, analyze(filesOf(name), policy, wire.sensor))
  })

  it('is recognised as a mirror in a tunnel nobody declared, by the frames it begins with', async () => {
    const policy = policyOf(NOT_ENOUGH_FRAMES)
    const beside = await Beside.begin(wire.sensor)
    const watching = Watching.start(wire.sensor, { policy, withFlows: true })
    await until('a second socket', () => listening(wire.sensor) >= 2)
    const [file] = filesOf(NOT_ENOUGH_FRAMES)
    const { frames } = await replay(wire.sender, file, { times: 3 })
    await watching.says(/watching/)
    await beside.end(frames)
    const live = { ...(await watching.stop()), out: watching.out! }
    expect(live.summary.tunnels).toEqual({
      total: 0,
      verdicts: {},
      mirror_wrapping: ['vxlan 10.36.250.40 -> 10.36.250.9'],
    })
    expectSame(live, analyze([beside.path], policy, wire.sensor))
  })
})

describe('a capture played by a guest', () => {
  let network: OpenvSwitch
  let player: Guest
  const used = useLab('switch')
  used.prepare(lab => {
    network = new OpenvSwitch(lab)
    player = network.guest('player')
  })

  it.each(['ssh-to-hmi', 'it-to-plc', 'tunnel-6in4'])('is judged as in a file: %s', async name => {
    const policy = policyOf(name)
    const { sensor, remove } = mirrorToPort(network)
    const beside = await Beside.begin(sensor)
    const watching = await Watching.begin(sensor, { policy, withFlows: true })
    const { frames } = await replay(player.inside, filesOf(name)[0], { rate: 2000 })
    await beside.end(frames)
    remove()
    const live = { ...(await watching.stop()), out: watching.out! }
    expectSame(live, analyze([beside.path], policy, sensor))
    if (name in OF_THEIR_TIME) return
    // a switch takes in some frames at a time and sorts them by flow: histories may differ
    const file = analyze(filesOf(name), policy, sensor)
    expect(findingsOf(live.findings)).toEqual(findingsOf(file.findings))
    expect(seenIn(live)).toEqual(seenIn(file))
  })
})
