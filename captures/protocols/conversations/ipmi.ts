import { ask, type Conversation, counted, hex, n } from '../conversation.ts'

/** IPMI over LAN (specification v2.0, chapter 13): presence ping of ASF, then messages without a session. */
const sum = (part: string): string => n(-hex(part).reduce((a, b) => a + b, 0) & 0xff, 1)
/** to, function and logical unit, their sum; from, number, command, data, their sum */
function message(
  to: string,
  network: number,
  from: string,
  number: string,
  command: string,
  data: string,
): string {
  const head = `${to} ${n(network << 2, 1)}`
  const body = `${from} ${number} ${command} ${data}`
  return `0600ff07 00 00000000 00000000 ${counted(`${head} ${sum(head)} ${body} ${sum(body)}`, 1)}`
}
const asked = (
  network: number,
  number: string,
  command: string,
  data: string,
  answer: string,
): [string, string] => [
  message('20', network, '81', number, command, data),
  message('81', network + 1, '20', number, command, answer),
]

export const conversation: Conversation = {
  over: 'udp',
  port: 623,
  said: [
    ...ask([
      '0600ff06 000011be 80 01 00 00',
      '0600ff06 000011be 40 01 00 10 000011be 00000000 81 00 000000000000',
    ]),
    // get channel authentication capabilities, get device id
    ...ask(asked(6, '04', '38', '8e 04', '00 01 80 04 02 000000 00')),
    ...ask(asked(6, '08', '01', '', '00 20 81 03 15 02 bf a20200 0009')),
    // chassis control: power off; insufficient privilege
    ...ask(asked(0, '0c', '02', '00', 'd4')),
  ],
  actions: { discover: 3, control: 1 },
  refused: { control: 1 },
}
