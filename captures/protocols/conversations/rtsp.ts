import { ask, type Conversation, lines } from '../conversation.ts'

/** RTSP (RFC 2326): what a camera offers. */
export const conversation: Conversation = {
  over: 'tcp',
  port: 554,
  said: [
    ...ask([
      lines('OPTIONS rtsp://10.60.2.65/1 RTSP/1.0', 'CSeq: 1', ''),
      lines('RTSP/1.0 200 OK', 'CSeq: 1', 'Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN', ''),
    ]),
    ...ask([
      lines('DESCRIBE rtsp://10.60.2.65/1 RTSP/1.0', 'CSeq: 2', 'Accept: application/sdp', ''),
      lines('RTSP/1.0 401 Unauthorized', 'CSeq: 2', 'WWW-Authenticate: Basic realm="camera"', ''),
    ]),
  ],
  actions: {},
}
