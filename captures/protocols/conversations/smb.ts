import { ascii, ask, type Conversation, counted, le, sizeOf, wide } from '../conversation.ts'

/** SMB2 over TCP (MS-SMB2 sections 2.1, 2.2.1): length, header, body. */
const frame = (
  command: number,
  number: number,
  isReply: boolean,
  body: string,
  status = '00000000',
): string =>
  `00 ${counted(
    `fe534d42 4000 0000 ${status} ${le(command, 2)} 0100 ${isReply ? '01' : '00'}000000 00000000 ${le(number, 8)} 00000000 00000000 ${isReply && number > 0 ? '1d00000000400000' : '0000000000000000'} ${'00'.repeat(16)} ${body}`,
    3,
  )}`
const GUID = 'd1f0a3c25b7e4f10a9c4001122334455'
/** dialects 2.1 and 3.0.2 */
const negotiate = `2400 0200 0100 0000 00000000 ${GUID} 0000000000000000 1002 0203`
const negotiated = `4100 0100 0203 0000 ${GUID} 07000000 00001000 00001000 00001000 0040e5c2d235dc01 0000000000000000 8000 0000 00000000`
const blob = (text: string): string => `${ascii('NTLMSSP\0')} ${text}`
const offer = blob('01000000 978208e2 0000000000000000 0000000000000000')
const NAMES = `0200 ${le(10, 2)} ${wide('PLANT')} 0100 ${le(14, 2)} ${wide('FILES-1')} 0000 0000`
const challenge = blob(
  `02000000 0000 0000 38000000 15828ae2 1f2e3d4c5b6a7988 0000000000000000 ${le(sizeOf(NAMES), 2)} ${le(sizeOf(NAMES), 2)} 38000000 0a00394f0000000f ${NAMES}`,
)

export const conversation: Conversation = {
  over: 'tcp',
  port: 445,
  said: [
    ...ask([frame(0, 0, false, negotiate), frame(0, 0, true, negotiated)]),
    // session setup: an offer, and a challenge to it (more processing required)
    ...ask([
      frame(
        1,
        1,
        false,
        `1900 00 01 01000000 00000000 5800 ${le(sizeOf(offer), 2)} 0000000000000000 ${offer}`,
      ),
      frame(1, 1, true, `0900 0000 4800 ${le(sizeOf(challenge), 2)} ${challenge}`, '160000c0'),
    ]),
  ],
  actions: {},
}
