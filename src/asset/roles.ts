/**
 * What a machine seems to be for, guessed from what it was seen to do. A guess needs protocols that were recognised in the
 * bytes: an open port proves nothing. It is made from a set, so that neither order nor number of threads matter.
 */
import type { Action } from '../net/actions.ts'
import type { FlowRecord, Identity } from '../records.ts'
import { NONE } from './machine.ts'

/** What can be guessed. */
export type Role =
  | 'safety-controller'
  | 'plc'
  | 'rtu'
  | 'ied'
  | 'pmu'
  | 'pdc'
  | 'flow-computer'
  | 'building-controller'
  | 'field-device'
  | 'gateway'
  | 'engineering-station'
  | 'hmi'
  | 'scada-server'
  | 'historian'
  | 'opc-server'
  | 'mqtt-broker'
  | 'domain-controller'
  | 'database-server'
  | 'hypervisor'
  | 'time-server'
  | 'network-device'

export interface Guess {
  role: Role
  /** what it rests on: "offers modbus", "sent s7comm program" */
  how: string[]
}

/** Sentences given for one guess. */
const MOST_REASONS = 4

/**
 * Protocols whose server is a controller of that kind. Where a machine offers several, the first row counts: a safety controller
 * that also speaks Modbus is one.
 */
const CONTROLLERS: readonly (readonly [Role, readonly string[]])[] = [
  ['safety-controller', ['tristation']],
  [
    'plc',
    [
      's7comm',
      's7comm-plus',
      'enip',
      'fins',
      'ge-srtp',
      'melsec',
      'codesys',
      'ads',
      'pcworx',
      'proconos',
      'cc-link-ie',
      'modbus',
    ],
  ],
  ['flow-computer', ['roc', 'bsap']],
  ['building-controller', ['bacnet', 'knx', 'fox']],
  ['hmi', ['crimson']],
  ['field-device', ['hart-ip', 'dlms', 'c1222', 'ff-hse', 'profinet']],
]
/** Protocols by which a control room speaks to a station: a machine that offers one of them and asks others is a gateway. */
const UPWARDS: readonly (readonly [Role, readonly string[]])[] = [
  ['ied', ['mms']],
  ['rtu', ['dnp3', 'iec104', 'genisys']],
  ['pmu', ['synchrophasor']],
  ['opc-server', ['opcua']],
]
/** Protocols that somebody sends to a group, or to whoever is on the line, without being asked. */
const PUBLISHERS: readonly (readonly [Role, readonly string[]])[] = [
  ['ied', ['goose']],
  ['field-device', ['sv']],
  ['plc', ['ethercat', 'ge-egd']],
]
/** Services of machines that are no part of the control itself. All of a row have to be offered. */
const SERVERS: readonly (readonly [Role, readonly string[]])[] = [
  ['hypervisor', ['esxi-mgmt']],
  ['domain-controller', ['kerberos', 'ldap']],
  ['mqtt-broker', ['mqtt']],
  ['time-server', ['ntp']],
]
const DATABASES = ['mssql', 'mysql', 'postgres', 'oracle', 'influxdb', 'mongodb']
/** what only masters of telecontrol do: to ask outstations */
const TELECONTROL = ['dnp3', 'iec104', 'genisys', 'roc', 'bsap']

const names = (rows: readonly (readonly [Role, readonly string[]])[]): string[] =>
  rows.flatMap(([, protocols]) => protocols)
const OF_CONTROLLERS = new Set(names(CONTROLLERS))
const OF_STATIONS = new Set(names(UPWARDS))
const PUBLISHED = new Set(names(PUBLISHERS))

/** Whether a guess can rest on that protocol. */
const matters = (service: string): boolean =>
  OF_CONTROLLERS.has(service) ||
  OF_STATIONS.has(service) ||
  PUBLISHED.has(service) ||
  DATABASES.includes(service) ||
  SERVERS.some(([, protocols]) => protocols.includes(service))

/**
 * What a record of a conversation shows of its ends, as short texts: the protocol, "protocol:action". They are to be kept with
 * ">" in front for the end that asked, "<" for the one that was asked. None where the protocol was told by its port.
 */
