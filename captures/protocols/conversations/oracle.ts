import { ascii, ask, type Conversation, counted, n } from '../conversation.ts'

/** Oracle Net: connect with a descriptor, which the listener refuses as it does not know the service. */
const packet = (type: string, body: string): string => counted(`0000 ${type} 00 0000 ${body}`, 2, 2)
const DESCRIPTOR =
  '(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=HIST)(CID=(PROGRAM=trend)(HOST=hmi-3)(USER=op))))'
/** version 315, compatible with 300; sizes of units, at byte 58 the descriptor */
const connect = `013b 012c 0c41 2000 ffff 7f08 0000 0100 ${n(DESCRIPTOR.length, 2)} 003a 00000800 4141 ${'00'.repeat(24)} ${ascii(DESCRIPTOR)}`
const refusal = ascii(
  '(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=12514)(ERROR_STACK=(ERROR=(CODE=12514)(EMFI=4))))',
)

export const conversation: Conversation = {
  over: 'tcp',
  port: 1521,
  said: [...ask([packet('01', connect), packet('04', `2200 ${counted(refusal, 2)}`)])],
  actions: { session: 1 },
  refused: { session: 1 },
}
