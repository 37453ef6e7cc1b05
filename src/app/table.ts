/**
 * Every application protocol that is recognised, a line each. Where the bytes fit two of them with the same certainty, and no
 * port decides, the earlier one is meant.
 */
import { amqp } from './it/amqp.ts'
import { bgp } from './it/bgp.ts'
import { dhcp } from './it/dhcp.ts'
import { dhcpv6 } from './it/dhcpv6.ts'
import { dns } from './it/dns.ts'
import { dtls } from './it/dtls.ts'
import { esxiMgmt } from './it/esxi-mgmt.ts'
import { ftp } from './it/ftp.ts'
import { http } from './it/http.ts'
import { imap } from './it/imap.ts'
import { ipfix } from './it/ipfix.ts'
import { ipmi } from './it/ipmi.ts'
import { ipsec } from './it/ipsec.ts'
import { iscsi } from './it/iscsi.ts'
import { kerberos } from './it/kerberos.ts'
import { ldap } from './it/ldap.ts'
import { lldp } from './it/lldp.ts'
import { llmnr } from './it/llmnr.ts'
import { mdns } from './it/mdns.ts'
import { mongodb } from './it/mongodb.ts'
import { msrpc } from './it/msrpc.ts'
import { mssql } from './it/mssql.ts'
import { mysql } from './it/mysql.ts'
import { nbdgm } from './it/nbdgm.ts'
import { nbns } from './it/nbns.ts'
import { nbss } from './it/nbss.ts'
import { netflow } from './it/netflow.ts'
import { nfs } from './it/nfs.ts'
import { ntp } from './it/ntp.ts'
import { openvpn } from './it/openvpn.ts'
import { oracle } from './it/oracle.ts'
import { pop3 } from './it/pop3.ts'
import { postgres } from './it/postgres.ts'
import { ptp } from './it/ptp.ts'
import { quic } from './it/quic.ts'
import { radius } from './it/radius.ts'
import { rdp } from './it/rdp.ts'
import { redis } from './it/redis.ts'
import { rpcbind } from './it/rpcbind.ts'
import { rsync } from './it/rsync.ts'
import { rtp } from './it/rtp.ts'
import { rtsp } from './it/rtsp.ts'
import { sflow } from './it/sflow.ts'
import { sip } from './it/sip.ts'
import { smb } from './it/smb.ts'
import { smtp } from './it/smtp.ts'
import { snmp } from './it/snmp.ts'
import { ssdp } from './it/ssdp.ts'
import { ssh } from './it/ssh.ts'
import { stun } from './it/stun.ts'
import { syslog } from './it/syslog.ts'
import { tacacs } from './it/tacacs.ts'
import { teamviewer } from './it/teamviewer.ts'
import { telnet } from './it/telnet.ts'
import { tftp } from './it/tftp.ts'
import { tls } from './it/tls.ts'
import { vnc } from './it/vnc.ts'
import { wireguard } from './it/wireguard.ts'
import { wsDiscovery } from './it/ws-discovery.ts'
import { x11 } from './it/x11.ts'
import { ads } from './ot/ads.ts'
import { bacnet } from './ot/bacnet.ts'
import { bsap } from './ot/bsap.ts'
import { coap } from './ot/coap.ts'
import { codesys } from './ot/codesys.ts'
import { crimson } from './ot/crimson.ts'
import { dnp3 } from './ot/dnp3.ts'
import { enip } from './ot/enip.ts'
import { enipIo } from './ot/enip-io.ts'
import { ethercat } from './ot/ethercat.ts'
import { fins } from './ot/fins.ts'
import { fox } from './ot/fox.ts'
import { geEgd } from './ot/ge-egd.ts'
import { geSrtp } from './ot/ge-srtp.ts'
import { genisys } from './ot/genisys.ts'
import { goose, gseManagement } from './ot/goose.ts'
import { hartIp } from './ot/hart-ip.ts'
import { iec104 } from './ot/iec104.ts'
import { knx } from './ot/knx.ts'
import { melsec } from './ot/melsec.ts'
import { melsec1e } from './ot/melsec-1e.ts'
import { mms } from './ot/mms.ts'
import { modbus } from './ot/modbus.ts'
import { modbusRtu } from './ot/modbus-rtu.ts'
import { mqtt } from './ot/mqtt.ts'
import { opcua } from './ot/opcua.ts'
import { pcworx } from './ot/pcworx.ts'
import { proconos } from './ot/proconos.ts'
import { profinet } from './ot/profinet.ts'
import { profinetCm } from './ot/profinet-cm.ts'
import { roc } from './ot/roc.ts'
import { s7comm } from './ot/s7comm.ts'
import { s7commPlus } from './ot/s7comm-plus.ts'
import { sv } from './ot/sv.ts'
import { synchrophasor } from './ot/synchrophasor.ts'
import { tristation } from './ot/tristation.ts'
import type { Protocol } from './protocol.ts'

export const PROTOCOLS: readonly Protocol[] = [
  // Operational technology
  modbus,
  modbusRtu,
  s7comm,
  s7commPlus,
  mms,
  dnp3,
  iec104,
  opcua,
  hartIp,
  synchrophasor,
  genisys,
  ads,
  fox,
  tristation,
  pcworx,
  crimson,
  proconos,
  geEgd,
  enipIo,
  enip,
  fins,
  geSrtp,
  melsec1e,
  melsec,
  goose,
  gseManagement,
  sv,
  profinet,
  profinetCm,
  ethercat,
  bacnet,
  roc,
  bsap,
  codesys,
  knx,
  mqtt,
  coap,
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
  ldap,
  kerberos,
  msrpc,
  mssql,
  mysql,
  postgres,
  oracle,
  mongodb,
  redis,
  rpcbind,
  nfs,
  iscsi,
  esxiMgmt,
  amqp,
  radius,
  tacacs,
  bgp,
  netflow,
  ipfix,
  sflow,
  ipmi,
  x11,
  rsync,
  teamviewer,
  lldp,
  ptp,
]
