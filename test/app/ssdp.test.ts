import { describe, expect, it } from 'vitest'
import { ssdp } from '../../src/app/it/ssdp.ts'
import { wsDiscovery } from '../../src/app/it/ws-discovery.ts'
import { probeText, readAll } from '../support/app-run.ts'
import { ascii, client, server } from '../support/app-text.ts'

const lines = (...text: string[]): Uint8Array => ascii(`${text.join('\r\n')}\r\n\r\n`)

describe('SSDP', () => {
  const search = lines('M-SEARCH * HTTP/1.1', 'MAN: "ssdp:discover"', 'ST: ssdp:all')
  const found = lines('HTTP/1.1 200 OK', 'Server: RTOS/1.0 UPnP/1.0 Camera/3', 'ST: upnp:rootdevice')

  it('is known by its first line and what it is about', () => {
    expect(probeText(ssdp, search)).toBe('certain from client')
    expect(probeText(ssdp, found)).toBe('certain from server')
    expect(probeText(ssdp, lines('NOTIFY * HTTP/1.1', 'NT: upnp:rootdevice'))).toBe('certain')
    expect(probeText(ssdp, lines('HTTP/1.1 200 OK', 'Server: x'))).toBe('not')
    expect(probeText(ssdp, lines('GET / HTTP/1.1', 'ST: x'))).toBe('not')
  })

  it('hears what answers and advertises', () => {
    expect(readAll(ssdp, [client(search), server(found)])).toEqual([
      { heard: 'product', text: 'RTOS/1.0 UPnP/1.0 Camera/3' },
      'done',
    ])
  })
})

describe('WS-Discovery', () => {
  const soap = (action: string, ns: string): Uint8Array =>
    ascii(`<?xml version="1.0"?><s:Envelope xmlns:d="${ns}"><s:Header><a:Action>${ns}/${action}</a:Action>`)

  it('is known by its namespace', () => {
    const old = 'http://schemas.xmlsoap.org/ws/2005/04/discovery'
    expect(probeText(wsDiscovery, soap('Probe', old))).toBe('certain from client')
    expect(probeText(wsDiscovery, soap('ProbeMatches', old))).toBe('certain from server')
    expect(probeText(wsDiscovery, soap('Hello', old))).toBe('certain')
    const later = 'http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01'
    expect(probeText(wsDiscovery, soap('Bye', later))).toBe('certain')
    expect(probeText(wsDiscovery, soap('Probe', 'http://www.w3.org/2003/05/soap-envelope'))).toBe('not')
    expect(
      probeText(wsDiscovery, ascii('<34>Oct 11 22:14:15 host ws/2005/04/discovery and more text.....')),
    ).toBe('not')
  })
})
