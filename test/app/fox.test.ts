import { describe, expect, it } from 'vitest'
import { fox } from '../../src/app/ot/fox.ts'
import { probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const bytes = (text: string) => Uint8Array.from(Buffer.from(text))
const hello = (number: number, app: string) =>
  `fox a ${number} -1 fox hello\n{\nfox.version=s:1.0\nid=i:7\nhostName=s:jace-2\napp.name=s:${app}\napp.version=s:4.13.2\nbrandId=s:Webs\n};;\n`

describe('what is Niagara Fox', () => {
  it.each([
    [hello(1, 'Workbench'), 'certain from client'],
    [hello(0, 'Station'), 'certain from server'],
    ['fox a 1 -1 fox challenge\n{\n', 'unsure'],
    ['fox and hound', 'not'],
    ['foxtrot 1 2 3', 'not'],
  ])('%j: %s', (text, what) => expect(probeText(fox, bytes(text), { dstPort: 1911 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, other) => expect(probeText(fox, other, { dstPort: 1911 })).toBe('not'))

  it('ends where its block ends', () => {
    const text = hello(0, 'Station')
    expect(fox.length!(bytes(`${text}fox m`), 0, text.length + 5)).toBe(text.length)
    expect(fox.length!(bytes(text), 0, 40)).toBe(0)
    expect(fox.length!(bytes('GET / HTTP'), 0, 10)).toBe(-1)
  })
})

describe('what Niagara Fox tells', () => {
  it('who the ends are; nothing after it', () => {
    const said: Said[] = [
      { from: 'server', bytes: bytes(hello(0, 'Station')) },
      { from: 'server', bytes: bytes('fox a 1 -1 fox challenge\n{\nnonce=b:4\n};;\n') },
    ]
    expect(readAll(fox, said)).toEqual([
      { client: false },
      { heard: 'name', text: 'jace-2' },
      { heard: 'role', text: 'Station' },
      { heard: 'version', text: '4.13.2' },
      { heard: 'vendor', text: 'Webs' },
      'done',
    ])
  })
})
