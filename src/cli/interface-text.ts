import { count, counted, durationText, shareText } from '../finding/words.ts'
import type { FitnessNote, FitnessSeverity } from '../live/fitness.ts'
import type { InterfaceFacts, OffloadName } from '../live/interface-facts.ts'
import { hanging, type Look, type Paint, pad } from '../sink/layout.ts'
import { type Hearing, wasHeard } from './listening.ts'

export const COLUMNS = 100
const LEAD = 13

const OFFLOADS: Readonly<Record<OffloadName, string>> = {
  gro: 'GRO',
  groHw: 'GRO in hardware',
  lro: 'LRO',
  rxVlan: 'VLAN stripping',
  rxChecksum: 'rx checksum',
  gso: 'GSO',
  tso: 'TSO',
  rxFcs: 'check sequence kept',
  rxAll: 'damaged frames kept',
}

const LOOKS: Readonly<Record<FitnessSeverity, Look>> = {
  high: 'bad',
  medium: 'warn',
  low: 'notice',
  info: 'faint',
}

/** 10000 -> "10 Gbit/s", 2500 -> "2.5 Gbit/s", 100 -> "100 Mbit/s". */
export const speedText = (megabits: number): string =>
  megabits < 0 ? 'speed unknown' : megabits < 1000 ? `${megabits} Mbit/s` : `${megabits / 1000} Gbit/s`

/** A line with a lead, wrapped. */
export const line = (lead: string, text: string, paint: Paint): string[] =>
  hanging(`  ${lead}`, text, COLUMNS, LEAD).map((one, i) =>
    i === 0 ? one.replace(lead, paint('strong', lead)) : one,
  )

/** What an interface is, in lines. */
export function factsLines(facts: InterfaceFacts, paint: Paint): string[] {
  const { name, duplex, mtu, isUp, isRunning, master, uppers, counters, adapterRing } = facts
  const state = isRunning ? 'up' : isUp ? 'up, no carrier' : 'down'
  const speed = `${speedText(facts.speed)}${duplex === 'unknown' ? '' : ` ${duplex} duplex`}`
  const lines = [
    `${paint('title', name)}  ${kindText(facts)}, ${speed}, MTU ${mtu}, ${state}`,
    ...line('addresses', addressesText(facts), paint),
    ...line('offloads', offloadsText(facts), paint),
  ]
  if (master !== undefined) lines.push(...line('port of', `${master.name} (${master.kind})`, paint))
  if (uppers.length > 0) lines.push(...line('below', uppers.join(', '), paint))
  if (adapterRing !== undefined)
    lines.push(...line('adapter', `room for ${adapterRing.now} of at most ${adapterRing.most} frames`, paint))
  const { rxPackets, rxMissed, rxFifo, rxDropped, rxErrors, txPackets } = counters
  const received = `${count(rxPackets)} received, ${count(rxMissed + rxFifo)} missed, ${count(rxDropped)} dropped, ${count(rxErrors)} damaged`
  lines.push(...line('counters', `${received}; ${count(txPackets)} sent`, paint))
  return lines
}

function kindText({ kind, driver, isLoopback }: InterfaceFacts): string {
  if (isLoopback) return 'loopback'
  const name = driver?.name ?? (kind === '' ? 'unknown driver' : kind)
  const virtual = kind === '' || kind === name ? '' : `${kind}, `
  return `${virtual}${name}${driver === undefined || driver.bus === '' ? '' : ` (${driver.bus})`}`
}

function addressesText({ mac, addresses, ipv6 }: InterfaceFacts): string {
  const texts = addresses.map(({ text, prefix }) => `${text}/${prefix}`)
  return [
    mac === undefined ? 'no MAC' : `MAC ${mac}`,
    texts.length === 0 ? 'no IP address' : texts.join(', '),
    `IPv6 ${ipv6}`,
  ].join('; ')
}

function offloadsText({ offloads }: InterfaceFacts): string {
  const texts = (Object.keys(OFFLOADS) as OffloadName[]).flatMap(key => {
    const offload = offloads[key]
    // what is rare is told where it is on
    if (offload === undefined || ((key === 'rxFcs' || key === 'rxAll') && !offload.isOn)) return []
    const isPutBack = key === 'rxVlan' && offload.isOn
    return [`${OFFLOADS[key]} ${offload.isOn ? 'on' : 'off'}${isPutBack ? ' (tags are put back)' : ''}`]
  })
  return texts.length === 0 ? 'not told by the driver' : texts.join(', ')
}

