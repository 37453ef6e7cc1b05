import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesText, durationText, listText, sanitise, shareText, timeOrder } from '../../src/finding/words.ts'
import { hanging, pad, painter, table, textWidth, wrap } from '../../src/sink/layout.ts'

describe('wrapping', () => {
  it('breaks at spaces and cuts only what is longer than a line', () => {
    expect(wrap('one two three four', 10)).toEqual(['one two', 'three four'])
    expect(wrap('fe80::1234:5678:9abc:def0 x', 10)).toEqual(['fe80::1234', ':5678:9abc', ':def0 x'])
    expect(wrap('', 10)).toEqual([''])
  })

  it('never loses a character nor exceeds the width', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', ' ', '制', 'é', '→') }),
        fc.integer({ min: 10, max: 40 }),
        (text, width) => {
          const lines = wrap(text, width)
          expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
          for (const line of lines) expect(textWidth(line.trimEnd())).toBeLessThanOrEqual(width)
        },
      ),
    )
  })

  it('hangs what follows under the first line', () => {
    expect(hanging('  - ', 'one two three', 12, 4)).toEqual(['  - one two', '    three'])
  })
})

describe('columns', () => {
  it('reckons wide and combining characters', () => {
    expect(textWidth('ab→')).toBe(3)
    expect(textWidth('制御')).toBe(4)
    expect(textWidth('e\u0301')).toBe(1)
    expect(pad('制', 4)).toBe('制  ')
  })

  it('aligns', () => {
    expect(
      table(
        [
          ['a', '1'],
          ['bb', '22'],
        ],
        [1],
      ),
    ).toEqual(['a    1', 'bb  22'])
  })

  it('paints only when told so', () => {
    expect(painter(false)('bad', 'x')).toBe('x')
    expect(painter(true)('bad', 'x')).toBe('\u001b[1m\u001b[31mx\u001b[39m\u001b[22m')
  })
})

describe('words', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [9_960, '10 kB'],
    [999_600, '1.0 MB'],
    [12_345_678, '12 MB'],
  ])('%i bytes are %s', (n, text) => expect(bytesText(n)).toBe(text))
  it.each([
    [0, '0 s'],
    [0.0004, 'under 1 ms'],
    [0.25, '0.25 s'],
    [12, '12 s'],
    [60, '1 min'],
    [303, '5 min 3 s'],
    [3600, '1 h'],
    [12_000, '3 h 20 min'],
    [1_051_200, '12 days 4 h'],
  ])('%f seconds are %s', (n, text) => expect(durationText(n)).toBe(text))
  it.each([
    [0, 9, '0 %'],
    [1, 100_000, 'under 0.1 %'],
    [12, 340, '3.5 %'],
    [1, 3, '33.3 %'],
    [99_999, 100_000, 'over 99.9 %'],
    [5, 5, '100 %'],
    [0, 0, '0 %'],
  ])('%i of %i is %s', (part, whole, text) => expect(shareText(part, whole)).toBe(text))
  it('lists', () => {
    expect([
      listText([]),
      listText(['a']),
      listText(['a', 'b']),
      listText(['a', 'b', 'c']),
      listText(['a', 'b', 'c', 'd'], 2),
    ]).toEqual(['', 'a', 'a and b', 'a, b and c', 'a, b and 2 more'])
  })
  it('orders times with any number of decimals', () => {
    const times = [
      '2026-10-01T08:00:01Z',
      '2026-10-01T08:00:00.5Z',
      '2026-10-01T08:00:00Z',
      '2026-10-01T08:00:00.500000001Z',
    ]
    expect(times.sort(timeOrder)).toEqual([
      '2026-10-01T08:00:00Z',
      '2026-10-01T08:00:00.5Z',
      '2026-10-01T08:00:00.500000001Z',
      '2026-10-01T08:00:01Z',
    ])
  })
  it('replaces what could steer a terminal, and nothing else', () => {
    expect(sanitise('a\u001b[31m\u0000\u009b\u202e\u2028b')).toBe(
      'a\u{fffd}[31m\u{fffd}\u{fffd}\u{fffd}\u{fffd}b',
    )
    expect(sanitise('Größe → 制御 ✗ "x"')).toBe('Größe → 制御 ✗ "x"')
  })
})
