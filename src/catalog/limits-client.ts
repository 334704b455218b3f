/**
 * Limits of the client's stack and processes: unanswered attempts, control blocks, descriptors,
 * memory, orphans and sockets a program forgets. Sources: Microsoft's articles, Linux 6.12 source,
 * measurements on 6.18.44.
 */
import type { Limit } from "../model/limit.ts"

const embryonicOutbound: Limit = {
  id: "embryonic-outbound",
  place: "client",
  title: "Unanswered outgoing attempts at once",
  isPool: true,
  counts: "outgoing connections in SYN-SENT (embryonic, half-open), not established ones",
  scope: "per host",
  heldBy:
    "an attempt until SYN-ACK, RST, ICMP error or final timeout (21 s on Windows); with NetBIOS " +
    "on, one silent SMB target holds two (ports 445 and 139)",
  settings: [
    {
      system: "windows",
      name: "tcpip.sys, no setting",
      default: "10",
      note: "XP SP2 and SP3, Vista RTM and SP1; 2008 RTM by one source, none by another; fixed",
      source: "Microsoft, XP SP2 changes to functionality; KB969710; Wonderware Tech Note 838",
    },
    {
      system: "windows",
      name: "EnableConnectionRateLimiting",
      default: "0",
      note: "Vista SP2, 2008 SP2 and later: 1 brings the limit of 10 back",
      source: "KB969710",
    },
    {
      system: "windows",
      name: "TcpNumConnections",
      default: "16777214",
      note: "unrelated, though an article says 10: it counts control blocks, not attempts",
      source: "KB314053; Win32_NetworkAdapterConfiguration",
    },
  ],
  refused: {
    errno: ["ETIMEDOUT"],
    wsa: ["WSAETIMEDOUT"],
    netError: [53, 64, 1203],
    events: ["Tcpip 4226"],
    says:
      "further attempts wait in a queue, are not refused: everything new on the machine crawls " +
      "or times out while targets do not answer, open connections go on; live targets are only " +
      "delayed",
  },
  lookalikes: [
    {
      limit: "firewall-concurrent",
      tellApart: "SYNs leave the machine and stay unanswered; here the eleventh SYN does not leave",
    },
    {
      limit: "firewall-embryonic",
      tellApart: "the same symptom, imposed by a box on the way: no event 4226 on the client",
    },
    {
      limit: "target-silent",
      tellApart:
        "only the dead targets fail; the cause of this limit binding, not a rival on its own",
    },
    {
      limit: "ephemeral-ports",
      tellApart: "about as many rows as the range has ports; event 4231 or 4227 instead of 4226",
    },
  ],
  remedies: [
    {
      change:
        "Take dead targets out of the list, or ping first: only unanswered attempts hold a slot",
      systems: ["windows", "application"],
      commands: ['netstat -ano | find "SYN_SENT"'],
      price: "The list has to be kept up to date",
      source: "Microsoft, XP SP2 changes to functionality",
    },
    {
      change: "Pace new connections to fewer than 10 unanswered at once",
      systems: ["application", "windows"],
      price:
        "500 silent targets take at least 1,050 s through 10 slots of 21 s, whatever the " +
        "program does",
      source: "10 slots, 21 s an attempt",
    },
    {
      change:
        "Run the client on a system without the limit (Windows 7, Vista SP2, a server edition)",
      systems: ["windows"],
      commands: [
        "reg query HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters /v " +
          "EnableConnectionRateLimiting",
      ],
      price: "An upgrade; on XP SP2 and SP3 no supported setting changes the number",
      source: "KB969710, Wonderware Tech Note 838",
    },
    {
      change: "Remove EnableConnectionRateLimiting, or set it to 0, and restart",
      systems: ["windows"],
      commands: [
        "reg delete HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters /v " +
          "EnableConnectionRateLimiting /f",
      ],
      price: "Vista SP2, 2008 SP2 and later only",
      source: "KB969710",
    },
    {
      change:
        "Turn NetBIOS over TCP/IP off, so that one SMB target costs one attempt instead of two",
      systems: ["windows"],
      price: "Old clients that need NetBIOS names or port 139 lose them",
      source: "KB204279",
    },
  ],
  alsoCalled: [
    "half-open limit",
    "half-open connections",
    "event 4226",
    "TCP/IP has reached the security limit",
    "concurrent connection attempts",
    "embryonic",
  ],
  sources: [
    "Microsoft, XP SP2 changes to functionality (TCP/IP)",
    "KB969710",
    "Wonderware Tech Note 838",
    "C. Stoneff, Managing Machines through ISA Server",
  ],
}

