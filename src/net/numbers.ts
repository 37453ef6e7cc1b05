/**
 * What the PDUs of a service number, so that policies can narrow channels by it: functions and, where these letters stand, units
 * (u) and addresses (a). Of services that are not here nothing is numbered: no protocol of src/app/ reads them, or they do
 * nothing that it could tell. What the numbers are: docs/protocols.md, Numbers for policies.
 */
export const NUMBERED: Readonly<Record<string, '' | 'u' | 'a' | 'ua'>> = {
  modbus: 'ua',
  s7comm: 'a',
  's7comm-plus': 'a',
  mms: '',
  dnp3: 'ua',
  iec104: 'ua',
  opcua: 'a',
  'hart-ip': 'u',
  synchrophasor: 'u',
  genisys: 'ua',
  ads: 'ua',
  tristation: '',
  pcworx: '',
  crimson: '',
  proconos: '',
  'ge-egd': 'a',
  enip: 'a',
  fins: 'ua',
  'ge-srtp': 'a',
  melsec: 'ua',
  goose: 'a',
  sv: 'a',
  'gse-management': 'a',
  profinet: 'a',
  ethercat: 'ua',
  bacnet: 'a',
  roc: 'ua',
  bsap: 'u',
  codesys: '',
  knx: 'a',
  mqtt: '',
  coap: '',
}
