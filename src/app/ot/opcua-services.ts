/**
 * Services of OPC UA (OPC 10000-4, clause 5) by the numbers of their binary encodings in namespace 0 (OPC 10000-6, annex A:
 * NodeIds.csv).
 */
import * as A from '../../net/actions.ts'

type Service = readonly [name: string, actions: number]

/** messages that are no services: below all encodings */
export const HELLO = 1
export const REVERSE_HELLO = 2
export const SERVICE_FAULT = 397
export const OPEN_CHANNEL = 446
export const CLOSE_CHANNEL = 452
export const GET_ENDPOINTS = 428
export const CREATE_SESSION = 461
export const READ = 631
export const WRITE = 673
export const CALL = 712

const SERVICES: Readonly<Record<number, Service>> = {
  [HELLO]: ['hello', A.SESSION],
  [REVERSE_HELLO]: ['reverse hello', A.SESSION],
  422: ['FindServers', A.DISCOVER],
  [GET_ENDPOINTS]: ['GetEndpoints', A.DISCOVER],
  437: ['RegisterServer', A.DISCOVER],
  [OPEN_CHANNEL]: ['OpenSecureChannel', A.SESSION],
  [CLOSE_CHANNEL]: ['CloseSecureChannel', A.SESSION],
  [CREATE_SESSION]: ['CreateSession', A.SESSION],
  467: ['ActivateSession', A.SESSION],
  473: ['CloseSession', A.SESSION],
  479: ['Cancel', A.SESSION],
  488: ['AddNodes', A.CONFIGURE],
  494: ['AddReferences', A.CONFIGURE],
  500: ['DeleteNodes', A.CONFIGURE],
  506: ['DeleteReferences', A.CONFIGURE],
  527: ['Browse', A.DISCOVER],
  533: ['BrowseNext', A.DISCOVER],
  554: ['TranslateBrowsePathsToNodeIds', A.DISCOVER],
  560: ['RegisterNodes', A.DISCOVER],
  566: ['UnregisterNodes', A.DISCOVER],
  615: ['QueryFirst', A.DISCOVER | A.READ],
  621: ['QueryNext', A.DISCOVER | A.READ],
  [READ]: ['Read', A.READ],
  664: ['HistoryRead', A.READ],
  [WRITE]: ['Write', A.WRITE],
  700: ['HistoryUpdate', A.WRITE],
  [CALL]: ['Call', A.CONTROL],
  751: ['CreateMonitoredItems', A.REPORT],
  763: ['ModifyMonitoredItems', A.REPORT],
  769: ['SetMonitoringMode', A.REPORT],
  775: ['SetTriggering', A.REPORT],
  781: ['DeleteMonitoredItems', A.REPORT],
  787: ['CreateSubscription', A.REPORT],
  793: ['ModifySubscription', A.REPORT],
  799: ['SetPublishingMode', A.REPORT],
  826: ['Publish', A.REPORT],
  832: ['Republish', A.REPORT],
  841: ['TransferSubscriptions', A.REPORT],
  847: ['DeleteSubscriptions', A.REPORT],
  12208: ['FindServersOnNetwork', A.DISCOVER],
  12211: ['RegisterServer2', A.DISCOVER],
}

export const serviceActions = (fn: number): number => SERVICES[fn]?.[1] ?? A.UNKNOWN
export const serviceName = (fn: number): string | undefined => SERVICES[fn]?.[0]
export const isService = (id: number): boolean => id > REVERSE_HELLO && SERVICES[id] !== undefined

/** The request that a response answers, by the encoding of the response; -1 = this is no response. */
export function requestOf(id: number): number {
  // the two that came later were numbered without a gap
  if (id === 12209 || id === 12212) return id - 1
  return id < 12000 && isService(id - 3) ? id - 3 : -1
}
