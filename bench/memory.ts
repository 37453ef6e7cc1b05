/**
 * What a million flows at a time cost in memory: `node bench/memory.ts [--flows N]`. Feeds one frame of each flow to a shard and
 * tells how much larger the process is than before its first frame (garbage collected both times); run it with --expose-gc.
 */
import { parseArgs } from 'node:util'
import { DEFAULT_ACTIVE, DEFAULT_IDLE, DEFAULT_MAX_FLOWS } from '../src/analyzer.ts'
import { Dispatcher } from '../src/dispatch/dispatcher.ts'
import { Shard } from '../src/shard/shard.ts'
import { Batch, LaneMemory } from '../src/shared/batch.ts'
import { Burst } from '../src/shared/burst.ts'
import type { SeenPlace } from '../src/shared/seen-place.ts'

const { values } = parseArgs({ options: { flows: { type: 'string', default: '1000000' } } })
const flows = Number(values.flows)
const { tcp, udp, icmp, other, attempt, closed } = DEFAULT_IDLE
const settled = (): number => {
  ;(globalThis as { gc?: () => void }).gc?.()
  return process.memoryUsage.rss()
}

const size = 60
const burst = new Burst(new Uint8Array(size * 4096))
const view = new DataView(burst.bytes.buffer)
for (let i = 0; i < burst.capacity; i++) {
  view.setUint16(i * size + 12, 0x0800)
  burst.bytes[i * size + 14] = 0x45
  view.setUint16(i * size + 16, 46)
  burst.bytes[i * size + 23] = 17
  view.setUint16(i * size + 34, 40_000)
  view.setUint16(i * size + 36, 502)
  view.setUint16(i * size + 38, 26)
}
const before = settled()
const ports = [{ linkType: 1, capture: 'made up' }]
const places: SeenPlace[] = []
const lanes = new LaneMemory(1, 1, 256)
const dispatcher = new Dispatcher({
  ports,
  policy: undefined,
  lanes,
  mirrors: [],
  since: 0,
  until: Number.MAX_SAFE_INTEGER,
  onPlace: place => places.push(place),
})
const batch = new Batch(lanes)
const shard = new Shard({
  lanes,
  ports,
  places,
  policy: undefined,
  maxFlows: Math.max(DEFAULT_MAX_FLOWS, flows),
  limits: Int32Array.of(tcp, udp, icmp, other, attempt, closed),
  activeTimeout: DEFAULT_ACTIVE,
  onRecord: () => {},
})
for (let done = 0; done < flows; done += burst.count) {
  burst.count = Math.min(burst.capacity, flows - done)
  for (let i = 0; i < burst.count; i++) {
    // scattered over all partitions, no two alike
    view.setUint32(i * size + 26, Math.imul(done + i, 0x9e3779b1) >>> 0)
    view.setUint32(i * size + 30, 0x0a000001)
    burst.offset[i] = i * size
    burst.captured[i] = size
    burst.wire[i] = size
    burst.seconds[i] = 1_790_000_000
    burst.nanos[i] = done + i
    burst.frame[i] = done + i + 1
  }
  for (let row = 0; row < burst.count; ) {
    row = dispatcher.fill(batch, burst, row)
    shard.run(batch)
  }
}
const grown = settled() - before
console.log(
  `${shard.table.size} flows (${shard.counts().evicted} evicted): ${(grown / 1e6).toFixed(0)} MB more, ${(grown / shard.table.size).toFixed(0)} bytes a flow`,
)
