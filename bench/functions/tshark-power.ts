import { type Counter, conversationOf, takers } from './tshark-fields.ts'

const RESPONSE = 129
const UNSOLICITED = 130
const AUTHENTICATE = 32
const AUTHENTICATE_RESPONSE = 131
/** data of the application, which its own functions stand for */
const isUserData = (fn: number): boolean => fn === 3 || fn === 4

export const dnp3: Counter = {
  protocol: 'dnp3',
  names: ['dnp3'],
  fields: ['dnp3.al.func', 'dnp3.al.seq', 'dnp3.al.fir', 'dnp3.ctl.prifunc', 'dnp3.ctl.secfunc'],
  depth: 'replies',
  count(frame, truth, state) {
    const [sequence, first] = takers(frame, 'dnp3.al.seq', 'dnp3.al.fir')
    const conversation = conversationOf(frame)
    for (const fn of frame.numbers('dnp3.al.func')) {
      const key = `${conversation} ${sequence()}`
      const isFirst = first() !== 0
      if (fn === RESPONSE || fn === AUTHENTICATE_RESPONSE) {
        if (isFirst) truth.add(state.get(key) ?? (fn === RESPONSE ? fn : AUTHENTICATE), 'answered')
        continue
      }
      // requests without acknowledgement are answered by nobody
      if (fn !== UNSOLICITED && fn !== 0 && ![6, 8, 10, 12].includes(fn)) state.set(key, fn)
      truth.add(fn, 'asked')
    }
    for (const fn of frame.numbers('dnp3.ctl.prifunc')) if (!isUserData(fn)) truth.add(256 + fn, 'asked')
    for (const fn of frame.numbers('dnp3.ctl.secfunc')) if (fn === 11) truth.add(256 + 9, 'answered')
  },
}

/** U frames: bits of the control octet without its lowest two, and what asks for what they confirm */
const UNNUMBERED: ReadonlyMap<number, readonly [fn: number, isReply: boolean]> = new Map([
  [1, [263, false]],
  [2, [263, true]],
  [4, [275, false]],
  [8, [275, true]],
  [16, [323, false]],
  [32, [323, true]],
])

export const iec104: Counter = {
  protocol: 'iec104',
  names: ['iec60870_104', 'iec60870_asdu'],
  fields: ['iec60870_asdu.typeid', 'iec60870_asdu.causetx', 'iec60870_asdu.nega', 'iec60870_104.utype'],
  depth: 'all',
  count(frame, truth) {
    const [cause, negative] = takers(frame, 'iec60870_asdu.causetx', 'iec60870_asdu.nega')
    for (const type of frame.numbers('iec60870_asdu.typeid')) countAsdu(type, cause() ?? 0, negative() ?? 0)
    for (const control of frame.numbers('iec60870_104.utype')) {
      const [fn, isReply] = UNNUMBERED.get(control) ?? [256 + control * 4 + 3, false]
      truth.add(fn, isReply ? 'answered' : 'asked')
    }

    /** Process information is told; commands are activated and deactivated, confirmed, ended (10), or refused (44 to 47). */
    function countAsdu(type: number, cause: number, negative: number): void {
      const isCommand = type >= 45
      if (isCommand && cause === 10) return
      if (isCommand && (cause === 7 || cause === 9 || (cause >= 44 && cause <= 47)))
        truth.add(type, negative === 1 || cause >= 44 ? 'refused' : 'answered')
      else truth.add(type, 'asked')
    }
  },
}

export const synchrophasor: Counter = {
  protocol: 'synchrophasor',
  names: ['synphasor'],
  fields: ['synphasor.frtype', 'synphasor.command'],
  depth: 'replies',
  count(frame, truth) {
    const [command] = takers(frame, 'synphasor.command')
    for (const type of frame.numbers('synphasor.frtype')) {
      // 0 data, 1 header, 2, 3, 5 configurations, 4 command
      if (type === 4) truth.add(256 + (command() ?? 0), 'asked')
      else if (type === 0) truth.add(0, 'asked')
      else truth.add(type === 5 ? 262 : 258 + type, 'answered')
    }
  },
}

export const goose: Counter = {
  protocol: 'goose',
  names: ['goose'],
  fields: ['goose.gocbRef', 'goose.stNum', 'goose.sqNum', 'goose.simulation'],
  depth: 'asked',
  count(frame, truth, state) {
    const block = frame.list('goose.gocbRef')[0]
    const number = frame.number('goose.stNum')
    const sequence = frame.number('goose.sqNum')
    if (block === undefined || number === undefined || sequence === undefined) return truth.add(0, 'asked')
    const before = state.get(block)
    state.set(block, number)
    const isChange = before === undefined ? sequence === 0 : before !== number
    truth.add((isChange ? 2 : 1) + (frame.number('goose.simulation') === 1 ? 2 : 0), 'asked')
  },
}

export const sv: Counter = {
  protocol: 'sv',
  names: ['sv'],
  fields: [],
  depth: 'asked',
  count: (_frame, truth) => truth.add(1, 'asked'),
}

/** MMS: confirmed services by their choice, 256 + unconfirmed ones, 512 + other PDUs. */
export const mms: Counter = {
  protocol: 'mms',
  names: ['mms'],
  fields: [
    ...['confirmedServiceRequest', 'confirmedServiceResponse', 'unconfirmedService', 'invokeID'],
    ...['confirmed_ErrorPDU_element', 'initiate_RequestPDU_element', 'initiate_ResponsePDU_element'],
    ...['initiate_ErrorPDU_element', 'conclude_RequestPDU_element', 'conclude_ResponsePDU_element'],
    ...['rejectPDU_element', 'unconfirmed_PDU_element'],
  ].map(name => `mms.${name}`),
  depth: 'replies',
  covers: fn => fn < 224 || (fn >= 256 && fn < 768),
  count(frame, truth, state) {
    const conversation = conversationOf(frame)
    const ids = frame.list('mms.invokeID')
    const asked = frame.numbers('mms.confirmedServiceRequest')
    for (const fn of asked) {
      truth.add(fn, 'asked')
      state.set(`${conversation} ${ids[0]}`, fn)
    }
    for (const fn of frame.numbers('mms.confirmedServiceResponse')) truth.add(fn, 'answered')
    for (const fn of frame.numbers('mms.unconfirmedService')) truth.add(256 + fn, 'asked')
    if (
      frame.list('mms.confirmed_ErrorPDU_element').length > 0 ||
      frame.list('mms.rejectPDU_element').length > 0
    ) {
      const fn = state.get(`${conversation} ${ids[0]}`)
      if (fn !== undefined) truth.add(fn, 'refused')
    }
    for (const [name, fn] of [
      ['initiate', 520],
      ['conclude', 523],
    ] as const) {
      if (frame.list(`mms.${name}_RequestPDU_element`).length > 0) truth.add(fn, 'asked')
      if (frame.list(`mms.${name}_ResponsePDU_element`).length > 0) truth.add(fn, 'answered')
    }
    if (frame.list('mms.initiate_ErrorPDU_element').length > 0) truth.add(520, 'refused')
  },
}
