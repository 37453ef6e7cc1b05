import { ascii, ask, type Conversation } from '../conversation.ts'

/** X11 (X Protocol, section 8): a client says its byte order and version, and is refused: no protocol of authorization. */
const reason = ascii('Authorization required', 24)

export const conversation: Conversation = {
  over: 'tcp',
  port: 6000,
  said: [...ask(['6c00 0b00 0000 0000 0000 0000', `00 16 0b00 0000 0600 ${reason}`])],
  actions: {},
}
