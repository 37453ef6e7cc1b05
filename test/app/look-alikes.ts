import { hex } from '../support/app-run.ts'

const text = (line: string): Uint8Array => Uint8Array.from(Buffer.from(line, 'latin1'))

/** First payloads of other software, which nobody may take for a protocol of his: name, bytes. */
export const LOOK_ALIKES: readonly (readonly [string, Uint8Array])[] = [
  ['TLS hello', hex('1603 0100 c801 0000 c403 0361 2e5b 77a1 0c44 9b30 2e1f 8855 6612 9c00 1122 3344')],
  ['TLS data', hex(`1703 0300 40 ${'9c3e'.repeat(32)}`)],
  ['SSH banner', text('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n')],
  ['HTTP request', text('GET /index.html HTTP/1.1\r\nHost: 10.0.0.1\r\nAccept: */*\r\n\r\n')],
  ['HTTP answer', text('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nServer: nginx\r\n\r\n')],
  ['DNS query', hex('1a2b 0100 0001 0000 0000 0000 03 777777 07 6578616d706c65 03 636f6d 00 0001 0001')],
  [
    'SNMP',
    hex(
      '302902 0101 0406 7075626c6963 a01c 0204 1a2b3c4d 020100 020100 300e 300c 0608 2b06010201010100 0500',
    ),
  ],
  ['Modbus/TCP', hex('0001 0000 0006 01 03 0000 000a')],
  ['zeroes', new Uint8Array(64)],
  ['ones', new Uint8Array(64).fill(0xff)],
  ['noise', hex('a7f3 0c91 5be2 7d14 e8a0 3f66 92c7 1db8 40fa 86e1 5c2d b973 0e48 f5a1 67cc 2390')],
  ['typing', text('hello, is anybody there?\n')],
  ['a letter', text('S\n')],
]
