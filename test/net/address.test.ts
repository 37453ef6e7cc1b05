import { isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatAddress,
  formatMac,
  parseAddress,
  parseIPv4,
  parseIPv6,
  parseMac,
  prefixRange,
  type Words,
} from '../../src/net/address.ts'

const word = fc.nat(0xffffffff)
const words = fc.tuple(word, word, word, word)
/** Addresses with many zero groups, where text forms differ. */
const sparse = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((g): Words => [0, 1, 2, 3].map(i => g[2 * i] * 65536 + g[2 * i + 1]) as Words)

describe('IPv4 addresses', () => {
  it.each([
    ['0.0.0.0', 0],
    ['10.0.1.11', 0x0a00010b],
    ['255.255.255.255', 0xffffffff],
    ['192.168.0.1', 0xc0a80001],
  ])('%s', (text, value) => {
    expect(parseIPv4(text)).toBe(value)
    expect(formatAddress(4, 0, 0, 0, value)).toBe(text)
    expect(formatAddress(4, 9, 9, 9, value | 0)).toBe(text)
  })

  it.each([
    '010.0.0.1',
    '10.1',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '1.2.3.-4',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '0x1.2.3.4',
    '1..2.3',
    '',
    '١.٢.٣.٤',
    '1.2.3.4\n',
  ])('refuse %j', text => {
    expect(parseIPv4(text)).toBeUndefined()
  })
})

describe('IPv6 addresses', () => {
  it.each<[string, Words]>([
    ['::', [0, 0, 0, 0]],
    ['::1', [0, 0, 0, 1]],
    ['fd00:2::10', [0xfd000002, 0, 0, 0x10]],
    ['2001:db8::1:0:0:1', [0x20010db8, 0, 0x00010000, 1]],
    ['1:2:3:4:5:6:7:8', [0x10002, 0x30004, 0x50006, 0x70008]],
    ['::ffff:10.0.0.1', [0, 0, 0xffff, 0x0a000001]],
    ['1::', [0x10000, 0, 0, 0]],
    ['2001:db8:0:1:1:1:1:1', [0x20010db8, 1, 0x10001, 0x10001]],
    ['0:0:0:1::', [0, 1, 0, 0]],
  ])('%s', (text, value) => {
    expect(parseIPv6(text)).toEqual(value)
  })

  it.each([
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['0001:0002::0', '1:2::'],
    ['::ffff:0a00:0001', '::ffff:10.0.0.1'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
  ])('%s is written %s (RFC 5952)', (given, canonical) => {
    expect(formatAddress(6, ...parseIPv6(given)!)).toBe(canonical)
  })

  it.each([
    '',
    ':',
    ':::',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '::1::',
    '12345::',
    'g::',
    'fe80::1%eth0',
    '[::1]',
    '1:2:3:4:5:6:7::8:9',
    '::10.0.0.256',
    '10.0.0.1::',
    '::1.2.3.4:5',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
  ])('refuse %j', text => {
    expect(parseIPv6(text)).toBeUndefined()
  })
})

describe('addresses of either family', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.oneof(words, sparse), (w: Words) => {
        const text = formatAddress(6, ...w)
        expect(parseAddress(text)).toEqual({ version: 6, words: w })
        expect(formatAddress(6, w[0] | 0, w[1] | 0, w[2] | 0, w[3] | 0)).toBe(text)
        expect(parseAddress(formatAddress(4, 0, 0, 0, w[3]))).toEqual({ version: 4, words: [0, 0, 0, w[3]] })
      }),
    )
  })

  it('are those that Node.js takes for addresses', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'0123456789abf:.'), maxLength: 24 })
    fc.assert(
      fc.property(fc.oneof(letters, fc.ipV4(), fc.ipV6()), text => {
        expect(parseIPv6(text) !== undefined).toBe(isIPv6(text))
        expect(parseIPv4(text) !== undefined).toBe(isIPv4(text))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('MAC addresses', () => {
  it('are six pairs of digits, and come back in lower case', () => {
    expect(parseMac('00:0E:8c:01:02:03')).toEqual({ high: 0x000e, low: 0x8c010203 })
    expect(parseMac('ff-ff-ff-ff-ff-ff')).toEqual({ high: 0xffff, low: 0xffffffff })
    expect(formatMac(0x000e, 0x8c010203)).toBe('00:0e:8c:01:02:03')
    expect(formatMac(0xffff, -1)).toBe('ff:ff:ff:ff:ff:ff')
    fc.assert(
      fc.property(fc.nat(0xffff), word, (high, low) => {
        expect(parseMac(formatMac(high, low))).toEqual({ high, low })
      }),
    )
  })

  it.each([
    '',
    '00:0e:8c:01:02',
    '00:0e:8c:01:02:03:04',
    '00:0e-8c:01:02:03',
    '000e8c010203',
    '0:e:8c:1:2:3',
    '00:0g:8c:01:02:03',
  ])('refuse %j', text => {
    expect(parseMac(text)).toBeUndefined()
  })
})

describe('prefixes', () => {
  it.each([
    ['10.10.2.77', 24, '10.10.2.0', '10.10.2.255'],
    ['10.10.2.77', 32, '10.10.2.77', '10.10.2.77'],
    ['10.10.2.77', 0, '0.0.0.0', '255.255.255.255'],
    ['200.1.2.3', 1, '128.0.0.0', '255.255.255.255'],
    ['fd00:2::77', 64, 'fd00:2::', 'fd00:2::ffff:ffff:ffff:ffff'],
    ['fd00:2::77', 33, 'fd00:2::', 'fd00:2:7fff:ffff:ffff:ffff:ffff:ffff'],
    ['fd00:2::77', 128, 'fd00:2::77', 'fd00:2::77'],
    ['fd00:2::77', 0, '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('%s/%d goes from %s, %s', (address, bits, first, last) => {
    const { version, words } = parseAddress(address)!
    const range = prefixRange(version, words, bits)
    expect([range.first, range.last].map(w => formatAddress(version, ...w))).toEqual([first, last])
  })
})
