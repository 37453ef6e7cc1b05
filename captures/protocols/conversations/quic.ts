import { createCipheriv, createHmac } from 'node:crypto'
import { Random } from '../../support/bytes.ts'
import { tlsHello } from '../../support/it.ts'
import { ask, type Conversation, countedLe, digits, hex, n, sizeOf } from '../conversation.ts'

/**
 * QUIC version 1: initial packets (RFC 9000 section 17.2.2). Their keys come from the identity that the client first made up for
 * the server (RFC 9001 section 5), so that whoever sees them can read them.
 */
const random = new Random(67)
const CLIENT = digits(random.bytes(8))
const FIRST = digits(random.bytes(8))
const SERVER = digits(random.bytes(8))
const SALT = hex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a')
const SIZE = 1200

const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array =>
  createHmac('sha256', key).update(data).digest()
/** HKDF-Expand-Label of RFC 8446 section 7.1, for no more than one block */
function derive(secret: Uint8Array, label: string, length: number): Uint8Array {
  const name = Buffer.from(`tls13 ${label}`)
  const info = hex(`${n(length, 2)} ${countedLe(digits(name), 1)} 00 01`)
  return hmac(secret, info).subarray(0, length)
}

/** An initial packet that fills a datagram: CRYPTO with a message of TLS, padding; number 0 in four bytes. */
function initial(
  sender: 'client in' | 'server in',
  to: string,
  from: string,
  message: Uint8Array,
): Uint8Array {
  const secret = derive(hmac(SALT, hex(FIRST)), sender, 32)
  const [key, iv, hp] = [
    derive(secret, 'quic key', 16),
    derive(secret, 'quic iv', 12),
    derive(secret, 'quic hp', 16),
  ]
  // token: none; length of number, content and tag in two bytes
  const front = `c3 00000001 08 ${to} 08 ${from} 00`
  const rest = SIZE - sizeOf(front) - 2
  const header = hex(`${front} ${n(0x4000 | rest, 2)} 00000000`)
  const content = new Uint8Array(rest - 4 - 16)
  content.set(hex(`06 00 ${n(0x4000 | message.length, 2)} ${digits(message)}`))
  const cipher = createCipheriv('aes-128-gcm', key, iv).setAAD(header)
  const sealed = Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()])
  // header protection: four bits of the first byte, and the number (section 5.4)
  const mask = createCipheriv('aes-128-ecb', hp, null).update(sealed.subarray(0, 16))
  header[0] ^= mask[0] & 0x0f
  for (let i = 0; i < 4; i++) header[header.length - 4 + i] ^= mask[1 + i]
  return Buffer.concat([header, sealed])
}
/** the hellos without the records around them */
const [hello, answer] = tlsHello(random, 'cloud.plant.example').map(record => record.subarray(5))

export const conversation: Conversation = {
  over: 'udp',
  port: 443,
  said: [...ask([initial('client in', FIRST, CLIENT, hello), initial('server in', CLIENT, SERVER, answer)])],
  actions: {},
}