/** Whether frames between others are seen: what a mirror is there for. */
export function unicastText(hearing: Hearing): string {
  if (!wasHeard(hearing)) return `not tried: ${hearing.notTried}`
  const { census, seconds } = hearing
  const { frames, forOthers, hasMacs } = census
  const span = durationText(seconds)
  if (frames === 0) return `not seen: no frame came in ${span}`
  if (!hasMacs)
    return `${counted(frames, 'frame')} in ${span}; they have no MAC addresses that would tell whom they are for`
  if (forOthers === 0)
    return `not seen: of ${counted(frames, 'frame')} in ${span} none was from one other machine to another`
  const { pairs, bothWays } = census.conversations()
  return `seen: ${count(forOthers)} of ${counted(frames, 'frame')} in ${span} (${shareText(forOthers, frames)}); of ${counted(pairs, 'pair')} of machines ${count(bothWays)} in both directions`
}

/** Notes with what to do about each. */
export function notesLines(notes: readonly FitnessNote[], paint: Paint): string[] {
  return notes.flatMap(({ severity, message, remedy }) => {
    const lead = pad(severity, LEAD - 4)
    const lines = hanging(`  ${lead}`, message, COLUMNS, LEAD).map((one, i) =>
      i === 0 ? one.replace(severity, paint(LOOKS[severity], severity)) : one,
    )
    // a command is never broken: it is there to be copied
    return remedy === undefined ? lines : [...lines, `${paint('strong', pad('  fix', LEAD))}${remedy}`]
  })
}

/** Facts as they are written in JSON. */
export function factsJson(facts: InterfaceFacts): Record<string, unknown> {
  const { counters: c, offloads, driver } = facts
  return {
    name: facts.name,
    index: facts.index,
    kind: facts.kind === '' ? undefined : facts.kind,
    driver: driver?.name,
    driver_version: driver?.version,
    bus: driver?.bus === '' ? undefined : driver?.bus,
    hardware: facts.hardware,
    link_type: facts.linkType,
    mac: facts.mac,
    mtu: facts.mtu,
    max_mtu: facts.maxMtu === 0 ? undefined : facts.maxMtu,
    loopback: facts.isLoopback,
    up: facts.isUp,
    running: facts.isRunning,
    promiscuous: facts.isPromiscuous,
    speed_mbit: facts.speed < 0 ? undefined : facts.speed,
    duplex: facts.duplex,
    adapter_ring: facts.adapterRing,
    offloads: Object.fromEntries(
      Object.entries(offloads).map(([key, { isOn, isFixed }]) => [
        key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
        { on: isOn, fixed: isFixed },
      ]),
    ),
    addresses: facts.addresses.map(({ text, prefix, isLinkLocal }) => ({
      address: text,
      prefix,
      link_local: isLinkLocal,
    })),
    ipv6: facts.ipv6,
    answers_for: facts.answersFor,
    master: facts.master,
    uppers: facts.uppers,
    xdp: facts.hasXdp,
    default_route: facts.hasDefaultRoute,
    counters: {
      rx_packets: c.rxPackets,
      rx_bytes: c.rxBytes,
      rx_errors: c.rxErrors,
      rx_dropped: c.rxDropped,
      rx_missed: c.rxMissed,
      rx_fifo: c.rxFifo,
      tx_packets: c.txPackets,
      tx_bytes: c.txBytes,
      tx_errors: c.txErrors,
      tx_dropped: c.txDropped,
    },
  }
}

/** What was heard, as it is written in JSON. */
export function hearingJson(hearing: Hearing): Record<string, unknown> {
  if (!wasHeard(hearing)) return { tried: false, reason: hearing.notTried }
  const { census, seconds, lost, txGrowth } = hearing
  const { pairs, bothWays } = census.conversations()
  return {
    tried: true,
    seconds,
    frames: census.frames,
    bytes: census.bytes,
    lost,
    unicast_seen: census.hasMacs ? census.forOthers > 0 : undefined,
    for_others: census.forOthers,
    for_us: census.forUs,
    for_groups: census.forGroups,
    pairs,
    pairs_both_ways: bothWays,
    vlans: Object.fromEntries(census.vlans),
    sent: Object.fromEntries(census.own),
    tx_growth: txGrowth,
  }
}