export function deedsOf(record: Pick<FlowRecord, 'service' | 'service_how' | 'actions'>): readonly string[] {
  const { service, service_how, actions = {} } = record
  if (service === undefined || service_how === undefined || service_how === 'port' || !matters(service))
    return NONE
  return [service, ...Object.keys(actions).filter(action => action.startsWith(`${service}:`))]
}

/** A machine's deeds as sets, by who asked whom. */
class Deeds {
  readonly offered = new Set<string>()
  readonly used = new Set<string>()

  constructor(deeds: Iterable<string>) {
    for (const deed of deeds) (deed[0] === '<' ? this.offered : this.used).add(deed.slice(1))
  }

  /** Protocols offered, or used, that are among these. */
  offers = (among: { has(protocol: string): boolean }): string[] => protocols(this.offered, among)
  uses = (among: { has(protocol: string): boolean }): string[] => protocols(this.used, among)

  /** Whether anything is known of what it did in these protocols. */
  tellsActions(protocols: readonly string[]): boolean {
    return [...this.used].some(deed => protocols.some(protocol => deed.startsWith(`${protocol}:`)))
  }

  /** What it sent, of these actions: "sent s7comm program"; reports come from the other end. In the order of the actions. */
  sent(actions: readonly Action[], among?: { has(protocol: string): boolean }): string[] {
    return actions.flatMap(action =>
      [...this.used]
        .filter(
          deed => deed.endsWith(`:${action}`) && (among === undefined || among.has(deed.split(':', 1)[0])),
        )
        .sort()
        .map(deed => `${action === 'report' ? 'receives' : 'sent'} ${deed.replace(':', ' ')}`),
    )
  }
}

const protocols = (deeds: Set<string>, among: { has(protocol: string): boolean }): string[] =>
  [...deeds].filter(deed => !deed.includes(':') && among.has(deed)).sort()

/** Protocols in which to control is to run, stop or restart the controller, not to operate what it controls. */
const RUN_OR_STOP = new Set([
  's7comm',
  's7comm-plus',
  'fins',
  'ge-srtp',
  'melsec',
  'codesys',
  'ads',
  'tristation',
])

const ENGINEERING: readonly Action[] = ['firmware', 'program', 'upload']
const OPERATING: readonly Action[] = ['control', 'write']
const WATCHING: readonly Action[] = ['read', 'report']

/** The role that deeds speak for. */
function roleOf(deeds: Iterable<string>): Guess | undefined {
  const does = new Deeds(deeds)
  const controls = does.offers(OF_CONTROLLERS)
  const engineered = [...does.sent(ENGINEERING), ...does.sent(['control'], RUN_OR_STOP)]
  const below = does.uses(new Set([...OF_CONTROLLERS, ...OF_STATIONS]))
  if (engineered.length > 0 && controls.length === 0) return guess('engineering-station', engineered)
  return (
    asGateway(does, below) ??
    firstOf(CONTROLLERS, new Set(controls)) ??
    asConcentrator(does, below) ??
    firstOf(UPWARDS, does.offered) ??
    firstOf(PUBLISHERS, does.used, 'sends') ??
    asController(does) ??
    asOperator(does, below) ??
    asServer(does)
  )
}

type Announced = readonly (readonly [how: string, pattern: RegExp, role: Role])[]

/** Roles that machines announce in these protocols, by patterns of the text: what is surer than any deed ... */
const SURE: Announced = [
  ['fox', /^workbench$/i, 'engineering-station'],
  ['enip', /^(drive|I\/O)$/, 'field-device'],
  ['enip', /^HMI$/, 'hmi'],
  ['enip', /^switch$/, 'network-device'],
]
/** ... and what only counts for want of deeds: a PLC with a switch in it announces that too. */
const UNSURE: Announced = [['lldp', /\b(router|bridge|switch)\b/i, 'network-device']]

function announced(identity: readonly Identity[], roles: Announced): Guess | undefined {
  for (const [how, pattern, role] of roles) {
    const said = identity.find(i => i.what === 'role' && i.how === how && pattern.test(i.text))
    if (said !== undefined) return guess(role, [`announces ${said.text} by ${how}`])
  }
  return undefined
}

