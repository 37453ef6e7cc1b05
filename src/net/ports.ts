/**
 * Services and the ports, ethertypes and IP protocols they are usually found at: the one table behind the names of
 * flows, the guess at who is the server, and the built-in services of the policy language.
 *
 * Sources: IANA Service Name and Transport Protocol Port Number Registry, IANA Protocol Numbers, IEEE 802 Numbers
 * (ethertypes) unless a line says otherwise. A name stands for no more ports than its users expect: `https` is TCP
 * 443, not 8443 or QUIC, because a declared service should not grow silently.
 */

type Ports = readonly (number | readonly [first: number, last: number])[]

/** One service of the table. */
export interface ServiceEntry {
  readonly id: string
  /** what it is called in full */
  readonly name: string
  readonly tcp?: Ports
  readonly udp?: Ports
  readonly sctp?: Ports
  readonly ethertype?: readonly number[]
  readonly ipProto?: readonly number[]
  /** ICMP and ICMPv6: request types that count, or all */
  readonly icmp?: 'all' | readonly { version: 4 | 6; type: number }[]
  /** ports that its related conversations are announced at */
  readonly dynamic?: Ports
  /** ports of the table that clients bind, not servers */
  readonly clientPorts?: readonly number[]
  /** has OT actions (read, write, program ...) */
  readonly ot?: true
}

const ANNOUNCED: Ports = [[1024, 65535]]
/** default dynamic range since Windows Vista (Microsoft KB 929851), the same as RFC 6335's */
const WINDOWS_DYNAMIC: Ports = [[49152, 65535]]

