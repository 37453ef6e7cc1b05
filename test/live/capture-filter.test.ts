import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { PROTO, udp, zeros } from '../../captures/support/frames.ts'
import * as B from '../../src/live/bpf.ts'
import { compileFilter, counting, keepAll, parseProgram } from '../../src/live/capture-filter.ts'
import { runProgram, shown } from '../support/classic-bpf.ts'
import { randomTraffic } from '../support/random-traffic.ts'
import { inFrame } from '../support/scene.ts'

const SNAPLEN = 65535

describe('a program that counts', () => {
  it('keeps every frame without a filter', () => {
    expect(Buffer.from(keepAll(262144)).toString('hex')).toBe('0600000000000400')
    expect(() => keepAll(1)).toThrow('keeps nothing')
  })

  it('reads what tcpdump prints and nothing else', () => {
    const text = '{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 6, 0x000086dd },\n'
    expect(parseProgram(text)).toEqual([
      { code: 0x28, yes: 0, no: 0, k: 12 },
      { code: 0x15, yes: 0, no: 6, k: 0x86dd },
    ])
    expect(() => parseProgram('(000) ldh [12]\n')).toThrow('no program: (000) ldh [12]')
  })

  it('tells of a frame too short for what the filter looks at', () => {
    // ether[100] == 5
    const filter = [
      { code: B.LD_BYTE, yes: 0, no: 0, k: 100 },
      { code: B.IF_EQUAL, yes: 0, no: 1, k: 5 },
      { code: B.ANSWER, yes: 0, no: 0, k: 262144 },
      { code: B.ANSWER, yes: 0, no: 0, k: 0 },
    ]
    const program = B.encode(counting(filter, SNAPLEN))
    const answer = (length: number, at100: number): number =>
      runProgram(program, shown(new Uint8Array(length).fill(at100, 100), false)).answer
    expect(runProgram(B.encode(filter), shown(zeros(100), false)).ended).toBe(true)
    expect([answer(100, 5), answer(101, 5), answer(101, 6)]).toEqual([1, SNAPLEN, 1])
  })

  it('takes what any program takes, and answers 1 where that answers 0 or is ended', () => {
    const k = fc.oneof(fc.nat(70), fc.nat(3), fc.constantFrom(0xffffffff, 0xfffffff0, 0x7fffffff, 0x80000000))
    const loads = [B.LD_WORD, B.LD_HALF, B.LD_BYTE, B.LDX_HEADER]
    const loadsOfX = [B.LD_WORD_X, B.LD_HALF_X, B.LD_BYTE_X]
    const operations = [B.ADD, B.SUBTRACT, B.MULTIPLY, B.AND, B.XOR, B.SHIFT_RIGHT]
    const divisions = [B.DIVIDE | B.OF_X, B.REMAINDER | B.OF_X]
    const plain = (codes: number[], of: fc.Arbitrary<number>): fc.Arbitrary<B.Instruction> =>
      fc.record({ code: fc.constantFrom(...codes), yes: fc.constant(0), no: fc.constant(0), k: of })
    const tests = [B.IF_EQUAL, B.IF_ABOVE, B.IF_AT_LEAST, B.IF_BITS, B.IF_EQUAL | B.OF_X]
    const instruction = fc.oneof(
      plain(loads, fc.nat(70)),
      plain(loadsOfX, k),
      plain([...operations, ...divisions], k),
      plain([B.LD_CONSTANT, B.LDX_CONSTANT, B.LD_LENGTH, B.A_TO_X, B.X_TO_A], k),
      plain([B.LD_MEMORY, B.LDX_MEMORY, B.STORE, B.STORE_X], fc.nat(14)),
      fc.record({ code: fc.constantFrom(...tests), yes: fc.nat(3), no: fc.nat(3), k }),
      plain([B.JUMP], fc.nat(3)),
      plain([B.ANSWER], fc.constantFrom(0, 262144)),
      plain([B.ANSWER_A], fc.constant(0)),
    )
    const answers = [0, 1, 2, 3].map(i => ({ code: B.ANSWER, yes: 0, no: 0, k: i % 2 }))
    const seen = { ended: 0, taken: 0, rejected: 0 }
    fc.assert(
      fc.property(
        fc.array(instruction, { maxLength: 40 }),
        fc.uint8Array({ maxLength: 70 }),
        (start, bytes) => {
          const filter = [...start, ...answers]
          const packet = shown(bytes, false)
          const before = runProgram(B.encode(filter), packet)
          seen[before.ended ? 'ended' : before.answer === 0 ? 'rejected' : 'taken']++
          const after = runProgram(B.encode(counting(filter, SNAPLEN)), packet)
          expect(after).toEqual({ answer: before.answer === 0 ? 1 : SNAPLEN, ended: false })
        },
      ),
      { numRuns: 2000 },
    )
    expect(Math.min(seen.ended, seen.taken, seen.rejected)).toBeGreaterThan(100)
  })
})

