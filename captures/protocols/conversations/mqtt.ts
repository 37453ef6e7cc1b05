import { ascii, ask, type Conversation, client, counted, server } from '../conversation.ts'

/** MQTT 3.1.1 (OASIS), and topics of Sparkplug B (Eclipse): type and flags, length, what the type has. */
const text = (words: string): string => counted(ascii(words), 2)
const packet = (first: string, body = ''): string => `${first} ${counted(body, 1)}`
const publish = (topic: string, payload: string): string => packet('30', text(topic) + ascii(payload))

export const conversation: Conversation = {
  over: 'tcp',
  port: 1883,
  said: [
    // clean session, a minute
    ...ask([packet('10', `${text('MQTT')} 04 02 003c ${text('scada-1')}`), '20 02 00 00']),
    ...ask([packet('82', `0001 ${text('plant/line1/#')} 01`), '90 03 0001 01']),
    // not authorised
    ...ask([packet('82', `0002 ${text('$SYS/#')} 00`), '90 03 0002 80']),
    server(publish('plant/line1/temperature', '{"value":61.5}')),
    client(publish('plant/line1/valve/set', 'open')),
    // a command to a device of an edge node (protobuf: a metric)
    client(packet('30', `${text('spBv1.0/plant/DCMD/edge-1/plc-4')} 1208 0a02 5350 2009 5805`)),
    ...ask(['c0 00', 'd0 00']),
    client('e0 00'),
  ],
  actions: { session: 3, report: 3, write: 2, control: 1 },
  refused: { report: 1 },
}
