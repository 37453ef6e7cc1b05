import { type Log, readLog } from './log.ts'
import * as L from './log-readers.ts'
import type { Truth } from './tally.ts'

/** Columns of logs that do not name them. `-` stands for those that are not needed. */
const columns = (text: string): string[] => text.split(' ')
const ENDS = 'ts uid orig_h orig_p resp_h resp_p'
const HALF_NAMED: Readonly<Record<string, string[]>> = {
  cip: columns(
    `${ENDS} is_orig source_h source_p destination_h destination_p sequence direction service - status`,
  ),
  enip: columns(`${ENDS} is_orig source_h source_p destination_h destination_p command`),
  hart: columns(`${ENDS} proto unread - - type message result - - - - - - - - - - command - - data`),
  fins: columns(
    'ts orig_h orig_p resp_h resp_p proto - - - - - - - kind - - - - - - - - - command completion',
  ),
  roc: columns('orig_h orig_p resp_h resp_p proto type - - - - opcode'),
  profinet: columns(
    'orig_h orig_p resp_h resp_p - - - - - - type - - - - - - - - - - - - - - - - - - - - operation',
  ),
}

interface Reader {
  /** what the log's path ends with */
  name: string
  protocol: string
  /** UDP where the log does not say and it is not TCP */
  proto?: 'udp'
  columns?: string[]
  read(log: Log, path: string): Truth
}

const READERS: readonly Reader[] = [
  { name: 'modbus_detailed.log', protocol: 'modbus', read: L.modbusPairs },
  { name: 'register_parsing/modbus.log', protocol: 'modbus', read: L.modbusHalves },
  { name: '/s7comm.log', protocol: 's7comm', read: L.s7comm },
  { name: '/cip.log', protocol: 'enip', read: L.cip, columns: HALF_NAMED.cip },
  { name: '/enip.log', protocol: 'enip', read: L.enip, columns: HALF_NAMED.enip },
  { name: '/dnp3.log', protocol: 'dnp3', read: L.dnp3 },
  { name: '/bacnet.log', protocol: 'bacnet', proto: 'udp', read: L.bacnet },
  { name: '/opcua_binary.log', protocol: 'opcua', read: L.opcua, columns: columns(ENDS) },
  { name: '/hart_ip_general.log', protocol: 'hart-ip', read: L.hart, columns: HALF_NAMED.hart },
  { name: '/omron_fins_general.log', protocol: 'fins', read: L.fins, columns: HALF_NAMED.fins },
  { name: '/genisys.log', protocol: 'genisys', read: L.genisys },
  { name: '/roc_plus.log', protocol: 'roc', read: L.roc, columns: HALF_NAMED.roc },
  { name: '/synchrophasor_cmd.log', protocol: 'synchrophasor', read: L.synchrophasor },
  {
    name: '/profinet_io_cm.log',
    protocol: 'profinet',
    proto: 'udp',
    read: L.profinet,
    columns: HALF_NAMED.profinet,
  },
  { name: '/goose.log', protocol: 'goose', read: L.goose },
  { name: '/bsap_serial_rdb.log', protocol: 'bsap', proto: 'udp', read: L.bsap },
]

function logsOf(paths: readonly string[]): { reader: Reader; log: Log; path: string }[] {
  return paths.flatMap(path => {
    const reader = READERS.find(({ name }) => path.endsWith(name))
    const log = reader === undefined ? undefined : readLog(path, reader.columns)
    return reader === undefined || log === undefined ? [] : [{ reader, log, path }]
  })
}

/** What the logs of Zeek and of its ICSNPP parsers tell of functions; each log of a capture that tells of any. */
export const logTruths = (paths: readonly string[]): Truth[] =>
  logsOf(paths).map(({ reader, log, path }) => reader.read(log, path))

export interface LogConversation {
  service: string
  proto: string
  a: string
  ap: string
  b: string
  bp: string
}

/** The conversations that those logs are about. Without addresses there are none: GOOSE; and DNP3 does not say over what. */
export function logConversations(paths: readonly string[]): LogConversation[] {
  return logsOf(paths).flatMap(({ reader, log }) => {
    const prefix = log.has('id.orig_h') ? 'id.' : ''
    if (!log.has(`${prefix}orig_h`) || reader.protocol === 'dnp3') return []
    return log.rows.map(row => ({
      service: reader.protocol,
      proto: log.has('proto') ? log.cell(row, 'proto') : (reader.proto ?? 'tcp'),
      a: log.cell(row, `${prefix}orig_h`),
      ap: log.cell(row, `${prefix}orig_p`),
      b: log.cell(row, `${prefix}resp_h`),
      bp: log.cell(row, `${prefix}resp_p`),
    }))
  })
}
