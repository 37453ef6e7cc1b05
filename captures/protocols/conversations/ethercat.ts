import { type Conversation, le, server, sizeOf, toGroup } from '../conversation.ts'

/**
 * EtherCAT (IEC 61158-4-12): the main device sends frames of datagrams, and they come back with what was read and how many
 * took part; only its own MAC has another bit then. The mailbox in them carries CoE (ETG.1000.6).
 */
const datagram = (command: string, address: string, data: string, counter: number): string =>
  `${command} 01 ${address} ${le(sizeOf(data), 2)} 0000 ${data} ${le(counter, 2)}`
const frame = (one: string): string => `${le(sizeOf(one) | 0x1000, 2)} ${one}`
/** goes out, and comes back */
const round = (command: string, address: string, out: string, back: string, counter = 1) => [
  toGroup(frame(datagram(command, address, out, 0))),
  { ...server(frame(datagram(command, address, back, counter))), toGroup: true as const },
]
/** mailbox: length, address, priority, type 3 (CoE) and number; service 2 (request) or 3 (answer), SDO */
const mail = (coe: string): string =>
  `${le(sizeOf(coe), 2)} 0000 00 13 ${coe} ${'00'.repeat(26 - sizeOf(coe))}`
const EMPTY = '00'.repeat(32)

export const conversation: Conversation = {
  over: 'ethernet',
  port: 0x88a4,
  macs: { client: '00:01:05:60:01:1d', server: '02:01:05:60:01:1d', group: 'ff:ff:ff:ff:ff:ff' },
  said: [
    // state of all (register 0x130)
    ...round('07', '0000 3001', '0000', '0800', 3),
    // slave 1001: to operational (register 0x120)
    ...round('05', 'e903 2001', '0800', '0800'),
    // SDO upload of its name, in its mailbox at 0x1000, fetched at 0x1080
    ...round('05', 'e903 0010', mail('0020 40 0810 00 00000000'), mail('0020 40 0810 00 00000000')),
    ...round('04', 'e903 8010', EMPTY, mail('0030 43 0810 00 454c3130')),
    // SDO download of a setting (0x8000), aborted: the object is not in the dictionary
    ...round('05', 'e903 0010', mail('0020 23 0080 01 10270000'), mail('0020 23 0080 01 10270000')),
    ...round('04', 'e903 8010', EMPTY, mail('0020 80 0080 01 00000206')),
    // process data: outputs and inputs at once
    ...round('0c', '0000 0100', '0f00 0000', '0f00 2a10', 3),
  ],
  // out: five reads, three writes, the state; what comes back is a conversation of its own, in which each datagram counts again,
  // and what slaves sent in their mailbox with the datagram that fetched it
  actions: { control: 2, read: 9, write: 7 },
  refused: { read: 1, write: 1 },
}
