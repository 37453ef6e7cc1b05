import { ascii, ask, type Conversation, client, server } from '../conversation.ts'

/** The rsync daemon: both greet with a version, then a module is asked for. */
export const conversation: Conversation = {
  over: 'tcp',
  port: 873,
  said: [
    server(ascii('@RSYNCD: 31.0 sha512 sha256 sha1 md5 md4\n')),
    client(ascii('@RSYNCD: 31.0 sha512 sha256 sha1 md5 md4\n')),
    ...ask([ascii('backup\n'), ascii("@ERROR: Unknown module 'backup'\n")]),
  ],
  actions: {},
}
