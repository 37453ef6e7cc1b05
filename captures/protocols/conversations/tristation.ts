import { ask, type Conversation, client, countedLe, crc16, hex, le, n } from '../conversation.ts'

/** TriStation as the analyses of TRITON published it: TCM around TS, each with a check. */
const tcm = (type: number, body = ''): string => {
  const bytes = `${n(type, 1)} 00 ${countedLe(body, 2)}`
  return bytes + le(crc16(hex(bytes), 0xa001, 0), 2)
}
/** direction, connection, command, number, sum of the data, length with this header */
function command(direction: number, code: number, number: number, data = ''): string {
  const bytes = hex(data)
  const length = 10 + bytes.length
  const sum = [direction, code, number, length, ...bytes].reduce((a, b) => a + b, 0) & 0xffff
  return tcm(
    5,
    `${n(direction, 1)} 00 ${n(code, 1)} ${n(number, 1)} 0000 ${le(sum, 2)} ${le(length, 2)} ${data}`,
  )
}
const asked = (code: number, number: number, data: string, answer: number, told = ''): [string, string] => [
  command(0, code, number, data),
  command(1, answer, number, told),
]

export const conversation: Conversation = {
  over: 'udp',
  port: 1502,
  said: [
    // connect
    ...ask([tcm(1), tcm(2)]),
    // status of the control program: running, key in position program
    ...ask(asked(19, 1, '', 108, `0000 0100 0000 0001 ${'00'.repeat(24)}`)),
    // values of points from 40001 on
    ...ask(asked(28, 2, '0100 419c 0200', 121, '0000 0200 0100 0000')),
    // set values; the answer says no more than that it was rejected
    ...ask(asked(16, 3, '0100 419c 0100 0100', 200, '0b00')),
    // start to download a change, halt
    ...ask(asked(1, 4, '00000000', 102, '0000')),
    ...ask(asked(21, 5, '', 110, '0000')),
    // disconnect
    client(tcm(3)),
  ],
  actions: { session: 2, diagnose: 1, read: 1, write: 1, program: 1, control: 1 },
  refused: { write: 1 },
}
