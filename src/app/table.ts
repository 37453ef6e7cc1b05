/**
 * Every application protocol that is recognised, a line each. Where the bytes fit two of them with the same certainty, and no
 * port decides, the earlier one is meant.
 */
import { dhcp } from './it/dhcp.ts'
import { dhcpv6 } from './it/dhcpv6.ts'
import { dns } from './it/dns.ts'
import { dtls } from './it/dtls.ts'
import { ftp } from './it/ftp.ts'
import { http } from './it/http.ts'
import { imap } from './it/imap.ts'
import { ipsec } from './it/ipsec.ts'
import { llmnr } from './it/llmnr.ts'
import { mdns } from './it/mdns.ts'
import { nbdgm } from './it/nbdgm.ts'
import { nbns } from './it/nbns.ts'
import { nbss } from './it/nbss.ts'
import { ntp } from './it/ntp.ts'
import { openvpn } from './it/openvpn.ts'
import { pop3 } from './it/pop3.ts'
import { quic } from './it/quic.ts'
import { rdp } from './it/rdp.ts'
import { rtp } from './it/rtp.ts'
import { rtsp } from './it/rtsp.ts'
import { sip } from './it/sip.ts'
import { smb } from './it/smb.ts'
import { smtp } from './it/smtp.ts'
import { snmp } from './it/snmp.ts'
import { ssdp } from './it/ssdp.ts'
import { ssh } from './it/ssh.ts'
import { stun } from './it/stun.ts'
import { syslog } from './it/syslog.ts'
import { telnet } from './it/telnet.ts'
import { tftp } from './it/tftp.ts'
import { tls } from './it/tls.ts'
import { vnc } from './it/vnc.ts'
import { wireguard } from './it/wireguard.ts'
import { wsDiscovery } from './it/ws-discovery.ts'
import { modbus } from './ot/modbus.ts'
import type { Protocol } from './protocol.ts'

export const PROTOCOLS: readonly Protocol[] = [
  // Operational technology
  modbus,
  // Everything else
  tls,
  dtls,
  http,
  ssh,
  rdp,
  vnc,
  smb,
  nbss,
  dns,
  mdns,
  llmnr,
  nbns,
  nbdgm,
  dhcp,
  dhcpv6,
  ntp,
  snmp,
  ssdp,
  wsDiscovery,
  syslog,
  ftp,
  tftp,
  smtp,
  pop3,
  imap,
  telnet,
  sip,
  rtsp,
  stun,
  quic,
  ipsec,
  wireguard,
  openvpn,
  rtp,
]
