/** Frames as bytes, for tests of what listens. Checksums of IPv4 are right: a kernel looks at them. */

export const mac = (text: string): number[] => text.split(':').map(pair => Number.parseInt(pair, 16))
const u16 = (n: number): number[] => [(n >>> 8) & 255, n & 255]
const u32 = (n: number): number[] => [...u16(n >>> 16), ...u16(n)]
const ip = (text: string): number[] => text.split('.').map(Number)

export function ethernet(
  dst: string,
  src: string,
  type: number,
  payload: number[],
  tags: number[] = [],
): number[] {
  const between = tags.flatMap(tag => [0x81, 0, ...u16(tag)])
  return [...mac(dst), ...mac(src), ...between, ...u16(type), ...payload]
}

export function ipv4(src: string, dst: string, protocol: number, payload: number[], fragment = 0): number[] {
  const head = [
    0x45,
    0,
    ...u16(20 + payload.length),
    0,
    1,
    ...u16(fragment),
    64,
    protocol,
    0,
    0,
    ...ip(src),
    ...ip(dst),
  ]
  let sum = 0
  for (let i = 0; i < head.length; i += 2) sum += (head[i] << 8) | head[i + 1]
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  ;[head[10], head[11]] = u16(~sum & 0xffff)
  return [...head, ...payload]
}

export const udp = (port: number, payload: number[]): number[] => [
  ...u16(49_152),
  ...u16(port),
  ...u16(8 + payload.length),
  0,
  0,
  ...payload,
]

export const gre = (type: number, payload: number[], sequence?: number): number[] => [
  ...u16(sequence === undefined ? 0 : 0x1000),
  ...u16(type),
  ...(sequence === undefined ? [] : u32(sequence)),
  ...payload,
]

/** ERSPAN type II with its GRE header. */
export const erspan = (session: number, vlan: number, frame: number[]): number[] =>
  gre(0x88be, [...u16(0x1000 | vlan), ...u16(session), 0, 0, 0, 0, ...frame], 1)

export const vxlan = (vni: number, frame: number[]): number[] => [8, 0, 0, 0, ...u32(vni << 8), ...frame]

export const arpRequest = (sender: string, senderAddress: string, asked: string): number[] =>
  ethernet('ff:ff:ff:ff:ff:ff', sender, 0x0806, [
    0,
    1,
    8,
    0,
    6,
    4,
    0,
    1,
    ...mac(sender),
    ...ip(senderAddress),
    0,
    0,
    0,
    0,
    0,
    0,
    ...ip(asked),
  ])
