import { siteEnds } from './conversations.ts'
import { MIRROR } from './frame.ts'
import { POLLING_POLICY, pollingTraffic } from './polling.ts'
import { DEFAULT_SITE, type Site, sitePolicy } from './site.ts'
import { mixedSteps, type Traffic } from './traffic.ts'

/** A kind of traffic that is measured, with the policy it is held against. */
export interface Mix {
  name: string
  /** what it is, for `--help` and the table's reader */
  about: string
  /** frames unless told otherwise: at most some 400 MB */
  frames: number
  /** the mix whose time for a frame it is compared with */
  against?: string
  traffic: Traffic
  policy(): string
}

const SMALLEST = 64
/** Ethernet, IPv6 and TCP headers without payload */
const SMALLEST_IPV6 = 74
const LARGEST = 1518
/** seven small frames, four of middle size, one large; spread so that sizes change often */
const IMIX = [64, 594, 64, 64, 594, 64, 1518, 64, 594, 64, 594, 64]
const FLOWS = 10_000
const POLLED = 300

interface Load {
  sizes?: readonly number[]
  flows?: number
  site?: Partial<Site>
  wrap?: Traffic['wrap']
}

function load({ sizes = [SMALLEST], flows = FLOWS, site, wrap }: Load): Pick<Mix, 'traffic' | 'policy'> {
  const whole: Site = { ...DEFAULT_SITE, ...site }
  return {
    traffic: {
      flows,
      version: whole.version ?? 4,
      ...(wrap === undefined ? {} : { wrap }),
      spacing: 1,
      checksums: true,
      ends: siteEnds(whole),
      steps: mixedSteps(flows, sizes),
    },
    policy: () => sitePolicy(whole),
  }
}

const tap = (type: string, more: string): Partial<Site> => ({
  tap: `{id: mirror, type: ${type}, source: ${MIRROR.source}, ${more}}`,
})

/** What `bench` measures, each after what it is compared with. */
export const MIXES: readonly Mix[] = [
  {
    name: '64',
    about: '64-byte frames, 10,000 conversations, 50 zones, 500 conduits',
    frames: 5_000_000,
    ...load({}),
  },
  {
    name: 'ot-polling',
    about: '300 Modbus and S7 connections polled in turn, 60 to 149 bytes',
    frames: 4_000_000,
    traffic: pollingTraffic(POLLED),
    policy: () => POLLING_POLICY,
  },
  {
    name: 'imix',
    about: 'frames of 64, 594 and 1518 bytes as 7 : 4 : 1',
    frames: 1_000_000,
    ...load({ sizes: IMIX }),
  },
  {
    name: '1518',
    about: '1518-byte frames',
    frames: 260_000,
    ...load({ sizes: [LARGEST] }),
  },
  {
    name: 'vlan',
    about: 'the frames of 64 with one 802.1Q tag',
    frames: 4_500_000,
    against: '64',
    ...load({ wrap: 'vlan' }),
  },
  {
    name: 'vxlan',
    about: 'the frames of 64 mirrored in VXLAN to one sensor',
    frames: 3_000_000,
    against: '64',
    ...load({ wrap: 'vxlan', site: tap('vxlan', `vni: ${MIRROR.vni}`) }),
  },
  {
    name: 'erspan',
    about: 'the frames of 64 mirrored in ERSPAN type II over GRE',
    frames: 3_000_000,
    against: '64',
    ...load({ wrap: 'erspan', site: tap('erspan', `session: ${MIRROR.session}`) }),
  },
  {
    name: 'ipv6',
    about: 'as 64 over IPv6: 74 bytes, no smaller frame holds TCP',
    frames: 4_400_000,
    against: '64',
    ...load({ sizes: [SMALLEST_IPV6], site: { version: 6 } }),
  },
  {
    name: '1k-flows',
    about: 'as 64 with 1,000 conversations',
    frames: 5_000_000,
    ...load({ flows: 1_000 }),
  },
  {
    name: '1m-flows',
    about: 'as 64 with 1,000,000 conversations at a time',
    frames: 5_000_000,
    against: '1k-flows',
    ...load({ flows: 1_000_000 }),
  },
  {
    name: '10-conduits',
    about: 'as 64 with 10 conduits and 10 prefixes',
    frames: 5_000_000,
    ...load({ site: { zones: 10, conduits: 10 } }),
  },
  {
    name: '10k-conduits',
    about: 'as 64 with 10,000 conduits and 10,000 prefixes',
    frames: 5_000_000,
    against: '10-conduits',
    ...load({ site: { zones: 200, conduits: 10_000, prefixes: 10_000 } }),
  },
]
