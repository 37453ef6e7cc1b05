/**
 * Interfaces of MS-RPC and DCOM that are told by name, and what their calls do: [MS-RPCE] and the interface definitions of
 * [MS-SCMR], [MS-SAMR], [MS-LSAD], [MS-DRSR], [MS-NRPC], [MS-RRP], [MS-SRVS], [MS-TSCH], [MS-EVEN], [MS-RPRN], [MS-WMI],
 * [MS-DCOM], and of OPC Data Access 3.00, OPC Historical Data Access 1.20, OPC Alarms and Events 1.10 and OPC Common 1.10.
 */
import * as A from '../../net/actions.ts'
import { u16, u32 } from '../../wire/bytes.ts'
import { u16le, u32le } from '../little.ts'

export interface RpcInterface {
  readonly name: string
  /** first word of its UUID, and the two half words after it as one */
  readonly first: number
  readonly second: number
  /** what its calls do where nothing more is known of them */
  readonly actions: number
  /** calls by number: what each does, and its name */
  readonly calls?: Readonly<Record<number, readonly [actions: number, name: string]>>
}

/** `uuid` as it is usually written; its last eight bytes are not compared */
function known(
  name: string,
  uuid: string,
  actions: number,
  calls?: Readonly<Record<number, readonly [number, string]>>,
): RpcInterface {
  const first = Number.parseInt(uuid.slice(0, 8), 16) | 0
  const second = Number.parseInt(uuid.slice(9, 13) + uuid.slice(14, 18), 16) | 0
  return calls === undefined ? { name, first, second, actions } : { name, first, second, actions, calls }
}

/** Of those that hand out where others are to be found. */
export const ENDPOINT_MAPPER = 1
export const OBJECT_EXPORTER = 2
export const SYSTEM_ACTIVATOR = 3
export const REMOTE_ACTIVATION = 4