const tcbTable: Limit = {
  id: "tcb-table",
  place: "client",
  title: "Control blocks of the TCP stack",
  isPool: true,
  counts: "connections the stack can keep at once",
  scope: "per host",
  heldBy: "every connection in any state; TIME-WAIT too, until it is recycled under pressure",
  settings: [
    {
      system: "lan-manager",
      name: "TCPCONNECTIONS",
      default: "NBSESSIONS + 1 + NUMSOCKETS + NSESSIONS",
      note: "7 without the utilities; 17 with them on 2.1 and 2.1a; 13 on 2.2 by the formula",
      source: "KB Q94246",
    },
    {
      system: "lan-manager",
      name: "NBSESSIONS",
      default: "6",
      note: "PROTOCOL.INI, section [TCPIP] or [TCPIP_XIF]",
      source: "KB Q94246, Q159904",
    },
    {
      system: "lan-manager",
      name: "NUMSOCKETS",
      default: "8",
      note: "TCPUTILS.INI, with the utilities; 8 in 2.1 and 2.1a, 4 in 2.2",
      source: "KB Q94246, Q127732",
    },
    {
      system: "lan-manager",
      name: "NSESSIONS",
      default: "2",
      note: "telnet, with the utilities",
      source: "KB Q94246",
    },
    {
      system: "windows",
      name: "TcpNumConnections",
      default: "16777214",
      note: "NT to 2003, 0 to 0xFFFFFE; an article says 10: misprint",
      source: "KB314053; C. Stoneff (10)",
    },
    {
      system: "windows",
      name: "MaxFreeTcbs",
      default: "2000",
      note:
        "NT 4.0: 1000, from SP3 2000; Windows 2000 by memory: 500 to 2000 server, 250 to 1000 " +
        "other",
      source: "KB Q151418, TechNet cc938178",
    },
    {
      system: "windows",
      name: "MaxHashTableSize",
      default: "512",
      note: "NT 4.0 to 2003; speed, not number; 64 to 65536, a power of two",
      source: "KB Q151418",
    },
    {
      system: "freebsd",
      name: "kern.ipc.maxsockets",
      source: "FreeBSD tuning(7)",
    },
  ],
  refused: {
    errno: ["ENOBUFS"],
    wsa: ["WSAENOBUFS"],
    netError: [53, 1326],
    events: ["no-more-sockets"],
    says:
      "on LAN Manager for MS-DOS a log-on right after a log-off fails with error 53, a " +
      "wrong-password message or a long pause: the old connections still hold the slots",
  },
  lookalikes: [
    { limit: "target-silent", tellApart: "error 53 lasts; here it goes away after 5 s of waiting" },
    {
      limit: "name-resolution",
      tellApart: "error 53 with the address typed instead of the name as well: not names",
    },
    {
      limit: "ephemeral-ports",
      tellApart:
        "NT and later: 10055 with about as many rows as ports; the block table is far larger",
    },
    { limit: "target-sessions", tellApart: "error 71 from the server, not 53" },
  ],
  remedies: [
    {
      change: "Raise NBSESSIONS or NUMSOCKETS (rather than TCPCONNECTIONS itself)",
      systems: ["lan-manager"],
      commands: ["NBSESSIONS=10", "NUMSOCKETS=8"],
      price: "Conventional memory under MS-DOS; a restart",
      source: "KB Q94246",
    },
    {
      change: "Wait 5 s between log-off and log-on in batch files",
      systems: ["lan-manager"],
      price: "None but the 5 s",
      source: "KB Q94246",
    },
    {
      change: "Raise MaxFreeTcbs and MaxHashTableSize, then restart",
      systems: ["windows"],
      commands: [
        "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters /v MaxFreeTcbs /t " +
          "REG_DWORD /d 16000 /f",
        "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters /v " +
          "MaxHashTableSize /t REG_DWORD /d 8192 /f",
      ],
      price: "NT 4.0 (with the fix) to 2003; non-paged memory",
      source: "KB Q151418",
    },
  ],
  alsoCalled: ["TCPCONNECTIONS", "TcpNumConnections", "MaxFreeTcbs", "control blocks", "TCB"],
  sources: ["KB Q94246", "KB Q151418", "KB314053"],
}

