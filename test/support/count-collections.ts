import { PerformanceObserver, performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { Dispatcher } from '../../src/dispatch/dispatcher.ts'
import { MirrorProbe } from '../../src/dispatch/mirror-probe.ts'
import { frameCounts } from '../../src/engine/outcome.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { Shard } from '../../src/shard/shard.ts'
import { Batch, LaneMemory } from '../../src/shared/batch.ts'
import type { SeenPlace } from '../../src/shared/seen-place.ts'
import { makeModel } from './policy-models.ts'
import { burstsOf, LIMITS } from './shard-run.ts'
import { goOn, steadyTraffic } from './steady-traffic.ts'

/**
 * A program of its own, for a process of its own: feeds frames of known flows to a shard and prints how many garbage
 * collections fell between two marks, as JSON. Arguments: the kinds of frames (see `steadyTraffic`), `general` or
 * `short`, the number of frames, and `control` for a loop that allocates a little for every burst on purpose.
 */
const [kind, way, count, control] = process.argv.slice(2)
const frames = Number(count)

const policy = compilePolicy(
  makeModel({
    zones: [
      { id: 'hmi', networks: ['10.0.2.0/24', 'fd00:2::/64'], vlans: [120] },
      { id: 'plc', networks: ['10.0.1.0/24', 'fd00:1::/64'], vlans: [110] },
      { id: 'skid', networks: ['192.168.0.0/24'], context: { vlans: [201] } },
    ],
    conduits: [
      {
        id: 'C-1',
        from: 'hmi',
        to: 'plc',
        channels: [{ what: 'modbus' }, { what: 'udp/161', hours: [0, 1380] }],
      },
    ],
    exceptions: [{ id: 'EX-1', from: 'plc', to: 'hmi', what: 'ssh', expires: '2026-11-30T00:00:00Z' }],
  }),
)
const traffic = steadyTraffic(kind)
const [burst] = burstsOf(traffic)
const next = goOn(burst.bytes, burst.offset, traffic)
const probe = new MirrorProbe()
probe.look(burst, () => 1)
let records = 0
const ports = [{ linkType: 1, capture: 'steady.pcap' }]
const places: SeenPlace[] = []
const lanes = new LaneMemory(1, 1, 256)
const dispatcher = new Dispatcher({
  ports,
  policy,
  lanes,
  mirrors: probe.result(),
  since: 0,
  until: Number.MAX_SAFE_INTEGER,
  generalOnly: way === 'general',
  onPlace: place => places.push(place),
})
const batch = new Batch(lanes)
const shard = new Shard({
  lanes,
  ports,
  places,
  policy,
  maxFlows: 1 << 14,
  limits: Int32Array.from(LIMITS),
  activeTimeout: 1800,
  onRecord: () => records++,
})

const events: number[] = []
const observer = new PerformanceObserver(list => {
  for (const entry of list.getEntries()) events.push(entry.startTime)
})
observer.observe({ entryTypes: ['gc'] })

const kept: unknown[] = []
/** One `run` a turn, as a source hands bursts over; `control` shows that the counting counts. */
function feed(total: number): void {
  for (let done = 0; done < total; done += burst.count) {
    next()
    for (let row = 0; row < burst.count; ) {
      row = dispatcher.fill(batch, burst, row)
      shard.run(batch)
    }
    if (control === 'control') kept[0] = Array.from({ length: burst.count * 4 }, () => ({}))
  }
}

// until the compiler is done with the loop, and what it replaced is collected
for (let i = 0; i < 6; i++) {
  feed(frames / 4)
  await setTimeout(20)
}
const begun = performance.now()
feed(frames)
const ended = performance.now()
await setTimeout(50)
observer.disconnect()
const { received, placed } = frameCounts(dispatcher.counts(), [shard.counts()])
console.log(
  JSON.stringify({
    collections: events.filter(time => time >= begun && time <= ended).length,
    received,
    inFlows: placed.flows,
    flows: shard.table.size,
    records,
    milliseconds: Math.round(ended - begun),
  }),
)
