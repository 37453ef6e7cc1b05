import { expect, it } from 'vitest'
import { syslog } from '../../src/app/it/syslog.ts'
import { TCP } from '../../src/app/protocol.ts'
import { probeText } from '../support/app-run.ts'
import { ascii } from '../support/app-text.ts'

it.each([
  ['<34>1 2026-10-11T22:14:15.003Z host su - ID47 - text', 'certain from client'],
  ['<34>Oct 11 22:14:15 host su: text', 'certain from client'],
  ['<0>2026-10-11T22:14:15 host text', 'certain from client'],
  ['<189>%LINK-3-UPDOWN: changed', 'unsure from client'],
  ['<192>Oct 11 22:14:15 host', 'not'],
  ['<034>Oct 11 22:14:15 host', 'not'],
  ['<34 Oct 11 22:14:15 host', 'not'],
  ['<34>\x01\x02\x03\x04\x05\x06\x07', 'not'],
  ['<html><body>', 'not'],
  ['no priority at all', 'not'],
])('%j: %s', (text, what) => {
  expect(probeText(syslog, ascii(text))).toBe(what)
})

it('over TCP with a count or without', () => {
  expect(probeText(syslog, ascii('50 <34>1 2026-10-11T22:14:15Z h'), { transport: TCP })).toBe(
    'certain from client',
  )
  expect(probeText(syslog, ascii('<34>Oct 11 22:14:15 h\n'), { transport: TCP })).toBe('certain from client')
  expect(probeText(syslog, ascii('220 <hello> to all of you'), { transport: TCP })).toBe('not')
})
