import { type Log, readLog } from './log.ts'
import * as N from './log-codes.ts'
import { Truth } from './tally.ts'

const unsigned = (text: string): number => Number(text)
/** the number that stands in brackets at the end: "Login Request (017)", "Run (0x0401)" */
const bracketed = (text: string): number => Number(/\((0x[0-9a-f]+|\d+)\)$/i.exec(text)?.[1] ?? Number.NaN)

export function modbusPairs(log: Log): Truth {
  const truth = new Truth('icsnpp', 'modbus')
  const halves = new Map<string, number>()
  for (const row of log.rows) {
    const name = log.cell(row, 'func')
    const fn = N.numberOf(N.MODBUS, name)
    if (log.cell(row, 'matched') === 'T') {
      truth.add(fn, 'asked')
      truth.add(fn, log.cell(row, 'exception_code') === '-' ? 'answered' : 'refused')
      continue
    }
    // what is not looked into has a row for each half
    const key = `${log.cell(row, 'uid')} ${log.cell(row, 'tid')} ${name}`
    const half = (halves.get(key) ?? 0) + 1
    halves.set(key, half)
    truth.add(fn, half % 2 === 1 ? 'asked' : 'answered')
  }
  return truth
}

export function modbusHalves(log: Log): Truth {
  const truth = new Truth('zeek', 'modbus')
  for (const row of log.rows) {
    const name = log.cell(row, 'func')
    const fn = N.numberOf(N.MODBUS, name.replace(/_EXCEPTION$/, ''))
    if (log.cell(row, 'pdu_type') === 'REQ') truth.add(fn, 'asked')
    else truth.add(fn, log.cell(row, 'exception') === '-' ? 'answered' : 'refused')
  }
  return truth
}

export function s7comm(log: Log): Truth {
  // connecting the transport is in another log
  const truth = new Truth('icsnpp', 's7comm', 'all', fn => fn !== 224 && fn !== 128)
  for (const row of log.rows) {
    const kind = unsigned(log.cell(row, 'rosctr_code'))
    const code = unsigned(log.cell(row, 'function_code'))
    const isUserdata = kind === 7
    const fn = isUserdata ? (code & 15 || 16) * 256 + unsigned(log.cell(row, 'subfunction_code')) : code
    if (isUserdata ? code >> 4 === 4 : kind === 1) truth.add(fn, 'asked')
    else truth.add(fn, log.cell(row, 'error_class') === 'No error' ? 'answered' : 'refused')
  }
  return truth
}

/** What only carries messages (Multiple Service Packet, Unconnected Send) is none of ours. */
const isCipService = (fn: number): boolean => fn < 0x80 && fn !== 0x0a && fn !== 0x52
const isEnipCommand = (fn: number): boolean => fn >= 0x1000 && fn < 0x2000 && fn !== 0x106f && fn !== 0x1070

export function cip(log: Log): Truth {
  const truth = new Truth('icsnpp', 'enip', 'all', isCipService)
  const met = new Set<string>()
  for (const row of log.rows) {
    const fn = unsigned(log.cell(row, 'service')) & 0x7f
    const direction = log.cell(row, 'direction')
    // ours are the PDUs that ask for a service, once or several times
    const pdu = `${log.cell(row, 'uid')} ${log.cell(row, 'sequence')} ${direction} ${fn}`
    if (direction === 'request' && met.has(pdu)) continue
    met.add(pdu)
    truth.add(
      fn,
      direction === 'request' ? 'asked' : log.cell(row, 'status') === '0x00' ? 'answered' : 'refused',
    )
  }
  return truth
}

export function enip(log: Log): Truth {
  const truth = new Truth('icsnpp', 'enip', 'replies', isEnipCommand)
  for (const row of log.rows)
    truth.add(
      0x1000 + unsigned(log.cell(row, 'command')),
      log.cell(row, 'is_orig') === 'T' ? 'asked' : 'answered',
    )
  return truth
}

