import { ask, type Conversation, le, n, sizeOf } from '../conversation.ts'

/** DCE/RPC over TCP (C706 chapter 12; MS-RPCE): the endpoint mapper is bound, and asked where a service is; it does not know. */
const pdu = (type: number, call: number, body: string): string =>
  `0500 ${n(type, 1)} 03 10000000 ${le(16 + sizeOf(body), 2)} 0000 ${le(call, 4)} ${body}`
const EPMAPPER = '0883afe11f5dc91191a408002b14a0fa'
const NDR = '045d888aeb1cc9119fe808002b104860 02000000'
/** floors: interface (OPC DA server), NDR, connection-oriented RPC, TCP 0, IP 0 */
const TOWER = `0500 1300 0d 523ac1391e01d0119675 0020afd8adb3 0000 0200 0000 1300 0d 045d888aeb1cc9119fe808002b104860 0200 0200 0000 0100 0b 0200 0000 0100 07 0200 0000 0100 09 0400 00000000`
const HANDLE = '00'.repeat(20)
const map = `01000000 ${'00'.repeat(16)} 02000000 ${le(sizeOf(TOWER), 4)} ${le(sizeOf(TOWER), 4)} ${TOWER} 00 ${HANDLE} 04000000`
/** no towers; status: there is no such endpoint */
const mapped = `${HANDLE} 00000000 04000000 00000000 00000000 d6a0c916`

export const conversation: Conversation = {
  over: 'tcp',
  port: 135,
  said: [
    ...ask([
      pdu(11, 1, `b810b810 00000000 01000000 0000 0100 ${EPMAPPER} 03000000 ${NDR}`),
      pdu(12, 1, `b810b810 7b5a0000 0400 31333500 0000 01000000 0000 0000 ${NDR}`),
    ]),
    // map (3)
    ...ask([
      pdu(0, 2, `${le(sizeOf(map), 4)} 0000 0300 ${map}`),
      pdu(2, 2, `${le(sizeOf(mapped), 4)} 0000 0000 ${mapped}`),
    ]),
  ],
  actions: { session: 1, discover: 1 },
}