const fileDescriptors: Limit = {
  id: "file-descriptors",
  place: "client",
  title: "File descriptors",
  isPool: true,
  counts: "open files and sockets",
  scope: "per process (EMFILE) and per host (ENFILE)",
  heldBy: "the process, until it closes them; a proxied connection costs two",
  settings: [
    {
      system: "linux",
      name: "Max open files",
      default: "1024",
      note: "soft limit of /proc/PID/limits (ulimit -n, LimitNOFILE); hard at most fs.nr_open",
      source: "Linux fs/file.c; getrlimit(2)",
    },
    {
      system: "linux",
      name: "fs.nr_open",
      default: "1048576",
      source: "Linux Documentation/admin-guide/sysctl/fs.rst",
    },
    {
      system: "linux",
      name: "fs.file-max",
      default: "by memory",
      note: "host-wide; CAP_SYS_ADMIN is exempt",
      source: "Linux 6.12 fs/file_table.c alloc_empty_file",
    },
    {
      system: "macos",
      name: "kern.maxfilesperproc",
      note: "and launchctl limit maxfiles (soft limit 256)",
      source: "macOS launchctl(1), sysctl",
    },
    { system: "freebsd", name: "kern.maxfilesperproc", source: "FreeBSD tuning(7)" },
    {
      system: "windows",
      name: "handles of the process",
      note: "no small limit; WSAEMFILE means a handle leak",
      source: "Windows Sockets error codes 10024",
    },
    {
      system: "haproxy",
      name: "maxconn",
      note: "global; computed from ulimit-n unless set",
      source: "HAProxy configuration manual",
    },
  ],
  refused: {
    errno: ["EMFILE", "ENFILE"],
    wsa: ["WSAEMFILE"],
    events: ["file-max-reached", "no-more-sockets"],
    counters: ["file-nr.allocated", "process.fds"],
    says:
      'socket() or accept() of one process fails at once with "Too many open files"; other ' +
      "processes go on. A server with no descriptor left leaves connections in its accept queue",
  },
  lookalikes: [
    {
      limit: "application-leak",
      tellApart:
        "the descriptors are sockets in CLOSE-WAIT: the leak is the cause, this the effect",
    },
    {
      limit: "accept-queue",
      tellApart: "a server out of descriptors looks to clients like a full accept queue",
    },
    {
      limit: "ephemeral-ports",
      tellApart: "EADDRNOTAVAIL from connect(), not EMFILE from socket()",
    },
  ],
  remedies: [
    {
      change: "Raise the limit of the running process {process} (pid {pid})",
      systems: ["linux"],
      commands: ["prlimit --pid {pid} --nofile={double}:{double}"],
      price: "Until the process restarts; some programs size their tables at start and ignore it",
      source: "prlimit(1)",
    },
    {
      change: "Raise the limit of the service",
      systems: ["linux"],
      commands: [
        "systemctl edit {process}  # [Service] LimitNOFILE={double}",
        "systemctl restart {process}",
      ],
      price: "A restart; programs that use select() break above 1024",
      source: "systemd.exec(5)",
    },
    {
      change: "Raise the host-wide limit",
      systems: ["linux"],
      commands: ["sysctl -w fs.file-max={double}"],
      price: "Kernel memory, about 1 KiB a socket and more with buffers",
      source: "Linux Documentation/admin-guide/sysctl/fs.rst",
    },
    {
      change: "Raise the limit",
      systems: ["macos", "freebsd"],
      commands: ["ulimit -n 65536", "sysctl -w kern.maxfilesperproc=65536"],
      price: "Per shell or until restart",
      source: "FreeBSD tuning(7)",
    },
    {
      change: "Find what is not closed: descriptors that only grow are a leak",
      systems: ["application", "linux"],
      commands: ["ls -l /proc/{pid}/fd | tail -n 20", "lsof -p {pid}"],
      price: "None",
    },
  ],
  alsoCalled: ["ulimit", "nofile", "too many open files", "handle leak", "RLIMIT_NOFILE"],
  sources: ["Linux fs/file.c, fs/file_table.c", "measured on Linux 6.18.44"],
}

/** Tables of the stack and descriptors of a process. */
export const CLIENT_LIMITS: readonly Limit[] = [embryonicOutbound, tcbTable, fileDescriptors]