/** The role that a machine's deeds (texts of `deedsOf`, with their signs) and what it announces speak for, or undefined. */
export const guessRole = (deeds: Iterable<string>, identity: readonly Identity[]): Guess | undefined =>
  announced(identity, SURE) ?? roleOf(deeds) ?? announced(identity, UNSURE)

const guess = (role: Role, how: readonly string[]): Guess => ({ role, how: how.slice(0, MOST_REASONS) })
const offers = (protocol: string): string => `offers ${protocol}`
const uses = (protocol: string): string => `uses ${protocol}`

function firstOf(
  rows: readonly (readonly [Role, readonly string[]])[],
  known: Set<string>,
  does = 'offers',
): Guess | undefined {
  for (const [role, protocols] of rows) {
    const found = protocols.filter(protocol => known.has(protocol))
    if (found.length > 0)
      return guess(
        role,
        found.map(protocol => `${does} ${protocol}`),
      )
  }
  return undefined
}

/**
 * Offers what control rooms ask for, and itself asks in another protocol; or offers a controller's protocol and asks devices in
 * one that controllers seldom speak. Controllers that ask each other in what they offer are none.
 */
function asGateway(does: Deeds, below: readonly string[]): Guess | undefined {
  const stations = does.offers(OF_STATIONS)
  const controls = does.offers(OF_CONTROLLERS)
  const seldom = below.filter(protocol => SELDOM.has(protocol) && !controls.includes(protocol))
  const asks = controls.length === 0 ? below.filter(protocol => !stations.includes(protocol)) : seldom
  const offered = controls.length === 0 ? stations : [...controls, ...stations]
  if (offered.length === 0 || asks.length === 0) return undefined
  return guess('gateway', [...offered.slice(0, 2).map(offers), ...asks.slice(0, 2).map(uses)])
}
/** meters, instruments, buildings, stations */
const SELDOM = new Set(['hart-ip', 'dlms', 'c1222', 'ff-hse', 'bacnet', 'knx', 'dnp3', 'iec104'])

/** Takes in synchrophasors, and asks for nothing else. */
function asConcentrator(does: Deeds, below: readonly string[]): Guess | undefined {
  if (below.length !== 1 || below[0] !== 'synchrophasor') return undefined
  return guess('pdc', [...does.offers(SYNCHROPHASORS).map(offers), ...below.map(uses)])
}
const SYNCHROPHASORS = new Set(['synchrophasor'])

/** Connects to PROFINET devices, writes to or controls them: their controller. Who only reads records of them may be anybody. */
function asController(does: Deeds): Guess | undefined {
  const controlled = does.sent(['control', 'write', 'session'], PROFINET)
  return controlled.length > 0 ? guess('plc', controlled) : undefined
}
const PROFINET = new Set(['profinet'])

/** Asks controllers or stations, and offers nothing of the kind. */
function asOperator(does: Deeds, below: readonly string[]): Guess | undefined {
  if (below.length === 0) return undefined
  const databases = [
    ...does.offers(new Set(DATABASES)).map(offers),
    ...does.uses(new Set(DATABASES)).map(uses),
  ]
  const operated = does.sent(OPERATING)
  if (operated.length === 0 && databases.length > 0)
    return guess('historian', [...does.sent(WATCHING), ...databases])
  const watched = [...does.sent(['read']), ...does.sent(['report'], OF_STATIONS)]
  // who only looked around, or logged in, may be anybody
  if (operated.length + watched.length === 0 && does.tellsActions(below)) return undefined
  const masters = below.filter(protocol => TELECONTROL.includes(protocol))
  const how = [...operated, ...watched]
  return guess(masters.length > 0 ? 'scada-server' : 'hmi', how.length > 0 ? how : below.map(uses))
}

function asServer(does: Deeds): Guess | undefined {
  for (const [role, all] of SERVERS)
    if (all.every(protocol => does.offered.has(protocol))) return guess(role, all.map(offers))
  const databases = does.offers(new Set(DATABASES))
  return databases.length > 0 ? guess('database-server', databases.map(offers)) : undefined
}
