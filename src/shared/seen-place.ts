/** One place frames are seen, as a dispatcher tells its shards: VLAN stack (outside in), VNI, tap, tunnel. */
export interface SeenPlace {
  vlans: readonly number[]
  /** VNI or similar id, -1 = none */
  vni: number
  /** index into the policy's taps, -1 = none of them */
  declaredTap: number
  /** the tap's name */
  tap?: string
  /** id of the record of the tunnel the frames came in, unless it is a mirror's wrapping */
  tunnel?: string
  /** the place of all frames beyond the table: nothing of the above is known of them */
  unknown?: true
}
