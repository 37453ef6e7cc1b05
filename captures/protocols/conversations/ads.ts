import { ascii, ask, type Conversation, countedLe, le, server, sizeOf } from '../conversation.ts'

/** ADS over AMS (Beckhoff Information System, TwinCAT ADS): AMS/TCP header, AMS header, data of a command. */
const CLIENT = '0a3c01030101 8980'
/** the first PLC runtime is port 851 */
const PLC = '0a3c02030101 5303'
function packet(command: number, invoke: number, data: string, answers = false): string {
  const [target, source] = answers ? [CLIENT, PLC] : [PLC, CLIENT]
  const flags = answers ? '0500' : '0400'
  return `0000 ${countedLe(`${target} ${source} ${le(command, 2)} ${flags} ${le(sizeOf(data), 4)} 00000000 ${le(invoke, 4)} ${data}`, 4)}`
}
const asked = (command: number, invoke: number, data: string, answer: string): [string, string] => [
  packet(command, invoke, data),
  packet(command, invoke, answer, true),
]
/** flags of the PLC (group 0x4020) from byte 100 on */
const FLAGS = '20400000 64000000'
/** a notification comes as a request of the PLC */
const notification = `0000 ${countedLe(`${CLIENT} ${PLC} 0800 0400 ${le(30, 4)} 00000000 00000000 ${countedLe('01000000 0040e5c2d235dc01 01000000 05000000 02000000 2f01', 4)}`, 4)}`

export const conversation: Conversation = {
  over: 'tcp',
  port: 48898,
  said: [
    // read device info: no error, version 3.1 build 4024, name
    ...ask(asked(1, 1, '', `00000000 03 01 b80f ${ascii('Plc30 App', 16)}`)),
    // read state: run
    ...ask(asked(4, 2, '', '00000000 0500 0000')),
    ...ask(asked(2, 3, `${FLAGS} 04000000`, '00000000 04000000 2f010000')),
    ...ask(asked(3, 4, `${FLAGS} 02000000 3001`, '00000000')),
    // a group that is not there: service is not supported (0x701)
    ...ask(asked(3, 5, 'efbe0000 00000000 02000000 3001', '01070000')),
    // add notification of two bytes, on change, every 100 ms
    ...ask(
      asked(6, 6, `${FLAGS} 02000000 04000000 00000000 40420f00 ${'00'.repeat(16)}`, '00000000 05000000'),
    ),
    server(notification),
    // write control: stop
    ...ask(asked(5, 7, '0600 0000 00000000', '00000000')),
  ],
  actions: { discover: 1, diagnose: 1, read: 1, write: 2, report: 2, control: 1 },
  refused: { write: 1 },
}
