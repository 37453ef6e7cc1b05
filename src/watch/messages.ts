import type { MirrorDestination } from '../dispatch/wrapping.ts'
import type { DeskOptions } from '../engine/desk.ts'
import type { Report } from '../engine/reports.ts'
import type { Model } from '../policy/model.ts'
import type { ShardPort } from '../shard/shard.ts'
import type { Caution } from './caution.ts'
import type { EngineState } from './engine.ts'
import type { User } from './privileges.ts'

/** An interface that the sensor is to open itself, by libpcap, before it gives up the right to. */
export interface LibraryTask {
  name: string
  snapLength: number
  bufferBytes: number
  /** capture filter in pcap syntax */
  filter?: string | undefined
}

/** One ring as the sensor gets it: a descriptor it has inherited. */
export interface RingTask {
  /** -1 where libpcap is to be asked */
  fd: number
  library?: LibraryTask | undefined
  blockBytes: number
  blocks: number
  /** index into `ports` */
  port: number
  /** nobody has read it before; what the page says of its position is that of another one */
  isFresh: boolean
}

/** What a sensor is to do. */
export interface SensorTask {
  /** descriptor of the counters' page */
  page: number
  rings: RingTask[]
  /** the interfaces; their taps are those of the policy that is in force */
  ports: Omit<ShardPort, 'tap'>[]
  /** addresses of the watched interfaces, four words each: tunnels that end there are a mirror's wrapping */
  ownAddresses: { version: 4 | 6; words: number[] }[]
  model: Model | undefined
  maxFlows: number
  limits: number[]
  activeTimeout: number
  desk: DeskOptions
  caution: Caution
  /** mirrors that the first worker of the run has found by its vote; undefined = it has to be held */
  voted: MirrorDestination[] | undefined
  /** who the sensor is to become once it has opened what it was to open itself */
  dropTo?: User | undefined
  /** entry of the worker thread, where it is not the usual one; for tests */
  worker?: string | undefined
}

/** From the supervisor to the sensor. */
export type Command =
  | { type: 'start'; task: SensorTask }
  | { type: 'reload'; model: Model | undefined }
  /** frames that each ring has got in all; nothing more comes in */
  | { type: 'stop'; expected: number[] }

/** From the sensor to the supervisor. */
export type Told =
  /** what the sensor was to open itself is open; nothing was read yet */
  | { type: 'opened' }
  /** a worker has begun (again) */
  | { type: 'started'; life: number; voted: MirrorDestination[] }
  | { type: 'report'; report: Report }
  /** what was gathered until now by the worker of that life */
  | { type: 'state'; life: number; state: EngineState; isFinal: boolean }
  /** frames that this machine sent, by name, since the last such message */
  | { type: 'sent'; port: number; frames: [name: string, count: number][] }
  | { type: 'reloaded'; policyId: string | undefined; wasRestarted: boolean }
  /** the worker has died, and another one takes its place */
  | { type: 'died'; life: number; reason: string }
  /** all is told; the process ends */
  | { type: 'ended' }
  | { type: 'refused'; reason: string }
