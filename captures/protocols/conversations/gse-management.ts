import { ascii, ber, type Conversation, client, counted, server } from '../conversation.ts'

/** GSE management (IEC 61850-8-1 annex A): APPID, length with this header, two reserved words, PDU: number, request or answer. */
const frame = (pdu: string): string => {
  const content = ber('60', pdu)
  return `0018 ${counted(`00000000 ${content}`, 2, 4)}`
}
const reference = ber('80', ascii('FEEDER_4/LLN0$GO$gcb01'))

export const conversation: Conversation = {
  over: 'ethernet',
  port: 0x88b9,
  macs: { client: '00:02:a3:60:01:19', server: '00:02:a3:60:02:19' },
  said: [
    // which reference has this element, and which element has this reference
    client(frame(`800101 ${ber('a1', ber('a1', reference))}`)),
    server(frame(`800101 ${ber('a2', ber('a1', reference))}`)),
    client(frame(`800102 ${ber('a1', ber('a2', reference))}`)),
    // not supported
    server(frame(`800102 ${ber('a2', ber('80', '00'))}`)),
  ],
  actions: { discover: 2 },
  refused: { discover: 1 },
}
