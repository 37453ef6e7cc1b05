import { describe, expect, it } from 'vitest'
import { globMatcher } from '../../src/capture/glob.ts'

describe('globs of --tap', () => {
  it.each<[string, string[], string[]]>([
    ['esx-a-*.pcap', ['esx-a-1.pcap', './esx-a-.pcap'], ['esx-b-1.pcap', 'x/esx-a-1.pcap', 'esx-a-1.pcapng']],
    ['*/esx?/**', ['day/esx1/a', 'day/esx1/a/b.pcap'], ['esx1/a', 'day/esx12/a']],
    ['**/dmz.pcap', ['dmz.pcap', 'a/dmz.pcap', 'a/b/dmz.pcap'], ['a/xdmz.pcap']],
    ['./a/*', ['a/x', './a/x'], ['b/x']],
    ['[ab]-[!0-9].{pcap,pcapng}', ['a-x.pcap', 'b-y.pcapng'], ['c-x.pcap', 'a-1.pcap', 'a-x.cap']],
    ['a+b (1).pcap', ['a+b (1).pcap'], ['aab (1).pcap']],
    ['\\*.pcap', ['*.pcap'], ['a.pcap']],
    ['[z-a]x', ['[z-a]x'], ['zx']],
    ['{open', ['{open'], ['open']],
    ['[', ['['], ['x']],
    ['-', ['-'], ['x']],
  ])('%s', (glob, yes, no) => {
    const matches = globMatcher(glob)
    expect(yes.filter(path => !matches(path))).toEqual([])
    expect(no.filter(path => matches(path))).toEqual([])
  })
})
