import { ascii, ask, type Conversation, n, sizeOf } from '../conversation.ts'

/** iSCSI (RFC 7143 section 11): login, a block read, a block written, logout; SCSI commands as in SBC-3. */
function pdu(head: string, rest: string, data = ''): string {
  const size = sizeOf(data)
  return `${head} 00 ${n(size, 3)} ${rest} ${data} ${'00'.repeat((4 - (size % 4)) % 4)}`
}
const keys = (...list: string[]): string => ascii(list.map(key => `${key}\0`).join(''))
const SESSION = '400000370000'
/** flags; logical unit 0, task; expected length, numbers; the command */
const command = (flags: string, task: string, cdb: string, data = ''): string =>
  pdu(
    `01 ${flags} 0000`,
    `${'00'.repeat(8)} ${task} 00000200 00000002 00000002 ${cdb} ${'00'.repeat(16 - sizeOf(cdb))}`,
    data,
  )
const status = (task: string, code: string): string =>
  pdu(`21 80 00 ${code}`, `${'00'.repeat(8)} ${task} 00000000 00000002 00000003 00000042 ${'00'.repeat(12)}`)
const BLOCK = '5a'.repeat(512)

export const conversation: Conversation = {
  over: 'tcp',
  port: 3260,
  said: [
    // operational negotiation, then full features
    ...ask([
      pdu(
        '43 87 0000',
        `${SESSION} 0000 00000001 0001 0000 00000001 00000001 ${'00'.repeat(16)}`,
        keys(
          'InitiatorName=iqn.2026-01.example.plant:esx-a',
          'TargetName=iqn.2026-01.example.plant:store-1',
          'SessionType=Normal',
          'HeaderDigest=None',
          'DataDigest=None',
        ),
      ),
      pdu(
        '23 87 0000',
        `${SESSION} 0001 00000001 00000000 00000001 00000002 00000041 0000 0000 ${'00'.repeat(8)}`,
        keys('TargetPortalGroupTag=1', 'HeaderDigest=None', 'DataDigest=None'),
      ),
    ]),
    // read(10) of block 16: data in, with the status
    ...ask([
      command('c1', '00000002', '28 00 00000010 00 0001 00'),
      pdu(
        '25 81 00 00',
        `${'00'.repeat(8)} 00000002 ffffffff 00000002 00000003 00000042 00000000 00000000 00000000`,
        BLOCK,
      ),
    ]),
    // write(10): the medium is write protected: check condition
    ...ask([command('a1', '00000003', '2a 00 00000010 00 0001 00', BLOCK), status('00000003', '02')]),
    // logout, and its answer
    ...ask([
      pdu('46 80 0000', `${'00'.repeat(8)} 00000004 00010000 00000003 00000003 ${'00'.repeat(16)}`),
      pdu(
        '26 80 0000',
        `${'00'.repeat(8)} 00000004 00000000 00000003 00000004 00000043 00000000 00000000 00000000`,
      ),
    ]),
  ],
  actions: { session: 2, read: 1, write: 1 },
  refused: { write: 1 },
}