/** A row pairs a request with its reply; confirmations and what the link layer does are in none. */
export function dnp3(log: Log): Truth {
  const truth = new Truth('zeek', 'dnp3', 'replies', fn => fn > 0 && fn < 256)
  for (const row of log.rows) {
    const asked = log.cell(row, 'fc_request')
    const reply = log.cell(row, 'fc_reply')
    if (asked !== '-') truth.add(N.numberOf(N.DNP3, asked), 'asked')
    if (reply === 'UNSOLICITED_RESPONSE') truth.add(130, 'asked')
    else if (reply !== '-') truth.add(asked === '-' ? 129 : N.numberOf(N.DNP3, asked), 'answered')
  }
  return truth
}

export function bacnet(log: Log): Truth {
  const truth = new Truth('icsnpp', 'bacnet', 'all', fn => fn < 200)
  for (const row of log.rows) {
    const service = log.cell(row, 'pdu_service')
    switch (log.cell(row, 'pdu_type')) {
      case 'UNCONFIRMED_REQUEST':
        truth.add(100 + N.numberOf(N.BACNET_UNCONFIRMED, service), 'asked')
        break
      case 'CONFIRMED_REQUEST':
        truth.add(N.numberOf(N.BACNET_CONFIRMED, service), 'asked')
        break
      case 'SIMPLE_ACK':
      case 'COMPLEX_ACK':
        truth.add(N.numberOf(N.BACNET_CONFIRMED, service), 'answered')
        break
      case 'ERROR_PDU':
        truth.add(N.numberOf(N.BACNET_CONFIRMED, service), 'refused')
    }
  }
  return truth
}

/** A row holds a message with its answer, or one that has none. */
export function opcua(log: Log): Truth {
  const truth = new Truth('icsnpp', 'opcua', 'replies')
  for (const row of log.rows) {
    const kind = row[6]
    const [asked, answer] = [row[29], row[48]]
    if (kind === 'HEL') truth.add(1, 'asked')
    else if (kind === 'ACK' || kind === 'ERR') truth.add(1, 'answered')
    else {
      if (asked !== '-') truth.add(unsigned(asked), 'asked')
      // the encoding of an answer is numbered three after that of its request; 397 is a fault
      if (answer !== '-') truth.add(answer === '397' ? unsigned(asked) : unsigned(answer) - 3, 'answered')
    }
  }
  return truth
}

/** Columns: payload as received, command, data as decimal bytes. */
export function hart(log: Log, path: string): Truth {
  const truth = new Truth('icsnpp', 'hart-ip', 'replies')
  const direct = readLog(path.replace('hart_ip_general', 'hart_ip_direct_pdu_command'))
  let pdus = 0
  for (const row of log.rows) {
    const kind = log.cell(row, 'type') === 'Response' ? 'answered' : 'asked'
    const message = log.cell(row, 'message')
    if (message === 'Direct PDU') {
      // one command in each, in a log of its own
      truth.add(N.numberOf(N.HART, direct?.rows[pdus++]?.[8] ?? ''), kind)
    } else if (message !== 'Token Passing PDU') truth.add(N.numberOf(N.HART_MESSAGES, message), kind)
    else if (log.cell(row, 'type') === 'Publish') truth.add(published(log.cell(row, 'unread')), kind)
    else {
      const command = log.cell(row, 'command')
      // an extended command has its number in its data
      const [high, low] = log.cell(row, 'data').split(',').map(Number)
      truth.add(command === 'unknown-0x1f' ? high * 256 + low : N.numberOf(N.HART, command), kind)
    }
  }
  return truth
}

/** The command of a published PDU, which the log has as bytes: delimiter, five bytes of address, command. */
function published(bytes: string): number {
  const [delimiter, ...rest] = bytes.split(',').map(Number)
  return (delimiter & 0x80) !== 0 ? rest[5] : rest[1]
}

