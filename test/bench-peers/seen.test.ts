import { describe, expect, it } from 'vitest'
import { firstVersion } from '../../bench/peers/environment.ts'
import {
  seenByArgus,
  seenByCLoop,
  seenByConduitwatch,
  seenByNdpi,
  seenByNfpcapd,
  seenBySoftflowd,
  seenByTcpdump,
  seenByTshark,
  wholeFileRead,
} from '../../bench/peers/seen.ts'

describe('what programs say they saw', () => {
  it('conduitwatch and the C loop', () => {
    const summary = { frames: { received: 12, decoded: 11 }, flows: { total: 3 } }
    expect(seenByConduitwatch(JSON.stringify(summary))).toEqual({ frames: 12, flows: 3 })
    expect(seenByCLoop('frames 12 counted 11 flows 3 bytes 768\n')).toEqual({ frames: 12, flows: 3 })
  })

  it('argus, without its own status records', () => {
    const said = [
      'racount   records     total_pkts     src_pkts',
      '    sum   5           34             20',
      'Protocol Summary',
      '    tcp   3           30             18             2400',
      '    udp   1           4              2              256',
      '    man   1           0              0              0',
    ].join('\n')
    expect(seenByArgus(said)).toEqual({ frames: 34, flows: 4, unit: 'records' })
    expect(seenByArgus('')).toEqual({ unit: 'records' })
  })

  it('softflowd', () => {
    const said =
      'Number of active flows: 0\nPackets processed: 200000\nFragments: 0\nFlows expired: 10000 (0 forced)\n'
    expect(seenBySoftflowd(said)).toEqual({ frames: 200_000, flows: 10_000 })
  })

  it('nfpcapd, over all files that it closed', () => {
    const said = [
      "Ident: 'none' Flows: 10, Packets: 80, Bytes: 10000",
      "Ident: 'none' Flows: 4, Packets: 20, Bytes: 10000",
      'Total: Processed: 100, skipped: 0, short caplen: 0, unknown: 0',
    ].join('\n')
    expect(seenByNfpcapd(said)).toEqual({ frames: 100, flows: 14, unit: 'one-way records' })
  })

  it('ndpiReader, over all protocols', () => {
    const said = 'DPI Packets (TCP):\t150\t(20.00 pkts/flow)\n\nUnknown\t90\t5760\t4\nModbus\t10\t640\t1\n'
    expect(seenByNdpi(said)).toEqual({ frames: 100, flows: 5 })
    expect(seenByNdpi('Guessed flow protos:\t1\n')).toEqual({})
  })

  it('tshark, whatever unit it gives bytes in', () => {
    const said = [
      'UDP Conversations',
      '                            |       <-      | |       ->      | |     Total     |',
      '10.0.0.1:1000  <-> 10.0.0.2:502   1,020 65 kB      18 1152 bytes   1,038 66 kB    0.01     1.9170',
      '10.0.0.1:1001  <-> 10.0.0.2:502      20 1280 bytes  0 0 bytes         20 1280 bytes  0.01  1.9170',
    ].join('\n')
    expect(seenByTshark(said)).toEqual({ frames: 1058, flows: 2 })
    expect(seenByTshark('')).toEqual({})
  })

  it('tcpdump and dd', () => {
    expect(seenByTcpdump('200000 packets\n')).toEqual({ frames: 200_000 })
    expect(seenByTcpdump('1 packet\n')).toEqual({ frames: 1 })
    const said =
      '15+1 records in\n15+1 records out\n16000024 bytes (16 MB, 15 MiB) copied, 0.01 s, 1.4 GB/s\n'
    expect(wholeFileRead(said, 16_000_024)).toBe(true)
    expect(wholeFileRead(said, 16_000_025)).toBe(false)
  })

  it('tells versions out of whatever stands around them', () => {
    expect(firstVersion('Argus Version 3.0.8.2\nusage: argus [options]')).toBe('3.0.8.2')
    expect(firstVersion('TShark (Wireshark) 4.0.17 (Git v4.0.17)')).toBe('4.0.17')
    expect(firstVersion('usage')).toBeUndefined()
  })
})
