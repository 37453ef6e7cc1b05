/** What a frame travels in: one 802.1Q tag, or a mirror session of a switch. */
export type Wrap = 'vlan' | 'vxlan' | 'erspan'

/** The two ends of a conversation. Addresses are host `...Host` of prefix `...Prefix` of the site (see `site.ts`). */
export interface Ends {
  udp: boolean
  clientPrefix: number
  clientHost: number
  clientPort: number
  /** MAC as a number of 48 bits */
  clientMac: number
  serverPrefix: number
  serverHost: number
  serverPort: number
  serverMac: number
  /** VLAN, where frames have a tag */
  vlan: number
  /** a conduit of the policy that goes with the traffic covers the conversation */
  declared: boolean
}

/** Which frame comes next. */
export interface Step {
  flow: number
  /** from the client to the server */
  toServer: boolean
  /** bytes of the innermost frame without a tag */
  size: number
  /** what the transport carries; zeros that fill the frame where there is none */
  payload: Uint8Array | undefined
}

/** The frames of a capture. Equal numbers give equal frames. */
export interface Traffic {
  flows: number
  version: 4 | 6
  wrap?: Wrap
  /** microseconds from one frame to the next */
  spacing: number
  /** valid checksums in IP, TCP and UDP headers; zero otherwise */
  checksums: boolean
  /** Fills in the ends of a conversation, numbered from 0. */
  ends(flow: number, into: Ends): void
  /** Begins anew: a function that fills in the step with this number; to be asked for 0, 1, 2 ... */
  steps(): (index: number, into: Step) => void
}

export const blankEnds = (): Ends => ({
  udp: false,
  clientPrefix: 0,
  clientHost: 0,
  clientPort: 0,
  clientMac: 0,
  serverPrefix: 0,
  serverHost: 0,
  serverPort: 0,
  serverMac: 0,
  vlan: 0,
  declared: false,
})

/** Pseudo-random whole numbers below a limit, the same in every run (linear congruence, Numerical Recipes' constants). */
export function randoms(): (below: number) => number {
  let state = 12345
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/**
 * An order of frames in which each conversation first shows one frame of its client, and then any of them, either way,
 * comes next. `sizes` are taken in turn.
 */
export function mixedSteps(flows: number, sizes: readonly number[]): Traffic['steps'] {
  return () => {
    const random = randoms()
    return (index, step) => {
      const pick = index < flows ? index * 2 : random(flows * 2)
      step.flow = pick >>> 1
      step.toServer = (pick & 1) === 0
      step.size = sizes[index % sizes.length]
      step.payload = undefined
    }
  }
}
