import { Truth } from './tally.ts'
import { type Dissected, dissect } from './tshark.ts'
import type { Counter } from './tshark-fields.ts'
import { coap, mqtt, opcua } from './tshark-others.ts'
import * as plant from './tshark-plant.ts'
import * as power from './tshark-power.ts'

/** Protocols that are only recognised, with TShark's names. */
const RECOGNISED: readonly Counter[] = [
  { protocol: 'enip', names: ['cipio', 'enip_udp'], fields: [], depth: 'asked' },
  { protocol: 'knx', names: ['kip', 'knxip', 'cemi'], fields: [], depth: 'asked' },
  { protocol: 'c1222', names: ['c1222'], fields: [], depth: 'asked' },
  { protocol: 'ge-egd', names: ['egd'], fields: [], depth: 'asked' },
]

export const COUNTERS: readonly Counter[] = [
  plant.modbus,
  plant.s7comm,
  power.mms,
  power.dnp3,
  power.iec104,
  plant.enip,
  plant.fins,
  plant.hartIp,
  plant.bacnet,
  plant.profinet,
  plant.ethercat,
  plant.ads,
  power.synchrophasor,
  power.goose,
  power.sv,
  opcua,
  mqtt,
  coap,
  ...RECOGNISED,
]

const FIELDS = [...new Set(COUNTERS.flatMap(({ fields }) => fields))]
const byName = new Map(COUNTERS.flatMap(({ protocol, names }) => names.map(name => [name, protocol])))
const FILTER =
  'modbus || s7comm || mms || dnp3 || iec60870_104 || enip || cip || cipio || omron || hart_ip || bvlc || bacnet || pn_rt || pn_dcp || pn_io || ecat || ams || synphasor || goose || sv || opcua || mqtt || coap || kip || c1222 || egd'

/** Services of ours that TShark names in a frame, the innermost last. */
export function servicesIn(frame: Dissected): string[] {
  return frame.protocols.flatMap(name => byName.get(name) ?? [])
}

export interface TsharkView {
  frames: Dissected[]
  truths: Truth[]
}

/** What TShark finds of industrial protocols in a capture, and how often each function. */
export function tsharkView(path: string): TsharkView {
  // what an ICMP error quotes was counted where it was sent
  const frames = dissect(path, FILTER, FIELDS).filter(({ protocols }) => !protocols.includes('icmp'))
  const truths = COUNTERS.flatMap(counter => {
    if (counter.count === undefined) return []
    const own = frames.filter(({ protocols }) => protocols.some(name => counter.names.includes(name)))
    if (own.length === 0) return []
    const truth = new Truth('tshark', counter.protocol, counter.depth, counter.covers)
    const state = new Map<string, number>()
    for (const frame of own) counter.count(frame, truth, state)
    return [truth]
  })
  return { frames, truths }
}
