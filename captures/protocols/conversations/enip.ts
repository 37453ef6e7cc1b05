import { cipIdentity, cipReadTag, enipRegister } from '../../support/ot.ts'
import { ascii, ask, type Conversation, client, counted, countedLe, le, n, sizeOf } from '../conversation.ts'

/** EtherNet/IP encapsulation (CIP Networks Library, volume 2, section 2) and CIP (volume 1) in it. */
const SESSION = 0x11220044
const frame = (command: number, data: string, session = SESSION): string =>
  `${le(command, 2)} ${le(sizeOf(data), 2)} ${le(session, 4)} 00000000 0102030405060708 00000000 ${data}`
/** Send RR Data: null address item, unconnected data item */
const unconnected = (cip: string): string =>
  frame(0x6f, `00000000 0a00 0200 0000 0000 b200 ${countedLe(cip, 2)}`)
/** path to the controller in slot 0, by the connection manager (class 6) */
const routed = (cip: string): string =>
  unconnected(`52 02 20062401 0a f0 ${countedLe(cip, 2)} ${sizeOf(cip) % 2 ? '00' : ''} 01 00 0100`)

const NAME = '1769-L33ER Press'
/** version 1, socket address, vendor 1, type 14, product code, revision, status, serial number, name, state */
const identity = `0100 0002 af12 0a3c0213 ${'00'.repeat(8)} 0100 0e00 6b00 1e0b 6000 44332211 ${counted(ascii(NAME), 1)} 03`
const tag = (name: string): string => {
  const segment = `91 ${counted(ascii(name), 1)} ${name.length % 2 ? '00' : ''}`
  return `${n(sizeOf(segment) / 2, 1)} ${segment}`
}
/** one DINT */
const writeTag = (name: string): string => `4d ${tag(name)} c400 0100 20030000`

export const conversation: Conversation = {
  over: 'tcp',
  port: 44818,
  said: [
    // List Identity
    ...ask([frame(0x63, '', 0), frame(0x63, `0100 0c00 ${countedLe(identity, 2)}`, 0)]),
    ...ask(enipRegister(SESSION)),
    ...ask(cipIdentity(SESSION, NAME)),
    ...ask(cipReadTag(SESSION, 'LineSpeed', 801)),
    ...ask([routed(writeTag('LineSpeed')), unconnected('cd 00 00 00')]),
    // a tag that is not there: path segment error
    ...ask([routed(writeTag('NoSuchTag')), unconnected('cd 00 05 01 0000')]),
    // reset of the identity object, refused: privilege violation
    ...ask([unconnected('05 02 20012401 00'), unconnected('85 00 0f 00')]),
    // UnRegister Session has no answer
    client(frame(0x66, '')),
  ],
  actions: { discover: 2, session: 2, read: 1, write: 2, control: 1 },
  refused: { write: 1, control: 1 },
}
