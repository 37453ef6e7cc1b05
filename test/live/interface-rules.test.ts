import { expect, it } from 'vitest'
import { quietRules } from '../../src/live/quiet-rules.ts'

it('writes one table for an interface, that takes the place of itself', () => {
  expect(quietRules('eth1', 'terminated', '6.1.0-18-amd64')).toEqual({
    isIpOnly: false,
    text: `table netdev conduitwatch-eth1
delete table netdev conduitwatch-eth1
table netdev conduitwatch-eth1 {
  chain leaving {
    type filter hook egress device "eth1" priority 0; policy accept;
    ether type arp accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    counter drop
  }
}
`,
  })
})

it.each([
  ['5.15.0-100-generic', true],
  ['5.16.0', false],
  ['4.19.0', true],
  ['7.0', false],
])('on kernel %s is bound to IP: %s', (release, isIpOnly) => {
  const rules = quietRules('eth1', 'terminated', release)!
  expect([rules.isIpOnly, rules.text.includes('hook output')]).toEqual([isIpOnly, isIpOnly])
  expect(rules.text.includes('ether type arp')).toBe(!isIpOnly)
})

it('writes only names that stay within their quotes', () => {
  expect(quietRules('eth1.110', 'mirror', '6.1')!.text).toContain('device "eth1.110"')
  expect(quietRules('a@b', 'mirror', '6.1')!.text).toContain('conduitwatch-a_b')
  for (const name of ['a"b', 'a b', 'a;b', '']) expect(quietRules(name, 'mirror', '6.1')).toBeUndefined()
})
