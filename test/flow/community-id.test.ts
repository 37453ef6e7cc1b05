import { existsSync, readFileSync } from 'node:fs'
import { isIPv4 } from 'node:net'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { communityId } from '../../src/flow/community-id.ts'

const corpus = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url))
const baseline = `${corpus}community-id-spec/baseline/baseline_deflt.json`
const pycommunityid = `${corpus}pycommunityid/tests/communityid_test.py`

/** Address text as four words, IPv4 in the last. Good for addresses without an embedded IPv4 part. */
function words(address: string): Uint32Array {
  if (isIPv4(address)) {
    const [a, b, c, d] = address.split('.').map(Number)
    return Uint32Array.of(0, 0, 0, ((a << 24) | (b << 16) | (c << 8) | d) >>> 0)
  }
  const [head, tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = !tail ? [] : tail.split(':')
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
  const n = groups.map(group => Number.parseInt(group, 16))
  return Uint32Array.from([0, 2, 4, 6].map(i => ((n[i] << 16) | n[i + 1]) >>> 0))
}

/** Ports as the published vectors give them: type and code (or counterpart) for ICMP, nothing for other protocols. */
function idOf(proto: number, orig: string, resp: string, first = 0, second = 0): string {
  const icmp = proto === 1 || proto === 58
  const version = isIPv4(orig) ? 4 : 6
  const [p1, p2, type, code] = icmp ? [0, 0, first, second] : [first, second, 0, 0]
  return communityId(version, proto, words(orig), words(resp), p1, p2, type, code)
}

describe('Community ID version 1', () => {
  const A6 = 'fe80::260:97ff:fe07:69ea'
  const B6 = 'fe80::200:86ff:fe05:80da'
  it.each([
    ['TCP', 6, '128.232.110.120', '66.35.250.204', 34855, 80, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
    [
      'TCP, the other way',
      6,
      '66.35.250.204',
      '128.232.110.120',
      80,
      34855,
      '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
    ],
    ['UDP', 17, '192.168.1.52', '8.8.8.8', 54585, 53, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
    ['SCTP, equal ports', 132, '192.168.170.8', '192.168.170.56', 7, 7, '1:MP2EtRCAUIZvTw6MxJHLV7N7JDs='],
    ['ICMP echo', 1, '192.168.0.89', '192.168.0.1', 8, 0, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
    ['ICMP echo reply', 1, '192.168.0.1', '192.168.0.89', 0, 0, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
    ['ICMP time exceeded', 1, '10.0.0.1', '10.0.0.2', 11, 0, '1:YHxtAirCG//0OzkcVAukqKQN9xM='],
    ['a protocol without ports', 46, '10.1.12.1', '10.1.12.2', 0, 0, '1:KHlLkgoJW7ifUTyTSgyVfkFHzKw='],
    ['ICMPv6 solicitation to a larger address', 58, A6, B6, 135, 0, '1:zavyT/cezQr1fmImYCwYnMXbgck='],
    ['ICMPv6 solicitation to a smaller one', 58, B6, A6, 135, 0, '1:dGHyGvjMfljg6Bppwm3bg0LO8TY='],
  ])('%s', (_, proto, orig, resp, first, second, expected) => {
    expect(idOf(proto, orig, resp, first, second)).toBe(expected)
  })

  it('tells the codes of a one-way ICMP message and its two directions apart', () => {
    const ids = [
      idOf(1, '10.0.0.1', '10.0.0.2', 3, 1),
      idOf(1, '10.0.0.1', '10.0.0.2', 3, 3),
      idOf(1, '10.0.0.2', '10.0.0.1', 3, 3),
    ]
    expect(new Set(ids).size).toBe(3)
  })

  it('leaves ports out for protocols that have none', () => {
    expect(idOf(47, '10.0.0.1', '10.0.0.2', 1, 2)).toBe(idOf(47, '10.0.0.2', '10.0.0.1', 3, 4))
  })

  it('is the same from both ends, whatever the flow, and keeps nothing of the flow before', () => {
    const address = fc.array(fc.nat(0xffffffff), { minLength: 4, maxLength: 4 }).map(a => Uint32Array.from(a))
    const port = fc.nat(0xffff)
    fc.assert(
      fc.property(
        fc.constantFrom<4 | 6>(4, 6),
        fc.constantFrom(6, 17, 132, 47, 50, 0, 255),
        address,
        address,
        port,
        port,
        (version, proto, a, b, p, q) => {
          const id = communityId(version, proto, a, b, p, q, 0, 0)
          communityId(6, 58, b, a, 0, 0, 135, 0)
          expect(communityId(version, proto, b, a, q, p, 0, 0)).toBe(id)
          expect(id).toMatch(/^1:[A-Za-z0-9+/]{27}=$/)
        },
      ),
    )
  })
})

describe.skipIf(!existsSync(baseline))('reference vectors of the specification', () => {
  interface Vector {
    proto: number
    saddr: string
    daddr: string
    sport: number | null
    dport: number | null
    communityid: string
  }
  const vectors: Vector[] = existsSync(baseline) ? JSON.parse(readFileSync(baseline, 'utf8')) : []
  it('has them', () => expect(vectors.length).toBeGreaterThan(20))
  it.each(vectors)('$proto $saddr $sport $daddr $dport', v => {
    expect(idOf(v.proto, v.saddr, v.daddr, v.sport ?? 0, v.dport ?? 0)).toBe(v.communityid)
  })
})

describe.skipIf(!existsSync(pycommunityid))('reference vectors of pycommunityid', () => {
  // [source, destination, first port, second port, id with seed 0, ...] under a method named for its protocol
  const protocols: Record<string, number> = { icmp: 1, tcp: 6, udp: 17, icmp6: 58, sctp: 132, ip: 46 }
  const source = existsSync(pycommunityid) ? readFileSync(pycommunityid, 'utf8') : ''
  const vectors = source
    .split(/^ {4}def test_/m)
    .slice(1)
    .flatMap(method => {
      const proto = protocols[method.slice(0, method.indexOf('('))]
      if (proto === undefined) return []
      const tuple = /\['([^']+)', '([^']+)',(?: (\d+), (\d+),)?\s+'(1:[^']+)'/g
      return [...method.matchAll(tuple)].map(([, orig, resp, first, second, id]) => ({
        proto,
        orig,
        resp,
        first: Number(first ?? 0),
        second: Number(second ?? 0),
        id,
      }))
    })
  it('has them', () => expect(vectors.length).toBeGreaterThan(15))
  it.each(vectors)('$proto $orig $first $resp $second', v => {
    expect(idOf(v.proto, v.orig, v.resp, v.first, v.second)).toBe(v.id)
  })
})
