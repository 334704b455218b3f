/**
 * Limits of the client that are about its port numbers: the ephemeral pool, the pool of
 * bind(address, 0), and TIME-WAIT. Sources: Linux 6.12 source and measurements on 6.18.44,
 * Microsoft's articles, FreeBSD and xnu.
 */
import type { Limit } from "../model/limit.ts"

const ephemeralPorts: Limit = {
  id: "ephemeral-ports",
  place: "client",
  title: "Ephemeral ports towards one destination",
  isPool: true,
  counts: "local ports that connect() may choose from",
  scope:
    "per (local address, remote address, remote port) on Linux and FreeBSD and per network " +
    "namespace; host-wide on macOS and, for sockets bound before connect, on Windows",
  heldBy:
    "every connection to that destination in any state but CLOSED and LISTEN; after an active " +
    "close TIME-WAIT for 60 s (Linux, FreeBSD), 30 s (macOS), 120 or 240 s (Windows)",
  settings: [
    {
      system: "linux",
      name: "net.ipv4.ip_local_port_range",
      default: "32768 60999",
      note: "28,232 ports; choose ends of different parity, else one port is lost",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      system: "linux",
      name: "net.ipv4.ip_local_reserved_ports",
      default: "",
      note: "taken out of the range",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_tw_reuse",
      default: "2",
      note: "0 off, 1 all, 2 loopback only; needs timestamps at both ends",
      source: "Linux 6.12 net/ipv4/tcp_ipv4.c tcp_twsk_unique",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_tw_reuse_delay",
      default: "1000",
      note: "ms in TIME-WAIT before tcp_tw_reuse may take a port; 1 to 60000; since about 6.14",
      source: "measured on Linux 6.18.44; netdev patch by J. Sitnicki",
    },
    {
      system: "windows",
      name: "MaxUserPort",
      default: "5000",
      note: "NT 3.51 SP5 to Server 2003: last port; first is 1025, so 3,976 ports; 5000 to 65534",
      source: "KB196271, KB Q149532",
    },
    {
      system: "windows",
      name: "dynamicport.ipv4.tcp.num",
      default: "16384",
      note: "Vista and Server 2008 and later; from dynamicport.ipv4.tcp.start, 49152",
      source: "KB929851",
    },
    {
      system: "windows",
      name: "excludedportrange.ipv4.tcp",
      note: "ranges taken out (Hyper-V and WinNAT reserve blocks of 100)",
      source: "netsh int ipv4 show excludedportrange",
    },
    {
      system: "windows",
      name: "TcpTimedWaitDelay",
      default: "240",
      note: "s; NT and 2000: 240, XP and 2003: 120 (IPv4); 30 to 300, the 2003 page says 0 to 300",
      source: "KB Q149532, KB314053, TechNet cc757512",
    },
    {
      system: "windows",
      name: "AutoReusePortRangeNumberOfPorts",
      default: "0",
      note: "Windows 10 and Server 2016 and later: ports shared between destinations",
      source: "Get-NetTCPSetting; Microsoft Networking blog, TCP templates for Windows",
    },
    {
      system: "macos",
      name: "net.inet.ip.portrange.first",
      default: "49152",
      note: "to net.inet.ip.portrange.last 65535: 16,384 ports for the whole host",
      source: "xnu in_pcb.c in_pcblookup_local",
    },
    {
      system: "freebsd",
      name: "net.inet.ip.portrange.first",
      default: "10000",
      note: "to net.inet.ip.portrange.last 65535: 55,536 ports",
      source: "FreeBSD netinet/in.h, in_pcb.c in_pcb_lport_dest",
    },
  ],
  refused: {
    errno: ["EADDRNOTAVAIL", "EAGAIN"],
    wsa: ["WSAENOBUFS", "WSAEADDRINUSE"],
    netError: [53, 64, 68],
    events: ["Tcpip 4231", "NETLOGON 5719"],
    counters: ["TcpExtTWRecycled", "sockstat.TCP.tw"],
    says:
      "connect() fails at once, without a packet, towards one destination only; other " +
      "destinations work. No kernel counter moves: only the errno and the socket table prove it",
  },
  lookalikes: [
    {
      limit: "source-address",
      tellApart:
        "the same EADDRNOTAVAIL when the host has no usable source address; then the table has " +
        "few sockets to the destination and the first attempt already fails",
    },
    {
      limit: "local-bind-ports",
      tellApart:
        "EADDRINUSE from bind() instead of EADDRNOTAVAIL from connect(), or every target fails",
    },
    {
      limit: "time-wait-collision",
      tellApart: "10048 and event 4227 while far fewer ports than the range are held",
    },
    {
      limit: "nat-ports",
      tellApart: "the pool of a NAT on the way: attempts time out instead of failing at once",
    },
    {
      limit: "path-unreachable",
      tellApart:
        "connects that wait for a dead target hold a port each for up to 131 s: SYN-SENT rows " +
        "fill the pool and the cause is the target",
    },
  ],
  remedies: [
    {
      change:
        "Keep connections open and reuse them (keep-alive, a connection pool with enough places)",
      systems: ["application"],
      price: "A change in the program; the only cure that does not move the limit somewhere else",
      source: "practice reports: small or forced-closed pools are the commonest cause",
    },
    {
      change: "Widen the ephemeral range",
      systems: ["linux"],
      commands: [
        "sysctl -w net.ipv4.ip_local_port_range='1024 65535'",
        "sysctl -w net.ipv4.ip_local_reserved_ports=8080,9090  # your listeners above 1024",
        "echo 'net.ipv4.ip_local_port_range = 1024 65535' >/etc/sysctl.d/90-fourtuple.conf",
      ],
      price:
        "Listeners above 1024 must be reserved or they may find their port taken; at most 2.3 " +
        "times the ports of the default range",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      change: "Reuse TIME-WAIT four-tuples for outgoing connections",
      systems: ["linux"],
      commands: [
        "sysctl -w net.ipv4.tcp_tw_reuse=1",
        "echo 'net.ipv4.tcp_tw_reuse = 1' >/etc/sysctl.d/91-fourtuple.conf",
      ],
      price:
        "Needs timestamps at both ends; helps against TIME-WAIT only, at most ports per second; " +
        "a NAT or firewall on the way that still holds the old flow may drop the new SYN",
      source: "Linux Documentation/networking/ip-sysctl.rst; measured on 6.18.44",
    },
    {
      change: "Use more local addresses, or more addresses or ports of the target",
      systems: ["linux", "freebsd", "windows"],
      commands: [
        "ip addr add 10.0.0.2/32 dev lo  # then bind(address) with IP_BIND_ADDRESS_NO_PORT",
      ],
      price: "Each address gives another full set of ports; the program must spread over them",
      source: "Linux 6.12 net/ipv4/inet_hashtables.c",
    },
    {
      change: "Widen the dynamic range",
      systems: ["windows"],
      commands: [
        "netsh int ipv4 set dynamicport tcp start=10000 num=55535",
        "netsh int ipv6 set dynamicport tcp start=10000 num=55535",
      ],
      price: "Vista, Server 2008 and later; services listening above 10000 may collide",
      source: "KB929851",
    },
    {
      change: "Raise MaxUserPort and shorten TcpTimedWaitDelay, then restart",
      systems: ["windows"],
      commands: [
        "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters /v MaxUserPort /t " +
          "REG_DWORD /d 65534 /f",
        "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters /v " +
          "TcpTimedWaitDelay /t REG_DWORD /d 30 /f",
      ],
      price:
        "NT 3.51 SP5 to Server 2003; a restart; 30 s is less than the MSL of the standard, so " +
        "an old segment may meet a new connection",
      source: "KB Q149532, KB196271, KB314053",
    },
    {
      change: "Widen the ephemeral range",
      systems: ["macos", "freebsd"],
      commands: [
        "sysctl -w net.inet.ip.portrange.first=1024",
        "sysctl -w net.inet.ip.portrange.hifirst=1024",
      ],
      price:
        "Listeners above 1024 may find their port taken; on macOS it stays one pool for the host",
      source: "FreeBSD ip(4)",
    },
    {
      change: "Let the server close first",
      systems: ["application"],
      price: "TIME-WAIT moves to the server, where it costs memory and may reject reused ports",
      source: "RFC 9293 3.6; measured on 6.18.44",
    },
  ],
  alsoCalled: [
    "port exhaustion",
    "ephemeral port exhaustion",
    "dynamic port exhaustion",
    "SNAT exhaustion (on the host)",
    "out of ports",
    "cannot assign requested address",
  ],
  sources: [
    "Linux 6.12 net/ipv4/inet_hashtables.c __inet_hash_connect",
    "KB Q149532, KB196271, KB929851",
    "Microsoft, Troubleshoot port exhaustion issues",
    "measured on Linux 6.18.44 in network namespaces",
  ],
}

