import { CARRIED } from '../../src/net/ports.ts'
import { ndpiAddress, shortAddress } from './other-truth.ts'
import { keyOf } from './tool-truth.ts'

/** What a tool calls a conversation. */
export interface NamedRow {
  /** as `keyOf` writes it */
  key: string
  /** the tool's own name */
  name: string
  /** ids of our services that the name may stand for; empty where we have none */
  services: string[]
}

/** nDPI's names (of a master protocol, or of what it carries) that are other words than ours. */
const NDPI_NAMES: Readonly<Record<string, string>> = {
  NetBIOS: 'nbns nbdgm nbss',
  SMBv1: 'smb nbss',
  SMBv23: 'smb nbss',
  FTP_CONTROL: 'ftp',
  FTPS: 'ftps ftp',
  IPSec: 'ipsec',
  SRTP: 'rtp',
  RTCP: 'rtp',
  SMTPS: 'submission smtp tls',
  POPS: 'pop3 tls',
  IMAPS: 'imap tls',
  DCERPC: 'msrpc',
  'MsSQL-TDS': 'mssql',
  PostgreSQL: 'postgres',
  Syslog: 'syslog',
  PTPv2: 'ptp',
  EthernetIP: 'enip',
  'HART-IP': 'hart-ip',
  IEC60870: 'iec104',
  'ISO9506-1-MMS': 'mms',
  IEEE_C37118: 'synchrophasor',
  'IEEE-C37118': 'synchrophasor',
  PROFINET_IO: 'profinet',
  CIP: 'enip',
  'OPC-UA': 'opcua',
  S7CommPlus: 's7comm',
  EGD: 'ge-egd',
  EthernetGlobalData: 'ge-egd',
  HTTP2: 'http',
  HTTP_Connect: 'http',
  OMRON_FINS: 'fins',
  BACnet: 'bacnet',
  COAP: 'coap',
  KNXnet_IP: 'knx',
  ISCSI: 'iscsi',
  NFS: 'nfs rpcbind',
  RMCP: 'ipmi',
  WSD: 'ws-discovery',
  DoH_DoT: 'tls',
  Websocket: 'http',
  WebSocket: 'http',
  Oracle: 'oracle',
}

/** Zeek's names of services that are other words than ours; what runs inside another one's bytes is left out. */
const ZEEK_NAMES: Readonly<Record<string, string>> = {
  ssl: 'tls dtls',
  dce_rpc: 'msrpc',
  ldap_tcp: 'ldap',
  ldap_udp: 'ldap',
  krb: 'kerberos',
  krb_tcp: 'kerberos',
  rdpeudp: 'rdp',
  rfb: 'vnc',
  dnp3_tcp: 'dnp3',
  dnp3_udp: 'dnp3',
  postgresql: 'postgres',
  portmap: 'rpcbind',
  smb: 'smb nbss',
  cip: 'enip',
  cotp: 's7comm mms',
  s7comm_plus: 's7comm',
  opcua_binary: 'opcua',
  'opcua-binary': 'opcua',
  hart_ip: 'hart-ip',
  gridftp: 'ftp',
}

const NDPI_FLOW =
  /^\t\d+\t([A-Z0-9]+) (\S+):(\d+) <?-> (\S+):(\d+) \[proto: ([^\]]+)\].*?\[Confidence: ([^\]]+)\]/

/** The conversations that nDPI names; what it guesses from ports or addresses stands for none of our services. */
export function ndpiNames(text: string): NamedRow[] {
  return text.split('\n').flatMap(line => {
    const match = NDPI_FLOW.exec(line)
    if (!match) return []
    const [, proto, a, ap, b, bp, protocol, confidence] = match
    const [key] = keyOf(proto.toLowerCase(), ndpiAddress(a), ap, ndpiAddress(b), bp)
    const name = protocol.slice(protocol.lastIndexOf('/') + 1)
    if (!confidence.startsWith('DPI')) return [{ key, name: `${name} (a guess)`, services: [] }]
    return [{ key, name, services: name.split('.').flatMap(part => ourIds(NDPI_NAMES[part] ?? part)) }]
  })
}

/** The conversations that a connection log names a service of. */
export function zeekNames(text: string): NamedRow[] {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('###'))
  const declared = lines.find(line => line.startsWith('#fields\t'))?.slice('#fields\t'.length)
  const rows = lines.filter(line => !line.startsWith('#')).map(line => line.split('\t'))
  const names = declared?.split('\t') ?? rows.shift() ?? []
  const columns = ['proto', 'id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'service'].map(name =>
    names.indexOf(name),
  )
  if (columns.some(i => i < 0)) return []
  return rows.flatMap(row => {
    const [proto, a, ap, b, bp, service] = columns.map(i => row[i])
    if (service === undefined || service === '-' || service === '') return []
    const [key] = keyOf(proto, a, ap, b, bp)
    return [
      { key, name: service, services: service.split(',').flatMap(one => ourIds(ZEEK_NAMES[one] ?? one)) },
    ]
  })
}

/** Arkime's names that are other words than ours. */
const ARKIME_NAMES: Readonly<Record<string, string>> = {
  dcerpc: 'msrpc',
  'modbus-rtu': 'modbus',
  krb5: 'kerberos',
  postgresql: 'postgres',
  rpc: 'rpcbind nfs',
  isakmp: 'ipsec',
  mongo: 'mongodb',
  tds: 'mssql',
}

interface NamedSession {
  body: {
    ipProtocol?: number
    source?: { ip?: string; port?: number }
    destination?: { ip?: string; port?: number }
    protocol?: string[]
  }
}

/** The sessions that Arkime's tests expect a protocol of. */
export function arkimeNames(text: string): NamedRow[] {
  const { sessions3 = [] } = JSON.parse(text) as { sessions3?: NamedSession[] }
  return sessions3.flatMap(({ body: { ipProtocol, source = {}, destination = {}, protocol = [] } }) => {
    const proto = ipProtocol === 6 ? 'tcp' : ipProtocol === 17 ? 'udp' : undefined
    const names = protocol.filter(one => one !== 'tcp' && one !== 'udp')
    if (proto === undefined || source.ip === undefined || destination.ip === undefined || names.length === 0)
      return []
    const [key] = keyOf(
      proto,
      shortAddress(source.ip),
      String(source.port),
      shortAddress(destination.ip),
      String(destination.port),
    )
    return [{ key, name: names.join(','), services: names.flatMap(one => ourIds(ARKIME_NAMES[one] ?? one)) }]
  })
}

const known = new Set<string>()

/** Tells which ids exist: names of other tools that are none of them stand for nothing. */
export function learnIds(ids: Iterable<string>): void {
  for (const id of ids) known.add(id)
}

const ourIds = (words: string): string[] =>
  words.split(' ').flatMap(word => {
    const id = known.has(word) ? word : word.toLowerCase()
    return known.has(id) ? [id] : []
  })

/** Whether our name of a conversation is one of these, or one of them at a port that has a name of its own. */
export function isOneOf(ours: string, services: readonly string[]): boolean {
  return services.some(
    service => service === ours || CARRIED.some(([id, by]) => id === ours && by === service),
  )
}
