import { type Counter, conversationOf, takers } from './tshark-fields.ts'

const SERVICE_FAULT = 397
const OPEN_CHANNEL = 446

/** The encoding of an answer is numbered three after that of its request; messages without a body are known by their type. */
export const opcua: Counter = {
  protocol: 'opcua',
  names: ['opcua'],
  fields: [
    ...[
      'opcua.transport.type',
      'opcua.transport.chunk',
      'opcua.servicenodeid.numeric',
      'opcua.security.rqid',
    ],
  ],
  depth: 'replies',
  count(frame, truth, state) {
    const conversation = conversationOf(frame)
    const [service, request, chunk] = takers(
      frame,
      'opcua.servicenodeid.numeric',
      'opcua.security.rqid',
      'opcua.transport.chunk',
    )
    for (const type of frame.list('opcua.transport.type')) {
      chunk()
      if (type === 'HEL') truth.add(1, 'asked')
      else if (type === 'ACK' || type === 'ERR') truth.add(1, 'answered')
      else if (type === 'RHE') truth.add(2, 'asked')
      else {
        const number = service()
        const key = `${conversation} ${request()}`
        if (number === undefined) continue
        if (number === SERVICE_FAULT) truth.add(state.get(key) ?? 0, 'refused')
        else if (requestOf(number) !== undefined) truth.add(requestOf(number)!, 'answered')
        else {
          state.set(key, number)
          truth.add(number, 'asked')
        }
      }
    }
  },
}

/** Requests and answers by the numbers of their binary encodings, OPC 10000-6, annex A. */
const REQUESTS = new Set([
  ...[422, 428, 437, OPEN_CHANNEL, 452, 461, 467, 473, 479, 488, 494, 500, 506, 527, 533, 554, 560, 566, 615],
  ...[621, 631, 664, 673, 700, 712, 751, 763, 769, 775, 781, 787, 793, 799, 826, 832, 841, 847],
])
/** those that came later are numbered by other rules: FindServersOnNetwork, RegisterServer2 */
const LATER: ReadonlyMap<number, number> = new Map([
  [12209, 12208],
  [12212, 12211],
])

/** Which request the encoding of an answer answers; undefined = it is none. */
function requestOf(number: number): number | undefined {
  if (REQUESTS.has(number)) return undefined
  return LATER.get(number) ?? (REQUESTS.has(number - 3) ? number - 3 : undefined)
}

/** Packet types of MQTT that ask for something; publications are told apart by their topics with us. */
export const mqtt: Counter = {
  protocol: 'mqtt',
  names: ['mqtt'],
  fields: ['mqtt.msgtype'],
  depth: 'asked',
  covers: fn => [1, 8, 10, 12, 14].includes(fn),
  count(frame, truth) {
    for (const type of frame.numbers('mqtt.msgtype')) truth.add(type, 'asked')
  },
}

export const coap: Counter = {
  protocol: 'coap',
  names: ['coap'],
  fields: ['coap.code'],
  depth: 'asked',
  covers: fn => fn >= 1 && fn <= 7,
  count(frame, truth) {
    for (const code of frame.numbers('coap.code')) if (code >= 1 && code <= 7) truth.add(code, 'asked')
  },
}
