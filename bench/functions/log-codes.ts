/** Numbers of what logs write as names: as the standards have them, in the words of Zeek and of the ICSNPP parsers. */

const numbered = (words: string, first = 0): [string, number][] =>
  words.split(' ').map((word, i) => [word, first + i])

/** MODBUS Application Protocol V1.1b3, section 6 */
export const MODBUS: ReadonlyMap<string, number> = new Map([
  ...numbered(
    'READ_COILS READ_DISCRETE_INPUTS READ_HOLDING_REGISTERS READ_INPUT_REGISTERS WRITE_SINGLE_COIL ' +
      'WRITE_SINGLE_REGISTER READ_EXCEPTION_STATUS DIAGNOSTICS',
    1,
  ),
  ...numbered('GET_COMM_EVENT_COUNTER GET_COMM_EVENT_LOG', 11),
  ...numbered('WRITE_MULTIPLE_COILS WRITE_MULTIPLE_REGISTERS REPORT_SLAVE_ID', 15),
  ...numbered(
    'READ_FILE_RECORD WRITE_FILE_RECORD MASK_WRITE_REGISTER READ_WRITE_MULTIPLE_REGISTERS READ_FIFO_QUEUE',
    20,
  ),
  ['ENCAP_INTERFACE_TRANSPORT', 43],
])

/** IEEE 1815-2012, table 4-2 */
export const DNP3: ReadonlyMap<string, number> = new Map([
  ...numbered(
    'CONFIRM READ WRITE SELECT OPERATE DIRECT_OPERATE DIRECT_OPERATE_NR IMMED_FREEZE IMMED_FREEZE_NR FREEZE_CLEAR ' +
      'FREEZE_CLEAR_NR FREEZE_AT_TIME FREEZE_AT_TIME_NR COLD_RESTART WARM_RESTART INITIALIZE_DATA INITIALIZE_APPL ' +
      'START_APPL STOP_APPL SAVE_CONFIG ENABLE_UNSOLICITED DISABLE_UNSOLICITED ASSIGN_CLASS DELAY_MEASURE ' +
      'RECORD_CURRENT_TIME OPEN_FILE CLOSE_FILE DELETE_FILE GET_FILE_INFO AUTHENTICATE_FILE ABORT_FILE',
  ),
  ['RESPONSE', 129],
  ['UNSOLICITED_RESPONSE', 130],
])

/** ANSI/ASHRAE 135-2020, clause 21: BACnetConfirmedServiceChoice */
export const BACNET_CONFIRMED: ReadonlyMap<string, number> = new Map(
  numbered(
    'acknowledge_alarm confirmed_cov_notification confirmed_event_notification get_alarm_summary ' +
      'get_enrollment_summary subscribe_cov atomic_read_file atomic_write_file add_list_element remove_list_element ' +
      'create_object delete_object read_property read_property_conditional read_property_multiple write_property ' +
      'write_property_multiple device_communication_control confirmed_private_transfer confirmed_text_message ' +
      'reinitialize_device',
  ),
)

/** the same: BACnetUnconfirmedServiceChoice */
export const BACNET_UNCONFIRMED: ReadonlyMap<string, number> = new Map(
  numbered(
    'i_am i_have unconfirmed_cov_notification unconfirmed_event_notification unconfirmed_private_transfer ' +
      'unconfirmed_text_message time_synchronization who_has who_is utc_time_synchronization write_group',
  ),
)

/** HCF_SPEC-127 and HCF_SPEC-151, as far as the logs name them */
export const HART: ReadonlyMap<string, number> = new Map([
  ['Read Unique Identifier', 0],
  ['Read Long Tag', 20],
  ['Read Device Variable Information', 54],
])

/** identifiers of HART-IP messages (HCF_SPEC-085, section 10.3) as functions: 65280 + identifier */
export const HART_MESSAGES: ReadonlyMap<string, number> = new Map([
  ['Session Initiate', 65280],
  ['Session Close', 65281],
  ['Keep Alive', 65282],
  ['Read Audit Log', 65285],
])

/** command words of IEEE C37.118.2, table 15 */
export const SYNCHROPHASOR: ReadonlyMap<string, number> = new Map([
  ['Data off', 1],
  ['Data on', 2],
  ['Send HDR', 3],
  ['Send CFG-1', 4],
  ['Send CFG-2', 5],
  ['Send CFG-3', 6],
  ['Extended frame', 8],
])

/** header bytes of the Genisys protocol */
export const GENISYS: ReadonlyMap<string, number> = new Map([
  ['Common Control Data', 0xf9],
  ['Acknowledge And Poll', 0xfa],
  ['Poll', 0xfb],
  ['Control Data', 0xfc],
  ['Recall Header', 0xfd],
  ['Execute Controls', 0xfe],
])

/** remote data base functions of BSAP */
export const BSAP: ReadonlyMap<string, number> = new Map([
  ['READ_SIGNAL_BY_ADDRESS', 0],
  ['READ_SIGNAL_BY_NAME', 4],
  ['READ_SIGNAL_BY_LIST', 12],
  ['WRITE_SIGNAL_BY_ADDRESS', 128],
  ['WRITE_SIGNAL_BY_NAME', 132],
  ['WRITE_SIGNAL_BY_LIST', 140],
])

/** operations of PROFINET's context manager (IEC 61158-6-10), numbered as our functions */
export const PROFINET: ReadonlyMap<string, number> = new Map(
  numbered('Connect|Release|Read|Write|Control|Read Implicit'.replaceAll(' ', '_').replaceAll('|', ' '), 100),
)

/** Number of a name; throws where the table lacks it, so that nothing is left out unseen. */
export function numberOf(table: ReadonlyMap<string, number>, name: string): number {
  const number = table.get(name)
  if (number === undefined) throw new Error(`no number is known for "${name}"`)
  return number
}