/** The table. Where two services share a port, the earlier one names flows that are told by port only. */
export const SERVICES: readonly ServiceEntry[] = [
  // Operational technology
  { id: 'modbus', name: 'Modbus/TCP', tcp: [502], ot: true },
  { id: 'modbus-tls', name: 'Modbus/TCP Security', tcp: [802], ot: true },
  { id: 's7comm', name: 'Siemens S7 communication (ISO on TCP, RFC 1006)', tcp: [102], ot: true },
  // S7-1200 and 1500, TIA Portal: its own protocol on the same port
  { id: 's7comm-plus', name: 'Siemens S7comm-plus (ISO on TCP, RFC 1006)', tcp: [102], ot: true },
  { id: 'mms', name: 'IEC 61850 MMS, ICCP/TASE.2 (ISO on TCP, RFC 1006)', tcp: [102], ot: true },
  // 2222: implicit (class 1) messages, ODVA EtherNet/IP specification; 2221: CIP Security (TLS, DTLS)
  { id: 'enip', name: 'EtherNet/IP, CIP', tcp: [44818], udp: [2222, 44818], ot: true },
  { id: 'enip-tls', name: 'EtherNet/IP with CIP Security', tcp: [2221], udp: [2221], ot: true },
  { id: 'dnp3', name: 'DNP3 (IEEE 1815)', tcp: [20000], udp: [20000], ot: true },
  { id: 'dnp3-tls', name: 'DNP3 over TLS', tcp: [19999], ot: true },
  { id: 'iec104', name: 'IEC 60870-5-104', tcp: [2404], ot: true },
  { id: 'iec104-tls', name: 'IEC 60870-5-104 over TLS', tcp: [19998], ot: true },
  { id: 'opcua', name: 'OPC UA binary', tcp: [4840], ot: true },
  { id: 'opcua-tls', name: 'OPC UA over TLS', tcp: [4843], ot: true },
  { id: 'opcua-pubsub', name: 'OPC UA PubSub (UADP)', udp: [4840], ethertype: [0xb62c], ot: true },
  { id: 'bacnet', name: 'BACnet/IP', udp: [47808], ot: true },
  { id: 'hart-ip', name: 'HART-IP', tcp: [5094], udp: [5094], ot: true },
  { id: 'fins', name: 'Omron FINS', tcp: [9600], udp: [9600], ot: true },
  // GE (GFK) manuals: service request transport 18245, Ethernet Global Data 18246
  { id: 'ge-srtp', name: 'GE SRTP', tcp: [18245], ot: true },
  { id: 'ge-egd', name: 'GE Ethernet Global Data', udp: [18246], ot: true },
  // CODESYS online help: V2 runtime 2455 (and 1200), V3 gateway 1217, V3 block driver TCP 11740-11743, UDP 1740-1743
  { id: 'codesys', name: 'CODESYS', tcp: [1217, 2455, [11740, 11743]], udp: [[1740, 1743]], ot: true },
  // Mitsubishi MELSEC iQ-R/Q Ethernet manuals: 5006 UDP and 5007 TCP are the CPU's fixed ports
  { id: 'melsec', name: 'Mitsubishi MELSEC (SLMP)', tcp: [5006, 5007], udp: [5006, 5007], ot: true },
  { id: 'cc-link-ie', name: 'CC-Link IE', udp: [61450, 61451], ethertype: [0x890f], ot: true },
  { id: 'profinet', name: 'PROFINET', udp: [[34962, 34964]], ethertype: [0x8892], ot: true },
  { id: 'goose', name: 'IEC 61850 GOOSE', ethertype: [0x88b8], ot: true },
  { id: 'gse-management', name: 'IEC 61850 GSE management', ethertype: [0x88b9], ot: true },
  { id: 'sv', name: 'IEC 61850 Sampled Values', ethertype: [0x88ba], ot: true },
  { id: 'ethercat', name: 'EtherCAT', tcp: [34980], udp: [34980], ethertype: [0x88a4], ot: true },
  { id: 'powerlink', name: 'Ethernet POWERLINK', ethertype: [0x88ab], ot: true },
  { id: 'sercos', name: 'Sercos III', ethertype: [0x88cd], ot: true },
  { id: 'ads', name: 'Beckhoff ADS', tcp: [48898], udp: [48899], ot: true },
  { id: 'ff-hse', name: 'FOUNDATION Fieldbus HSE', tcp: [[1089, 1091]], udp: [[1089, 1091]], ot: true },
  // IEEE C37.118.2 annex E
  { id: 'synchrophasor', name: 'IEEE C37.118 synchrophasors', tcp: [4712], udp: [4713], ot: true },
  // CISA ICSNPP parser for Genisys: the port its field units are found at
  { id: 'genisys', name: 'Genisys', tcp: [10001], ot: true },
  // Emerson ROC protocol manual: default port of the ROC800 series
  { id: 'roc', name: 'Emerson ROC', tcp: [4000], ot: true },
  // ICSNPP parsers: BSAP/IP 1234, serial frames in UDP 1235
  { id: 'bsap', name: 'BSAP (Bristol)', udp: [1234, 1235], ot: true },
  // US-CERT advisory on the Triconex controllers
  { id: 'tristation', name: 'Triconex TriStation', udp: [1502], ot: true },
  { id: 'dlms', name: 'DLMS/COSEM', tcp: [4059], udp: [4059], ot: true },
  { id: 'c1222', name: 'ANSI C12.22', tcp: [1153], udp: [1153], ot: true },
  { id: 'knx', name: 'KNXnet/IP', tcp: [3671], udp: [3671], ot: true },
  // Tridium Niagara hardening guide
  { id: 'fox', name: 'Niagara Fox', tcp: [1911, 4911], ot: true },
  { id: 'crimson', name: 'Red Lion Crimson', tcp: [789], ot: true },
  { id: 'pcworx', name: 'Phoenix Contact PC Worx', tcp: [1962], ot: true },
  { id: 'proconos', name: 'ProConOS', tcp: [20547], ot: true },
  { id: 'ptp', name: 'PTP (IEEE 1588)', udp: [319, 320], ethertype: [0x88f7] },
  { id: 'mrp', name: 'Media Redundancy Protocol (IEC 62439-2)', ethertype: [0x88e3] },
  { id: 'prp', name: 'PRP supervision (IEC 62439-3)', ethertype: [0x88fb] },
  { id: 'hsr', name: 'HSR (IEC 62439-3)', ethertype: [0x892f] },
  { id: 'mqtt', name: 'MQTT', tcp: [1883], ot: true },
  { id: 'mqtts', name: 'MQTT over TLS', tcp: [8883], ot: true },
  { id: 'amqp', name: 'AMQP', tcp: [5672], sctp: [5672] },
  { id: 'amqps', name: 'AMQP over TLS', tcp: [5671] },
  { id: 'coap', name: 'CoAP', tcp: [5683], udp: [5683], ot: true },
  { id: 'coaps', name: 'CoAP over DTLS or TLS', tcp: [5684], udp: [5684], ot: true },
  // Remote access
  { id: 'ssh', name: 'SSH', tcp: [22] },
  { id: 'telnet', name: 'Telnet', tcp: [23] },
  { id: 'rdp', name: 'Remote Desktop', tcp: [3389], udp: [3389] },
  { id: 'vnc', name: 'VNC (RFB)', tcp: [[5900, 5903]] },
  { id: 'winrm', name: 'Windows Remote Management', tcp: [5985, 5986] },
  { id: 'teamviewer', name: 'TeamViewer', tcp: [5938], udp: [5938] },
  { id: 'x11', name: 'X Window System', tcp: [[6000, 6063]] },
  // Files and web
  { id: 'ftp', name: 'FTP', tcp: [21], dynamic: ANNOUNCED },
  { id: 'ftps', name: 'FTP over TLS', tcp: [990], dynamic: ANNOUNCED },
  { id: 'tftp', name: 'TFTP', udp: [69], dynamic: ANNOUNCED },
  { id: 'http', name: 'HTTP', tcp: [80] },
  { id: 'http-alt', name: 'HTTP on 8080', tcp: [8080] },
  { id: 'https', name: 'HTTPS', tcp: [443] },
  { id: 'https-alt', name: 'HTTPS on 8443', tcp: [8443] },
  { id: 'quic', name: 'QUIC (HTTP/3)', udp: [443] },
  { id: 'rsync', name: 'rsync', tcp: [873] },
  { id: 'smb', name: 'SMB', tcp: [445] },
  { id: 'nfs', name: 'NFS', tcp: [2049], udp: [2049] },
  { id: 'rpcbind', name: 'ONC RPC port mapper', tcp: [111], udp: [111], dynamic: ANNOUNCED },
  { id: 'iscsi', name: 'iSCSI', tcp: [860, 3260] },
  { id: 'aoe', name: 'ATA over Ethernet', ethertype: [0x88a2] },
  { id: 'fcoe', name: 'Fibre Channel over Ethernet', ethertype: [0x8906, 0x8914] },
  // Names, addresses, time
  { id: 'dns', name: 'DNS', tcp: [53], udp: [53] },
  { id: 'dns-tls', name: 'DNS over TLS', tcp: [853], udp: [853] },
  { id: 'mdns', name: 'Multicast DNS', udp: [5353] },
  { id: 'llmnr', name: 'LLMNR', tcp: [5355], udp: [5355] },
  { id: 'nbns', name: 'NetBIOS name service', udp: [137] },
  { id: 'nbdgm', name: 'NetBIOS datagrams', udp: [138] },
  { id: 'nbss', name: 'NetBIOS sessions', tcp: [139] },
  { id: 'dhcp', name: 'DHCP', udp: [67, 68], clientPorts: [68] },
  { id: 'dhcpv6', name: 'DHCPv6', udp: [546, 547], clientPorts: [546] },
  { id: 'ntp', name: 'NTP', udp: [123] },
  { id: 'nts-ke', name: 'NTS key establishment', tcp: [4460] },
  { id: 'ssdp', name: 'SSDP (UPnP)', udp: [1900] },
  { id: 'ws-discovery', name: 'WS-Discovery', udp: [3702] },
  // Management and monitoring
  { id: 'snmp', name: 'SNMP', udp: [161] },
  { id: 'snmp-trap', name: 'SNMP traps', udp: [162] },
  { id: 'syslog', name: 'Syslog', udp: [514] },
  { id: 'syslog-tcp', name: 'Syslog over TCP', tcp: [601] },
  { id: 'syslog-tls', name: 'Syslog over TLS', tcp: [6514] },
  { id: 'netflow', name: 'NetFlow', udp: [2055] },
  { id: 'ipfix', name: 'IPFIX', tcp: [4739], udp: [4739], sctp: [4739] },
  { id: 'sflow', name: 'sFlow', udp: [6343] },
  { id: 'ipmi', name: 'IPMI (RMCP)', udp: [623] },
  { id: 'icmp', name: 'ICMP and ICMPv6', icmp: 'all' },
  // RFC 792, RFC 4443
  {
    id: 'ping',
    name: 'ICMP echo',
    icmp: [
      { version: 4, type: 8 },
      { version: 6, type: 128 },
    ],
  },
  { id: 'arp', name: 'ARP', ethertype: [0x0806] },
  { id: 'lldp', name: 'LLDP', ethertype: [0x88cc] },
  { id: 'lacp', name: 'LACP and other slow protocols', ethertype: [0x8809] },
  { id: 'eapol', name: '802.1X', ethertype: [0x888e] },
  // Directory and sign-on
  { id: 'ldap', name: 'LDAP', tcp: [389], udp: [389] },
  { id: 'ldaps', name: 'LDAP over TLS', tcp: [636] },
  { id: 'ldap-gc', name: 'Active Directory global catalogue', tcp: [3268, 3269] },
  { id: 'kerberos', name: 'Kerberos', tcp: [88], udp: [88] },
  { id: 'kpasswd', name: 'Kerberos password change', tcp: [464], udp: [464] },
  { id: 'radius', name: 'RADIUS', udp: [1645, 1646, 1812, 1813] },
  { id: 'tacacs', name: 'TACACS+', tcp: [49] },
  { id: 'msrpc', name: 'Microsoft RPC and DCOM', tcp: [135], dynamic: WINDOWS_DYNAMIC },
  // Databases and queues
  { id: 'mssql', name: 'Microsoft SQL Server', tcp: [1433] },
  { id: 'mssql-browser', name: 'SQL Server Browser', udp: [1434] },
  { id: 'mysql', name: 'MySQL', tcp: [3306] },
  { id: 'postgres', name: 'PostgreSQL', tcp: [5432] },
  { id: 'oracle', name: 'Oracle Net', tcp: [1521] },
  { id: 'mongodb', name: 'MongoDB', tcp: [27017] },
  { id: 'redis', name: 'Redis', tcp: [6379] },
  { id: 'influxdb', name: 'InfluxDB', tcp: [8086] },
  { id: 'elasticsearch', name: 'Elasticsearch', tcp: [9200, 9300] },
  // Mail
  { id: 'smtp', name: 'SMTP', tcp: [25] },
  { id: 'submission', name: 'Mail submission', tcp: [465, 587] },
  { id: 'pop3', name: 'POP3', tcp: [110, 995] },
  { id: 'imap', name: 'IMAP', tcp: [143, 993] },
  // Voice and video
  { id: 'sip', name: 'SIP', tcp: [5060, 5061], udp: [5060], dynamic: ANNOUNCED },
  { id: 'rtsp', name: 'RTSP', tcp: [554], udp: [554], dynamic: ANNOUNCED },
  { id: 'stun', name: 'STUN and TURN', tcp: [3478], udp: [3478] },
  // Hypervisors: VMware Ports and Protocols (8000 vMotion, 902 host management), Microsoft Hyper-V (6600 migration)
  { id: 'vmotion', name: 'VMware vMotion', tcp: [8000] },
  { id: 'esxi-mgmt', name: 'VMware ESXi management', tcp: [902], udp: [902] },
  { id: 'hyperv-migration', name: 'Hyper-V live migration', tcp: [6600] },
  // Routing
  { id: 'bgp', name: 'BGP', tcp: [179] },
  { id: 'rip', name: 'RIP', udp: [520, 521] },
  { id: 'hsrp', name: 'HSRP', udp: [1985, 2029] },
  { id: 'bfd', name: 'BFD', udp: [3784, 3785, 4784] },
  { id: 'ospf', name: 'OSPF', ipProto: [89] },
  { id: 'vrrp', name: 'VRRP', ipProto: [112] },
  { id: 'igmp', name: 'IGMP', ipProto: [2] },
  // Tunnels
  { id: 'gre', name: 'GRE', ipProto: [47] },
  { id: 'ipip', name: 'IP in IP', ipProto: [4] },
  { id: '6in4', name: 'IPv6 in IPv4', ipProto: [41] },
  { id: 'vxlan', name: 'VXLAN', udp: [4789] },
  { id: 'vxlan-gpe', name: 'VXLAN-GPE', udp: [4790] },
  { id: 'geneve', name: 'GENEVE', udp: [6081] },
  { id: 'gtp-u', name: 'GTP-U', udp: [2152] },
  { id: 'l2tp', name: 'L2TP', udp: [1701], ipProto: [115] },
  { id: 'ipsec', name: 'IPsec (IKE, NAT-T, ESP, AH)', udp: [500, 4500], ipProto: [50, 51] },
  { id: 'openvpn', name: 'OpenVPN', tcp: [1194], udp: [1194] },
  { id: 'wireguard', name: 'WireGuard', udp: [51820] },
  { id: 'teredo', name: 'Teredo', udp: [3544] },
  // Recognised by their bytes, at no port of their own
  { id: 'tls', name: 'TLS' },
  { id: 'dtls', name: 'DTLS' },
  { id: 'rtp', name: 'RTP and RTCP' },
]

