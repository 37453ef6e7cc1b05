import { ask, type Conversation, lines } from '../conversation.ts'

/** SSDP (UPnP Device Architecture 2.0, section 1.3): a search at one device, and its answer. */
export const conversation: Conversation = {
  over: 'udp',
  port: 1900,
  said: [
    ...ask([
      lines(
        'M-SEARCH * HTTP/1.1',
        'HOST: 10.60.2.55:1900',
        'MAN: "ssdp:discover"',
        'ST: upnp:rootdevice',
        '',
      ),
      lines(
        'HTTP/1.1 200 OK',
        'CACHE-CONTROL: max-age=1800',
        'EXT:',
        'LOCATION: http://10.60.2.55:49152/device.xml',
        'SERVER: RTOS/1.0 UPnP/1.0 Camera/3',
        'ST: upnp:rootdevice',
        'USN: uuid:2f402f80-da50-11e1-9b23-026002000037::upnp:rootdevice',
        '',
      ),
    ]),
  ],
  actions: {},
}
