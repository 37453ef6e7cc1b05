import { ascii, ask, type Conversation } from '../conversation.ts'

/** WS-Discovery (2005/04): a probe at one device, as ONVIF has it, and its match. */
const DISCOVERY = 'http://schemas.xmlsoap.org/ws/2005/04/discovery'
const ADDRESSING = 'http://schemas.xmlsoap.org/ws/2004/08/addressing'
const envelope = (action: string, header: string, body: string): string =>
  ascii(
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="${ADDRESSING}" xmlns:d="${DISCOVERY}"><s:Header><a:Action>${DISCOVERY}/${action}</a:Action>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`,
  )
const PROBE = 'urn:uuid:5f9a1c10-0000-11f1-8000-026001000038'

export const conversation: Conversation = {
  over: 'udp',
  port: 3702,
  said: [
    ...ask([
      envelope('Probe', `<a:MessageID>${PROBE}</a:MessageID>`, '<d:Probe/>'),
      envelope(
        'ProbeMatches',
        `<a:RelatesTo>${PROBE}</a:RelatesTo>`,
        '<d:ProbeMatches><d:ProbeMatch><d:XAddrs>http://10.60.2.56/onvif/device_service</d:XAddrs></d:ProbeMatch></d:ProbeMatches>',
      ),
    ]),
  ],
  actions: {},
}