export function fins(log: Log): Truth {
  const truth = new Truth('icsnpp', 'fins', 'all', fn => fn < 0xff00)
  for (const row of log.rows) {
    const fn = bracketed(log.cell(row, 'command'))
    if (log.cell(row, 'kind').startsWith('Command')) truth.add(fn, 'asked')
    else truth.add(fn, bracketed(log.cell(row, 'completion')) === 0 ? 'answered' : 'refused')
  }
  return truth
}

/** Replies do not name what they reply to: it is the latest request. */
export function genisys(log: Log): Truth {
  const truth = new Truth('icsnpp', 'genisys')
  const latest = new Map<string, number>()
  for (const row of log.rows) {
    const uid = log.cell(row, 'uid')
    if (log.cell(row, 'direction') === 'request') {
      latest.set(uid, N.numberOf(N.GENISYS, log.cell(row, 'header')))
      truth.add(latest.get(uid)!, 'asked')
    } else truth.add(latest.get(uid) ?? 0xfb, 'answered')
  }
  return truth
}

/** Which way a message goes is not told of all: messages are held. An error refuses the latest request. */
export function roc(log: Log): Truth {
  const truth = new Truth('icsnpp', 'roc', 'messages')
  let latest = 0
  for (const row of log.rows) {
    const opcode = bracketed(log.cell(row, 'opcode'))
    if (opcode !== 255) latest = opcode
    truth.add(latest, 'asked')
  }
  return truth
}

export function synchrophasor(log: Log, path: string): Truth {
  const truth = new Truth('icsnpp', 'synchrophasor', 'replies')
  for (const row of log.rows) truth.add(256 + N.numberOf(N.SYNCHROPHASOR, log.cell(row, 'command')), 'asked')
  const beside = (name: string) => readLog(path.replace('synchrophasor_cmd', name))
  truth.add(0, 'asked', beside('synchrophasor_data')?.rows.length ?? 0)
  truth.add(259, 'answered', beside('synchrophasor_hdr')?.rows.length ?? 0)
  const configurations = beside('synchrophasor_cfg')
  for (const row of configurations?.rows ?? [])
    truth.add(259 + Number(configurations!.cell(row, 'frame_type').slice('CFG'.length)), 'answered')
  return truth
}

export function profinet(log: Log): Truth {
  const truth = new Truth('icsnpp', 'profinet', 'replies', fn => fn >= 100)
  for (const row of log.rows) {
    const type = log.cell(row, 'type')
    if (type !== 'Request' && type !== 'Response') continue
    const fn = N.PROFINET.get(log.cell(row, 'operation').replaceAll(' ', '_')) ?? 109
    truth.add(fn, type === 'Request' ? 'asked' : 'answered')
  }
  return truth
}

/** A state number other than the one before is a change; of the first message, its being the first of its state. */
export function goose(log: Log): Truth {
  const truth = new Truth('icsnpp', 'goose', 'asked')
  const states = new Map<string, string>()
  const [reference, state, sequence] = log.has('gocb_ref')
    ? ['gocb_ref', 'st_num', 'sq_num']
    : ['gocbRef', 'stNum', 'sqNum']
  for (const row of log.rows) {
    const block = log.cell(row, reference)
    if (block === '(empty)') {
      truth.add(0, 'asked')
      continue
    }
    const isChange = states.has(block)
      ? states.get(block) !== log.cell(row, state)
      : log.cell(row, sequence) === '0'
    states.set(block, log.cell(row, state))
    truth.add((isChange ? 2 : 1) + (log.cell(row, 'simulation') === 'T' ? 2 : 0), 'asked')
  }
  return truth
}

export function bsap(log: Log): Truth {
  const truth = new Truth('icsnpp', 'bsap', 'replies', fn => fn < 256)
  for (const row of log.rows) {
    const [, isReply, name] = /^(RSP_)?(.*)$/.exec(log.cell(row, 'func_code'))!
    truth.add(N.numberOf(N.BSAP, name), isReply ? 'answered' : 'asked')
  }
  return truth
}
