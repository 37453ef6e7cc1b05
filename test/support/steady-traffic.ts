import {
  carried,
  carriedUdp,
  ETHERTYPE,
  erspan2,
  ethernet,
  PROTO,
  udp,
  vxlan,
  zeros,
} from '../../captures/support/frames.ts'
import { inFrame, macOf, Scene, tagsOf } from './scene.ts'
import type { Seen } from './shard-run.ts'

const FLOWS = 64
/** reads ten holding registers */
const MODBUS = Uint8Array.of(0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 10)
const SEQ_AT = 14 + 20 + 4

/**
 * One burst of frames of flows that only go on: feeding it again and again brings nothing new. `kind` is one of KINDS,
 * or `all` for all of them in turn.
 */
export function steadyTraffic(kind: string): Seen[] {
  const scene = new Scene()
  const kinds = kind === 'all' ? Object.values(KINDS) : [KINDS[kind]]
  for (let i = 0; i < 2048; i++) kinds[i % kinds.length](scene, i / 1e4, i % FLOWS, i)
  return scene.frames
}

/**
 * Gives segments with data the numbers that come after those of the last time. `bytes` is the block that the burst of
 * `frames` lies in, `offsets` where each of them begins.
 */
export function goOn(bytes: Uint8Array, offsets: ArrayLike<number>, frames: readonly Seen[]): () => void {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const asking = frames.map((frame, i) => ({
    ...(frame as Seen & { asks?: number }),
    at: offsets[i] + SEQ_AT,
  }))
  const ats = Int32Array.from(asking.filter(({ asks }) => asks !== undefined).map(({ at }) => at))
  const steps = Int32Array.from(
    asking
      .filter(({ asks }) => asks !== undefined)
      .map(({ asks }) => MODBUS.length * asking.filter(other => other.asks === asks).length),
  )
  return () => {
    for (let i = 0; i < ats.length; i++) view.setInt32(ats[i], view.getInt32(ats[i]) + steps[i])
  }
}

const outer = (src: string, dst: string) => ({ src, dst, srcMac: macOf(src), dstMac: macOf(dst) })
const inside = (n: number): Uint8Array =>
  inFrame(
    '10.0.2.10',
    '10.0.1.11',
    PROTO.udp,
    udp({ src: '10.0.2.10', dst: '10.0.1.11' }, 40000 + n, 161, zeros(30)),
  )

const KINDS: Record<string, (scene: Scene, at: number, flow: number, n: number) => unknown> = {
  tcp: (scene, at, flow) => {
    const [a, b] = [`10.0.2.${flow}:50000`, '10.0.1.11:502']
    scene.tcp(at, a, b, 'A', { seq: 1 }).tcp(at, b, a, 'A', { seq: 1, vlans: [110] })
  },
  udp: (scene, at, flow) =>
    scene.udp(at, `10.0.2.${flow}:40000`, '10.0.1.11:161').udp(at, '10.0.1.11:161', `10.0.2.${flow}:40000`),
  data: (scene, at, flow) => {
    const seq =
      1 + MODBUS.length * scene.frames.filter(({ asks }: Seen & { asks?: number }) => asks === flow).length
    scene.tcp(at, `10.0.2.${flow}:50000`, '10.0.1.11:502', 'PA', { seq, bytes: MODBUS })
    Object.assign(scene.frames.at(-1)!, { asks: flow })
  },
  ipv6: (scene, at, flow) =>
    scene.udp(at, `[fd00:2::${flow + 1}]:40000`, '[fd00:1::1]:161', 30, { vlans: [110] }),
  icmp: (scene, at, flow) =>
    scene.icmp(at, `10.0.2.${flow}`, '10.0.1.11', 8).icmp(at, '10.0.1.11', `10.0.2.${flow}`, 0),
  error: (scene, at, flow) => {
    scene.udp(at, `10.0.2.${flow}:40000`, '10.0.1.11:161')
    scene.error(at, '10.0.1.11', `10.0.2.${flow}`, scene.frames.at(-1)!.bytes.subarray(14))
  },
  goose: (scene, at, flow) =>
    scene.frame(
      at,
      ethernet(
        `01:0c:cd:01:00:${(flow + 16).toString(16)}`,
        macOf('10.0.1.11'),
        ETHERTYPE.goose,
        zeros(46),
        tagsOf([110 + (flow % 2) * 10]),
      ),
    ),
  group: (scene, at, flow) => scene.udp(at, `10.0.1.${flow}:319`, '224.0.1.129:319', 44, { vlans: [110] }),
  tags: (scene, at, flow) => {
    const [a, b] = [`10.0.2.${flow}:50000`, '10.0.1.11:502']
    scene.tcp(at, a, b, 'A', { seq: 1, vlans: [120] }).tcp(at, b, a, 'A', { seq: 1 })
  },
  erspan: (scene, at, flow) =>
    scene.frame(
      at,
      carried(outer('10.9.0.1', '10.9.0.2'), PROTO.gre, erspan2(1, flow, 110, inside(flow)), 1),
    ),
  vxlan: (scene, at, flow) =>
    scene.frame(
      at,
      carriedUdp(outer('10.9.0.1', `10.9.0.${flow}`), 5000, 4789, vxlan(flow, inside(flow)), 1),
    ),
}
