import { ascii, type Conversation, client, counted, server } from '../conversation.ts'

/** AMQP 0-9-1: header, then methods in frames of channel 0: start, start-ok, tune. */
const frame = (method: string): string => `01 0000 ${counted(method, 4)} ce`
const long = (text: string): string => counted(ascii(text), 4)
const short = (text: string): string => counted(ascii(text), 1)
/** one entry of a table: a long string */
const table = (key: string, value: string): string => counted(`${short(key)} 53 ${long(value)}`, 4)

export const conversation: Conversation = {
  over: 'tcp',
  port: 5672,
  said: [
    client('414d5150 00 000901'),
    server(frame(`000a 000a 00 09 ${table('product', 'Broker')} ${long('PLAIN AMQPLAIN')} ${long('en_US')}`)),
    client(
      frame(
        `000a 000b ${table('product', 'trend')} ${short('PLAIN')} ${long('\0trend\0example')} ${short('en_US')}`,
      ),
    ),
    server(frame('000a 001e 07ff 00020000 003c')),
  ],
  actions: {},
}
