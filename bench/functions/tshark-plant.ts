import { type Counter, conversationOf, isFromPort, takers } from './tshark-fields.ts'

export const modbus: Counter = {
  protocol: 'modbus',
  names: ['mbtcp', 'mbudp', 'modbus'],
  fields: ['modbus.func_code', 'modbus.exception_code'],
  depth: 'all',
  count(frame, truth) {
    const exceptions = frame.numbers('modbus.exception_code').length
    const codes = frame.numbers('modbus.func_code')
    for (const [i, fn] of codes.entries()) {
      if (!isFromPort(frame, 502)) truth.add(fn & 0x7f, 'asked')
      else truth.add(fn & 0x7f, i < exceptions ? 'refused' : 'answered')
    }
  },
}

/** Userdata stands as group * 256 + subfunction, with 16 for group 0. */
export const s7comm: Counter = {
  protocol: 's7comm',
  names: ['s7comm'],
  fields: [
    ...['header.rosctr', 'header.errcls', 'header.datlg', 'param.func', 'param.errcod'],
    ...['param.userdata.type', 'param.userdata.funcgroup', 'param.userdata.subfunc'],
  ].map(name => `s7comm.${name}`),
  depth: 'replies',
  covers: fn => fn !== 224 && fn !== 128,
  count(frame, truth) {
    const [fn, type, group, subfunction, error, parameterError] = takers(
      frame,
      's7comm.param.func',
      's7comm.param.userdata.type',
      's7comm.param.userdata.funcgroup',
      's7comm.param.userdata.subfunc',
      's7comm.header.errcls',
      's7comm.param.errcod',
    )
    for (const kind of frame.numbers('s7comm.header.rosctr')) {
      if (kind === 7) {
        const what = type() ?? 0
        const number = ((group() ?? 0) || 16) * 256 + (subfunction() ?? 0)
        if (what !== 8) truth.add(number, 'asked')
        else truth.add(number, (parameterError() ?? 0) === 0 ? 'answered' : 'refused')
        continue
      }
      const code = fn()
      const failed = kind === 1 ? 0 : (error() ?? 0)
      if (code === undefined) continue
      truth.add(code, kind === 1 ? 'asked' : failed === 0 ? 'answered' : 'refused')
    }
  },
}

/** What only carries messages does nothing by itself: Multiple Service Packet, Unconnected Send; SendRRData, SendUnitData. */
const CARRIERS = new Set([0x0a, 0x52, 0x106f, 0x1070])

export const enip: Counter = {
  protocol: 'enip',
  names: ['enip', 'cip', 'cipcm', 'cipcls'],
  fields: ['enip.command', 'cip.service'],
  depth: 'replies',
  covers: fn => fn < 0x2000 && !CARRIERS.has(fn),
  count(frame, truth) {
    for (const command of frame.numbers('enip.command'))
      truth.add(0x1000 + command, isFromPort(frame, 44818) ? 'answered' : 'asked')
    const services = frame.numbers('cip.service')
    for (const service of services) if (service >= 0x80) truth.add(service & 0x7f, 'answered')
    const asked = services.filter(service => service < 0x80)
    // ours are the PDUs that ask for a service, once or several times
    const isPacked = asked.includes(0x0a)
    for (const fn of isPacked ? new Set(asked) : asked) truth.add(fn, 'asked')
  },
}

export const fins: Counter = {
  protocol: 'fins',
  names: ['omron'],
  fields: ['omron.command', 'omron.icf.dtb', 'omron.response.code'],
  depth: 'replies',
  covers: fn => fn < 0xff00,
  count(frame, truth) {
    const [isReply] = takers(frame, 'omron.icf.dtb')
    for (const fn of frame.numbers('omron.command')) truth.add(fn, isReply() === 1 ? 'answered' : 'asked')
  },
}

export const ethercat: Counter = {
  protocol: 'ethercat',
  names: ['ecat', 'ecatf'],
  fields: ['ecat.cmd', ...Array.from({ length: 10 }, (_, i) => `ecat.sub${i + 1}.cmd`)],
  depth: 'messages',
  covers: fn => fn < 15,
  count(frame, truth) {
    const commands = new Set(ethercat.fields.flatMap(field => frame.numbers(field)))
    for (const fn of commands) truth.add(fn, 'asked')
  },
}

/** Frame ids of IEC 61158-6-10, 4.2.2.3, for what can be told by them alone. */
export const profinet: Counter = {
  protocol: 'profinet',
  names: ['pn_rt', 'pn_dcp', 'pn_io', 'pn_ptcp'],
  fields: ['pn_dcp.service_id', 'pn_dcp.service_type'],
  depth: 'replies',
  covers: fn => fn >= 30 && fn <= 33,
  count(frame, truth) {
    const service = frame.number('pn_dcp.service_id')
    if (service === undefined) return
    // 3 get, 4 set, 5 identify, 6 hello; types: 0 request, 1 done, 5 not supported
    truth.add(27 + service, frame.number('pn_dcp.service_type') === 0 ? 'asked' : 'answered')
  },
}

export const ads: Counter = {
  protocol: 'ads',
  names: ['ams'],
  fields: ['ams.cmdid', 'ams.state_response'],
  depth: 'replies',
  covers: fn => fn < 256,
  count(frame, truth) {
    const [isReply] = takers(frame, 'ams.state_response')
    for (const fn of frame.numbers('ams.cmdid')) truth.add(fn, isReply() === 1 ? 'answered' : 'asked')
  },
}

export const hartIp: Counter = {
  protocol: 'hart-ip',
  names: ['hart_ip'],
  fields: ['hart_ip.message_type', 'hart_ip.message_id', 'hart_ip.pt.command'],
  depth: 'messages',
  // of commands with a number of their own in the data, TShark tells the carrier
  covers: fn => fn < 256 || fn >= 65280,
  count(frame, truth) {
    const [command] = takers(frame, 'hart_ip.pt.command')
    for (const id of frame.numbers('hart_ip.message_id')) {
      if (id === 4) continue
      const fn = id === 3 ? command() : 65280 + id
      if (fn !== undefined && fn !== 31) truth.add(fn, 'asked')
    }
  },
}

export const bacnet: Counter = {
  protocol: 'bacnet',
  names: ['bvlc', 'bacnet', 'bacapp'],
  fields: [...['type', 'confirmed_service', 'unconfirmed_service', 'invoke_id', 'sequence_number']].map(
    name => `bacapp.${name}`,
  ),
  depth: 'replies',
  covers: fn => fn < 200,
  count(frame, truth, state) {
    const type = frame.number('bacapp.type')
    const service = frame.number('bacapp.confirmed_service')
    const key = `${conversationOf(frame)} ${frame.number('bacapp.invoke_id')}`
    switch (type) {
      case 0:
        if (service === undefined) return
        state.set(key, service)
        return truth.add(service, 'asked')
      case 1:
        return truth.add(100 + (frame.number('bacapp.unconfirmed_service') ?? 99), 'asked')
      case 2:
      case 5:
        return truth.add(service ?? 99, 'answered')
      case 3:
        // of an answer in segments, the first one
        if ((frame.number('bacapp.sequence_number') ?? 0) === 0) truth.add(service ?? 99, 'answered')
        return
      case 6:
      case 7:
        return truth.add(state.get(key) ?? 99, 'refused')
    }
  },
}