const TCP = 6
const UDP = 17
const SCTP = 132

const names = {
  tcp: new Map<number, string>(),
  udp: new Map<number, string>(),
  sctp: new Map<number, string>(),
}
const ethertypes = new Map<number, string>()
/** one bit per port: known to be a server's */
const serverPorts = { tcp: new Uint8Array(8192), udp: new Uint8Array(8192), sctp: new Uint8Array(8192) }

for (const service of SERVICES) {
  for (const kind of ['tcp', 'udp', 'sctp'] as const) {
    for (const entry of service[kind] ?? []) {
      const [first, last] = typeof entry === 'number' ? [entry, entry] : entry
      for (let port = first; port <= last; port++) {
        if (!names[kind].has(port)) names[kind].set(port, service.id)
        if (!service.clientPorts?.includes(port)) serverPorts[kind][port >> 3] |= 1 << (port & 7)
      }
    }
  }
  for (const type of service.ethertype ?? []) if (!ethertypes.has(type)) ethertypes.set(type, service.id)
}

/** Service usually found at a port (0..65535), or undefined. */
export function serviceOfPort(proto: 'tcp' | 'udp' | 'sctp', port: number): string | undefined {
  return names[proto].get(port)
}

/** Service of an ethertype, or undefined. */
export function serviceOfEthertype(ethertype: number): string | undefined {
  return ethertypes.get(ethertype)
}

