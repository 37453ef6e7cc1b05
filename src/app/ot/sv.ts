/**
 * Sampled Values, straight on Ethernet: IEC 61850-9-2 (8.5: the PDU, annex A: what is before it).
 *
 * Currents and voltages, some thousand times a second, to whoever listens. Functions of `act`: 1 = samples, 2 = samples of a
 * simulator, 0 = a message that cannot be read. There is no unit; area 0 holds the APPID. The samples are not read.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { printable } from '../it/text.ts'
import { CERTAIN, ETHERNET, NOT, type Notes, type Protocol } from '../protocol.ts'
import {
  APPIDS,
  appidText,
  berEnd,
  berStart,
  isAlone,
  isCutShort,
  isSimulated,
  pduContent,
} from './iec61850.ts'

const SAMPLED_VALUES = 0x88ba
const PDU = 0x60
/** elements of the PDU and of its data units */
const UNITS = 0x80
const ALL_UNITS = 0xa2
const UNIT = 0x30
const ID = 0x80

const NAMES = ['message that cannot be read', 'samples', 'simulated samples']

/** Tells once which stream it is: the identifier that the first data unit begins with. */
function tellStream(b: Uint8Array, content: number, end: number, to: Notes): void {
  to.memory[0] = 1
  let element = content
  // number of units, perhaps a signature, the units
  for (let i = 0; i < 3 && element < end && b[element] !== ALL_UNITS; i++) {
    const start = berStart(b, element, end)
    if (start < 0) return
    element = berEnd(b, element, start)
  }
  const unit = element < end ? berStart(b, element, end) : -1
  if (unit < 0 || unit >= end || b[unit] !== UNIT) return
  const id = berStart(b, unit, end)
  if (id < 0 || id >= end || b[id] !== ID) return
  const start = berStart(b, id, end)
  if (start >= 0) to.detail('stream', printable(b, start, Math.min(end, berEnd(b, id, start))))
}

export const sv: Protocol = {
  id: 'sv',
  service: 'sv',
  transports: [ETHERNET],
  ethertypes: [SAMPLED_VALUES],
  memory: 1,
  isStrict: true,

  probe(b, at, end, carrier) {
    if (carrier.ethertype !== SAMPLED_VALUES) return NOT
    const content = pduContent(b, at, end, carrier.length, PDU)
    return content >= 0 && content < end && b[content] === UNITS ? CERTAIN : NOT
  },

  read(b, at, end, length, to) {
    const content = pduContent(b, at, end, length, PDU)
    if (content < 0) {
      to.act(A.REPORT, 0, -1, -1, 0, 0)
      return isCutShort(at, end, length) ? to.short() : to.unfit()
    }
    const appid = u16(b, at)
    to.act(A.REPORT, isSimulated(b, at) ? 2 : 1, -1, APPIDS, appid, appid)
    if (to.memory[0] === 0) tellStream(b, content, end, to)
    if (!isAlone(b, at, content, end, length)) to.unfit()
  },

  functionActions: () => A.REPORT,
  functionName: fn => NAMES[fn],
  areaText: appidText,
}
