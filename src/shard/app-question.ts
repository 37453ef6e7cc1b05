import type { Conversation } from '../app/conversation.ts'
import type { Deeds } from '../app/deeds.ts'
import * as D from '../app/deeds.ts'
import { troubleOf } from '../app/troubles.ts'
import * as R from '../flow/row.ts'
import type { FlowTable } from '../flow/table.ts'
import { CARRIED, SERVICES } from '../net/ports.ts'
import type { Deed, Question } from '../policy/question.ts'
import { isReadable } from './conversations.ts'

/** What a row was recognised as: place in the table of services + 1, 0 = nothing (yet), APP_OTHER = not what its port stands for. */
export const numberOf = (table: FlowTable, row: number): number =>
  (table.cold[row * R.COLD_WORDS + R.APP] & R.APP_SERVICE) >>> R.APP_SERVICE_SHIFT

/** Id of the service a row was recognised as, '' = it was not (yet); '?' where it is not what its port stands for. */
export function serviceOf(table: FlowTable, row: number): string {
  const number = numberOf(table, row)
  return number === 0 ? '' : number === R.APP_OTHER ? '?' : SERVICES[number - 1].id
}

/** Fills in what a question says of the application of a row, and what it does; `conversation` is the row's, where it has one. */
export function fillQuestion(
  table: FlowTable,
  row: number,
  conversation: Conversation | undefined,
  q: Question,
): void {
  q.application = serviceOf(table, row)
  q.opaque = false
  q.deedCount = 0
  q.why = 'opaque'
  if (conversation === undefined || !isReadable(conversation.protocol)) {
    fillUnread(table, row, q)
    return
  }
  q.payload = conversation.deeds.size > 0 ? 'parsed' : 'none-yet'
  if (conversation.troubles !== 0) {
    q.payload = 'opaque'
    q.why = troubleOf(conversation.troubles)
  }
  fillDeeds(conversation.deeds, q)
}

/** Of a row whose PDUs are not read. */
function fillUnread(table: FlowTable, row: number, q: Question): void {
  const app = table.cold[row * R.COLD_WORDS + R.APP]
  const isReading = (table.hot[row * R.HOT_WORDS + R.STATE] & R.READS) !== 0
  const isCut = (app & R.APP_CUT) !== 0
  const hasNoRoom = (app & R.APP_NO_ROOM) !== 0
  const number = numberOf(table, row)
  if (number !== 0 && number !== R.APP_OTHER) {
    // an industrial protocol that is not read: inside TLS, or one too many
    const isOpaque = isCarried(SERVICES[number - 1].id) || hasNoRoom
    q.payload = SERVICES[number - 1].ot === true && isOpaque ? 'opaque' : 'unparsed'
    if (hasNoRoom) q.why = 'beyond-limits'
  } else if (hasNoRoom || (isCut && (!isReading || (app & R.APP_TRIES) !== 0))) {
    q.payload = 'opaque'
    q.why = isCut ? 'truncated' : 'beyond-limits'
  } else if (isReading && table.cold[row * R.COLD_WORDS + R.MISSED] > 0) {
    q.payload = 'opaque'
    q.why = 'gap'
  } else q.payload = isReading ? 'none-yet' : 'unparsed'
}

const encrypted = new Set(CARRIED.filter(([, by]) => by === 'tls' || by === 'dtls').map(([id]) => id))
/** Whether a service is carried by TLS. */
const isCarried = (id: string): boolean => encrypted.has(id)

function fillDeeds({ words, size }: Deeds, q: Question): void {
  while (q.deeds.length < size) q.deeds.push({ ...NO_DEED })
  q.deedCount = size
  for (let i = 0; i < size; i++) {
    const at = i * D.DEED_WORDS
    const deed = q.deeds[i]
    deed.actions = words[at + D.ACTIONS]
    deed.fn = words[at + D.FN]
    deed.unit = words[at + D.UNIT]
    deed.area = words[at + D.AREA]
    deed.first = words[at + D.FIRST] >>> 0
    deed.last = words[at + D.LAST] >>> 0
    deed.isUnasked = (words[at + D.FLAGS] & D.UNASKED) !== 0
    deed.isUnsure = (words[at + D.FLAGS] & D.UNSURE) !== 0
    deed.isLoose = (words[at + D.FLAGS] & D.LOOSE) !== 0
    deed.isCoarse = (words[at + D.FLAGS] & D.COARSE) !== 0
  }
}

const NO_DEED: Deed = {
  actions: 0,
  fn: -1,
  unit: -1,
  area: -1,
  first: 0,
  last: 0,
  isUnasked: false,
  isUnsure: false,
  isLoose: false,
  isCoarse: false,
}