/** Their places here are part of the function numbers: new ones go to the end. 0 = none of them. */
export const INTERFACES: readonly (RpcInterface | undefined)[] = [
  undefined,
  known('epmapper', 'e1af8308-5d1f-11c9-91a4-08002b14a0fa', A.DISCOVER, {
    0: [A.CONFIGURE, 'insert endpoints'],
    1: [A.CONFIGURE, 'delete endpoints'],
    2: [A.DISCOVER, 'look up endpoints'],
    3: [A.DISCOVER, 'map endpoint'],
  }),
  known('IObjectExporter', '99fcfec4-5260-101b-bbcb-00aa0021347a', A.SESSION, {
    0: [A.DISCOVER, 'ResolveOxid'],
    1: [A.SESSION, 'SimplePing'],
    2: [A.SESSION, 'ComplexPing'],
    3: [A.DISCOVER, 'ServerAlive'],
    4: [A.DISCOVER, 'ResolveOxid2'],
    5: [A.DISCOVER, 'ServerAlive2'],
  }),
  known('ISystemActivator', '000001a0-0000-0000-c000-000000000046', A.SESSION, {
    3: [A.SESSION, 'RemoteGetClassObject'],
    4: [A.SESSION, 'RemoteCreateInstance'],
  }),
  known('IRemoteActivation', '4d9f4ab8-7d1c-11cf-861e-0020af6e7c57', A.SESSION, {
    0: [A.SESSION, 'RemoteActivation'],
  }),
  known('IRemUnknown', '00000131-0000-0000-c000-000000000046', A.SESSION),
  known('IRemUnknown2', '00000143-0000-0000-c000-000000000046', A.SESSION),
  known('svcctl', '367abb81-9844-35f1-ad32-98f038001003', A.UNKNOWN, {
    0: [A.SESSION, 'close service handle'],
    1: [A.CONTROL, 'control service'],
    2: [A.CONFIGURE, 'delete service'],
    6: [A.DIAGNOSE, 'query service status'],
    11: [A.CONFIGURE, 'change service config'],
    12: [A.CONFIGURE, 'create service'],
    14: [A.DISCOVER, 'enumerate services'],
    15: [A.SESSION, 'open service manager'],
    16: [A.SESSION, 'open service'],
    17: [A.READ, 'query service config'],
    19: [A.CONTROL, 'start service'],
    24: [A.CONFIGURE, 'create service'],
    27: [A.SESSION, 'open service manager'],
    28: [A.SESSION, 'open service'],
    31: [A.CONTROL, 'start service'],
    44: [A.CONFIGURE, 'create service'],
    45: [A.CONFIGURE, 'create service'],
  }),
  known('samr', '12345778-1234-abcd-ef00-0123456789ac', A.UNKNOWN),
  known('lsarpc', '12345778-1234-abcd-ef00-0123456789ab', A.UNKNOWN),
  known('netlogon', '12345678-1234-abcd-ef00-01234567cffb', A.SESSION),
  known('drsuapi', 'e3514235-4b06-11d1-ab04-00c04fc2dcd2', A.UNKNOWN, {
    0: [A.SESSION, 'bind'],
    1: [A.SESSION, 'unbind'],
    3: [A.READ, 'get changes'],
    12: [A.READ, 'crack names'],
  }),
  known('winreg', '338cd001-2244-31f1-aaaa-900038001003', A.UNKNOWN),
  known('srvsvc', '4b324fc8-1670-01d3-1278-5a47bf6ee188', A.UNKNOWN),
  known('wkssvc', '6bffd098-a112-3610-9833-46c3f87e345a', A.UNKNOWN),
  known('atsvc', '1ff70682-0a51-30e8-076d-740be8cee98b', A.UNKNOWN, { 0: [A.CONTROL, 'add job'] }),
  known('ITaskSchedulerService', '86d35949-83c9-4044-b424-db363231fd0c', A.UNKNOWN, {
    1: [A.CONFIGURE, 'register task'],
    12: [A.CONTROL, 'run task'],
  }),
  known('eventlog', '82273fdc-e32a-18c3-3f78-827929dc23ea', A.UNKNOWN),
  known('spoolss', '12345678-1234-abcd-ef00-0123456789ab', A.UNKNOWN),
  known('IWbemLevel1Login', 'f309ad18-d86a-11d0-a075-00c04fb68820', A.SESSION),
  known('IWbemServices', '9556dc99-828c-11cf-a37e-00aa003240c7', A.UNKNOWN),
  known('IOPCServer', '39c13a4d-011e-11d0-9675-0020afd8adb3', A.SESSION, {
    6: [A.DIAGNOSE, 'get status'],
  }),
  known('IOPCBrowseServerAddressSpace', '39c13a4f-011e-11d0-9675-0020afd8adb3', A.DISCOVER),
  known('IOPCGroupStateMgt', '39c13a50-011e-11d0-9675-0020afd8adb3', A.SESSION),
  known('IOPCSyncIO', '39c13a52-011e-11d0-9675-0020afd8adb3', A.UNKNOWN, {
    3: [A.READ, 'read'],
    4: [A.WRITE, 'write'],
  }),
  known('IOPCAsyncIO', '39c13a53-011e-11d0-9675-0020afd8adb3', A.UNKNOWN, {
    3: [A.READ, 'read'],
    4: [A.WRITE, 'write'],
    5: [A.READ, 'refresh'],
    6: [A.SESSION, 'cancel'],
  }),
  known('IOPCItemMgt', '39c13a54-011e-11d0-9675-0020afd8adb3', A.SESSION),
  known('IOPCDataCallback', '39c13a70-011e-11d0-9675-0020afd8adb3', A.REPORT),
  known('IOPCAsyncIO2', '39c13a71-011e-11d0-9675-0020afd8adb3', A.UNKNOWN, {
    3: [A.READ, 'read'],
    4: [A.WRITE, 'write'],
    5: [A.READ, 'refresh'],
    6: [A.SESSION, 'cancel'],
    7: [A.SESSION, 'set enable'],
    8: [A.SESSION, 'get enable'],
  }),
  known('IOPCItemProperties', '39c13a72-011e-11d0-9675-0020afd8adb3', A.READ),
  known('IOPCItemIO', '85c0b427-2893-4cbc-bd78-e5fc5146f08f', A.UNKNOWN, {
    3: [A.READ, 'read'],
    4: [A.WRITE, 'write'],
  }),
  known('IOPCSyncIO2', '730f5f0f-55b1-4c81-9e18-ff8a0904e1fa', A.UNKNOWN, {
    3: [A.READ, 'read'],
    4: [A.WRITE, 'write'],
    5: [A.READ, 'read'],
    6: [A.WRITE, 'write'],
  }),
  known('IOPCAsyncIO3', '0967b97b-36ef-423e-b6f8-6bff1e40d39d', A.UNKNOWN, {
    3: [A.READ, 'read'],
    4: [A.WRITE, 'write'],
    5: [A.READ, 'refresh'],
    9: [A.READ, 'read'],
    10: [A.WRITE, 'write'],
    11: [A.READ, 'refresh'],
  }),
  known('IOPCBrowse', '39227004-a18f-4b57-8b0a-5235670f4468', A.DISCOVER),
  known('IOPCServerList', '13486d50-4821-11d2-a494-3cb306c10000', A.DISCOVER),
  known('IOPCServerList2', '9dd0b56c-ad9e-43ee-8305-487f3188bf7a', A.DISCOVER),
  known('IOPCCommon', 'f31dfde2-07b6-11d2-b2d8-0060083ba1fb', A.SESSION),
  known('IOPCShutdown', 'f31dfde1-07b6-11d2-b2d8-0060083ba1fb', A.REPORT),
  known('IOPCHDA_Server', '1f1217b0-dee0-11d2-a5e5-000086339399', A.SESSION),
  known('IOPCHDA_SyncRead', '1f1217b2-dee0-11d2-a5e5-000086339399', A.READ),
  known('IOPCHDA_SyncUpdate', '1f1217b3-dee0-11d2-a5e5-000086339399', A.WRITE),
  known('IOPCEventServer', '65168851-5783-11d1-84a0-00608cb8a7e9', A.SESSION),
  known('IOPCEventSink', '6516885f-5783-11d1-84a0-00608cb8a7e9', A.REPORT),
]

/** samr and lsarpc, netlogon and spoolss, differ in their last bytes alone */
const LAST_BYTES: Readonly<Record<string, number>> = {
  samr: 0xac,
  lsarpc: 0xab,
  netlogon: 0xfb,
  spoolss: 0xab,
}

/** Number of the interface whose UUID stands at `at` (16 bytes of it are here), 0 = none that is known. */
export function interfaceAt(b: Uint8Array, at: number, isLittle: boolean): number {
  const first = isLittle ? u32le(b, at) : u32(b, at)
  const second = isLittle
    ? (u16le(b, at + 4) << 16) | u16le(b, at + 6)
    : (u16(b, at + 4) << 16) | u16(b, at + 6)
  for (let i = 1; i < INTERFACES.length; i++) {
    const { name, first: f, second: s } = INTERFACES[i]!
    if (f === first && s === second && (LAST_BYTES[name] ?? b[at + 15]) === b[at + 15]) return i
  }
  return 0
}