describe('tcpdump as the compiler', () => {
  const folder = mkdtempSync(join(tmpdir(), 'capture-filter-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let made = 0
  /** a folder with a program of that name which does as told */
  function pretend(script: string): string[] {
    const place = mkdtempSync(join(folder, `${made++}-`))
    writeFileSync(join(place, 'tcpdump'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(place, 'tcpdump'), 0o755)
    return [place]
  }
  const options = { name: 'lo', linkType: 1, snaplen: SNAPLEN }
  const installed = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'].some(place =>
    existsSync(join(place, 'tcpdump')),
  )
  const whereInstalled = it.skipIf(!installed || process.platform !== 'linux')

  it('says which package is missing', async () => {
    await expect(compileFilter({ ...options, expression: 'udp', folders: [folder] })).rejects.toThrow(
      'needs tcpdump to compile it, which is not installed here (Debian and Ubuntu: apt-get install tcpdump)',
    )
  })

  whereInstalled('compiles for the interface', async () => {
    const program = await compileFilter({ ...options, expression: 'udp port 4711' })
    const ends = { src: '10.0.0.1', dst: '10.0.0.2' }
    const answer = (port: number): number => {
      const frame = inFrame(ends.src, ends.dst, PROTO.udp, udp(ends, 1000, port, zeros(4)))
      return runProgram(program, shown(frame, false)).answer
    }
    expect([answer(4711), answer(4712)]).toEqual([SNAPLEN, 1])
    for (const { bytes } of randomTraffic(1, 300)) {
      if (bytes.length < 14) continue
      expect(runProgram(program, shown(bytes, false))).toEqual({ answer: 1, ended: false })
    }
  })

  whereInstalled('hands on what tcpdump says of a mistake, on one line', async () => {
    await expect(compileFilter({ ...options, expression: 'udp prt\n4711\u001b[31m' })).rejects.toThrow(
      /^the capture filter "udp prt 4711 \[31m" can't be compiled: can't parse filter expression: syntax error$/,
    )
  })

  whereInstalled('takes no expression for an option', async () => {
    const file = join(folder, 'written.pcap')
    for (const expression of [`-w${file}`, `-w ${file}`, '--version', '-r/dev/null'])
      await expect(compileFilter({ ...options, expression })).rejects.toThrow("can't be compiled")
    expect(existsSync(file)).toBe(false)
  })

  const REFUSAL =
    'echo "tcpdump: eth1: You don\'t have permission to perform this capture on that device" >&2; exit 1'
  const TAKES = "echo '{ 0x6, 0, 0, 0x00040000 },'"

  it('goes without the interface where it may not be opened', async () => {
    const folders = pretend(
      `case "$*" in "-i eth1 -dd -- "*) ${REFUSAL};; "-y EN10MB -dd -- udp") ${TAKES};; esac`,
    )
    const program = await compileFilter({ ...options, name: 'eth1', expression: 'udp', folders })
    expect(runProgram(program, shown(zeros(60), false)).answer).toBe(SNAPLEN)
    // it would be a program for tags that are no longer in the frame
    await expect(
      compileFilter({ ...options, name: 'eth1', expression: 'not (vlan 110)', folders }),
    ).rejects.toThrow(
      /^tcpdump may not open eth1, .* needs CAP_NET_RAW as well \(.*setcap cap_net_raw\+ep .*tcpdump\)$/,
    )
  })

  it('leaves warnings out, and says when nothing was said', async () => {
    const warned = pretend(`echo "tcpdump: WARNING: eth1: no IPv4 address assigned" >&2; ${TAKES}`)
    await expect(compileFilter({ ...options, expression: '', folders: warned })).resolves.toBeInstanceOf(
      Uint8Array,
    )
    const silent = pretend('echo "tcpdump: WARNING: nothing" >&2; exit 3')
    await expect(compileFilter({ ...options, expression: '', folders: silent })).rejects.toThrow(
      "can't be compiled: it ended with status 3",
    )
  })

  it('waits no longer than told', async () => {
    const folders = pretend('exec sleep 600')
    await expect(compileFilter({ ...options, expression: 'host x', folders, timeLimit: 50 })).rejects.toThrow(
      'tcpdump took longer than 0.05 s to compile the capture filter "host x"',
    )
  })

  it('refuses what is no program, and programs the kernel would not take', async () => {
    const compile = (script: string): Promise<unknown> =>
      compileFilter({ ...options, expression: '', folders: pretend(script) })
    await expect(compile('echo hello')).rejects.toThrow('tcpdump printed what is no program: hello')
    await expect(compile(':')).rejects.toThrow('tcpdump printed no program')
    await expect(compile(`yes "{ 0x6, 0, 0, 0x1 }," | head -n 5000`)).rejects.toThrow(
      /5002 instructions: the kernel takes 4096/,
    )
  })
})
