import { describe, expect, it } from 'vitest'
import { imap } from '../../src/app/it/imap.ts'
import { pop3 } from '../../src/app/it/pop3.ts'
import { smtp } from '../../src/app/it/smtp.ts'
import { probeText } from '../support/app-run.ts'
import { ascii } from '../support/app-text.ts'

describe('SMTP', () => {
  it.each([
    ['220 mail.example ESMTP Postfix\r\n', 'certain from server'],
    ['220 ready\r\n', 'unsure from server'],
    ['250-mail.example\r\n', 'unsure from server'],
    ['EHLO hmi.example\r\n', 'certain from client'],
    ['mail FROM:<a@example>\r\n', 'certain from client'],
    ['STARTTLS\r\n', 'not'],
    ['650 x\r\n', 'not'],
    ['EHLO \x00\x01\r\n', 'not'],
    ['HELP\r\n', 'not'],
  ])('%j: %s', (text, what) => {
    expect(probeText(smtp, ascii(text))).toBe(what)
  })
})

describe('POP3', () => {
  it.each([
    ['+OK ready\r\n', 'unsure from server'],
    ['-ERR no\r\n', 'unsure from server'],
    ['CAPA\r\n', 'certain from client'],
    ['apop mrose c4c9334bac560ecc979e58001b3e22fb\r\n', 'certain from client'],
    ['USER x\r\n', 'unsure from client'],
    ['+PONG\r\n', 'not'],
    ['UNLOCK /a HTTP/1.1\r\n', 'not'],
    ['USER x', 'not'],
  ])('%j: %s', (text, what) => {
    expect(probeText(pop3, ascii(text))).toBe(what)
  })
})

describe('IMAP', () => {
  it.each([
    ['* OK [CAPABILITY IMAP4rev1] ready\r\n', 'certain from server'],
    ['* OK ready\r\n', 'unsure from server'],
    ['a001 CAPABILITY\r\n', 'certain from client'],
    ['12 login a b\r\n', 'certain from client'],
    ['a001 CAPABILITY', 'not'],
    ['* BYE\r\n', 'not'],
    ['GET / HTTP/1.1\r\n', 'not'],
    ['one two three\r\n', 'not'],
  ])('%j: %s', (text, what) => {
    expect(probeText(imap, ascii(text))).toBe(what)
  })
})