const localBindPorts: Limit = {
  id: "local-bind-ports",
  place: "client",
  title: "Ports for bind(address, 0)",
  isPool: true,
  counts: "local ports that a bind with port 0 may take before the destination is known",
  scope: "per local address and network namespace, shared by all destinations; host-wide on macOS",
  heldBy:
    "every socket on that address, also one bound and never connected (no listing but " +
    "inet_diag's bound-inactive or netstat -q shows it), and TIME-WAIT left by such sockets",
  settings: [
    {
      system: "linux",
      name: "net.ipv4.ip_local_port_range",
      default: "32768 60999",
      source: "Linux 6.12 net/ipv4/inet_connection_sock.c inet_csk_find_open_port",
    },
    {
      system: "linux",
      name: "net.ipv4.ip_autobind_reuse",
      default: "0",
      note: "1 lets bind(0) share ports when all sockets set SO_REUSEADDR",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      system: "windows",
      name: "dynamicport.ipv4.tcp.num",
      default: "16384",
      note: "one pool for all destinations; SO_PORT_SCALABILITY makes it per local address",
      source: "Microsoft, SO_PORT_SCALABILITY socket option",
    },
    {
      system: "windows",
      name: "MaxUserPort",
      default: "5000",
      note: "to Server 2003",
      source: "KB196271",
    },
    {
      system: "macos",
      name: "net.inet.ip.portrange.first",
      default: "49152",
      source: "xnu in_pcb.c in_pcblookup_local",
    },
  ],
  refused: {
    errno: ["EADDRINUSE", "EADDRNOTAVAIL"],
    wsa: ["WSAENOBUFS", "WSAEADDRINUSE"],
    events: ["Tcpip 4231"],
    says:
      "bind() fails at once and to any destination; plain connects on the same host may get " +
      "EADDRNOTAVAIL, since a bound port is not shared. No kernel counter moves",
  },
  lookalikes: [
    {
      limit: "ephemeral-ports",
      tellApart: "fails for one destination only and from connect(), not from bind()",
    },
    {
      limit: "source-address",
      tellApart:
        "bind() to an address that is not the host's says EADDRNOTAVAIL at the first attempt",
    },
    {
      limit: "target-time-wait",
      tellApart:
        "a fixed local port in TIME-WAIT also says EADDRINUSE from bind(): look at the port asked",
    },
  ],
  remedies: [
    {
      change: "Set IP_BIND_ADDRESS_NO_PORT before bind, so that the port is chosen at connect",
      systems: ["linux"],
      price: "A change in the program or its option (nginx does it, HAProxy's source, Envoy)",
      source: "Linux IP_BIND_ADDRESS_NO_PORT(2const), since 4.2",
    },
    {
      change: "Set SO_REUSE_UNICASTPORT (or SO_PORT_SCALABILITY) on the socket",
      systems: ["windows"],
      commands: [
        "Set-NetTCPSetting -SettingName InternetCustom -AutoReusePortRangeStartPort 10000 " +
          "-AutoReusePortRangeNumberOfPorts 50000",
      ],
      price: "A change in the program; Windows 10 and Server 2016 and later",
      source: "Microsoft, SO_PORT_SCALABILITY socket option",
    },
    {
      change: "Widen the range",
      systems: ["linux"],
      commands: ["sysctl -w net.ipv4.ip_local_port_range='1024 65535'"],
      price: "Moves the limit; one pool for all destinations stays one pool",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
  ],
  alsoCalled: ["early bind", "source address binding", "bind before connect", "explicit bind"],
  sources: [
    "Linux 6.12 net/ipv4/inet_connection_sock.c",
    "measured on Linux 6.18.44",
    "envoy issue 44747",
    "Microsoft, SO_PORT_SCALABILITY socket option",
  ],
}

/** Pools of port numbers. */
export const PORT_LIMITS: readonly Limit[] = [ephemeralPorts, localBindPorts]
