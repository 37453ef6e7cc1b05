import { ascii, ask, type Conversation, counted } from '../conversation.ts'

/** ProConOS, the question that public scanners ask and its answer; no specification is public. */
const INFORMATION = `${'00'.repeat(8)} ${ascii('ProConOS V4.1.0230 Feb 4 2011', 32)} ${ascii('ADAM5510KW 1.24 Build 005', 33)} ${ascii('hall3', 22)} ${ascii('Plant', 26)}`

export const conversation: Conversation = {
  over: 'tcp',
  port: 20547,
  said: [...ask(['cc01 000b 4002 0000 47ee', `cc01 ${counted(INFORMATION, 2)}`])],
  actions: { discover: 1 },
}