/** Whether a port of an IP protocol (6 TCP, 17 UDP, 132 SCTP) is known to be a server's. One bit test. */
export function isServerPort(protoNumber: number, port: number): boolean {
  const bits =
    protoNumber === TCP
      ? serverPorts.tcp
      : protoNumber === UDP
        ? serverPorts.udp
        : protoNumber === SCTP
          ? serverPorts.sctp
          : undefined
  return bits !== undefined && (bits[port >> 3] & (1 << (port & 7))) !== 0
}

/**
 * Services that are another protocol's bytes at a port of their own: what is recognised there as the one on the right goes by
 * the name on the left.
 */
export const CARRIED: readonly (readonly [service: string, by: string])[] = [
  ['modbus-tls', 'tls'],
  ['enip-tls', 'tls'],
  ['enip-tls', 'dtls'],
  ['dnp3-tls', 'tls'],
  ['iec104-tls', 'tls'],
  ['opcua-tls', 'tls'],
  ['mqtts', 'tls'],
  ['amqps', 'tls'],
  ['coaps', 'tls'],
  ['coaps', 'dtls'],
  ['fox', 'tls'],
  ['https', 'tls'],
  ['https-alt', 'tls'],
  ['http-alt', 'http'],
  ['winrm', 'http'],
  ['winrm', 'tls'],
  ['influxdb', 'http'],
  ['influxdb', 'tls'],
  ['elasticsearch', 'http'],
  ['elasticsearch', 'tls'],
  ['ftps', 'tls'],
  ['dns-tls', 'tls'],
  ['dns-tls', 'dtls'],
  ['nts-ke', 'tls'],
  ['syslog-tcp', 'syslog'],
  ['syslog-tls', 'tls'],
  ['snmp-trap', 'snmp'],
  ['nbss', 'smb'],
  ['ldaps', 'tls'],
  ['ldap-gc', 'ldap'],
  ['ldap-gc', 'tls'],
  ['kpasswd', 'kerberos'],
  ['submission', 'smtp'],
  ['submission', 'tls'],
  ['pop3', 'tls'],
  ['imap', 'tls'],
  ['sip', 'tls'],
  ['stun', 'tls'],
  ['esxi-mgmt', 'tls'],
  ['hyperv-migration', 'tls'],
  ['rdp', 'tls'],
  ['rdp', 'dtls'],
  ['openvpn', 'tls'],
  ['mongodb', 'tls'],
  ['redis', 'tls'],
  ['radius', 'tls'],
  ['opcua-pubsub', 'opcua'],
]

const byId = new Map(SERVICES.map((service, number) => [service.id, number]))
const carried = new Map<string, string>()
for (const [id, by] of CARRIED) {
  const service = SERVICES[byId.get(id)!]
  for (const kind of ['tcp', 'udp', 'sctp'] as const) {
    for (const entry of service[kind] ?? []) {
      const [first, last] = typeof entry === 'number' ? [entry, entry] : entry
      for (let port = first; port <= last; port++) {
        const key = `${by} ${kind} ${port}`
        if (!carried.has(key)) carried.set(key, id)
      }
    }
  }
}

/** Place of a service in the table; -1 = there is none of that id. */
export function serviceNumber(id: string): number {
  return byId.get(id) ?? -1
}

/** What a recognised service is called at a port: TLS at 443 is `https`. */
export function serviceAtPort(id: string, proto: number, port: number): string {
  const kind = proto === TCP ? 'tcp' : proto === UDP ? 'udp' : proto === SCTP ? 'sctp' : ''
  return (kind === '' ? undefined : carried.get(`${id} ${kind} ${port}`)) ?? id
}
