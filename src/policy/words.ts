import type { Channel, Ends, Model, PortRange, Transport } from './model.ts'

/** "a", "a and b", "a, b and c"; beyond `most` the rest is counted: "a, b and 7 more". */
export function listed(items: readonly string[], most = 4): string {
  const shown = items.length > most ? [...items.slice(0, most), `${items.length - most} more`] : items
  if (shown.length < 2) return shown.join('')
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

/** Zones by index, in quotes; -1 = "no zone". */
export function zonesText(model: Model, zones: readonly number[]): string {
  return listed(zones.map(zone => (zone < 0 ? 'no zone' : `"${model.zones[zone].id}"`)))
}

/** What a channel matches: "modbus", "tcp/44818", "icmp/8". */
export function matchText(model: Model, channel: Channel): string {
  if (channel.service !== undefined) return model.services[channel.service].id
  return listed(channel.transports.map(transportText))
}

export function transportText(transport: Transport): string {
  switch (transport.kind) {
    case 'icmp':
      return transport.all
        ? 'icmp'
        : `icmp/${[...new Set(transport.types.map(({ type }) => type))].join(',')}`
    case 'ip_proto':
      return `ip/${transport.proto}`
    case 'ethertype':
      return `ethertype/0x${transport.ethertype.toString(16).padStart(4, '0')}`
    default:
      return `${transport.kind}/${portsText(transport.ports)}`
  }
}

/** "502", "1-65535", "319,320". */
export function portsText(ports: readonly PortRange[]): string {
  return ports.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}

/** Assets and addresses that may be an end; '' when everyone may. */
export function endsText(model: Model, ends: Ends): string {
  return listed([...ends.assets.map(index => model.assets[index].id), ...ends.ranges.map(({ text }) => text)])
}

/** A moment on the clock of the site: "Sat 2026-10-03 06:00 Europe/Berlin". */
export function momentText(seconds: number, timezone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  const parts: Record<string, string> = {}
  for (const { type, value } of format.formatToParts(seconds * 1000)) parts[type] = value
  return `${parts.weekday} ${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute} ${timezone}`
}
