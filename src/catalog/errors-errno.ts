/**
 * Errno values that concern connecting. Numbers: Linux asm-generic/errno*.h (x86, arm, riscv; MIPS
 * and SPARC differ), macOS and FreeBSD sys/errno.h, libuv's Windows numbers from uv/errno.h. Texts:
 * glibc, musl and BSD strerror tables, glibc's translations, and what runtimes print in their own
 * words.
 */
import { ERROR_TRANSLATIONS } from "./errors-translations.ts"
import type { KnownError } from "./known-error.ts"

export const ERRNO_ERRORS = [
  {
    name: "EADDRNOTAVAIL",
    family: "errno",
    numbers: { linux: 99, macos: 49, freebsd: 49, libuv: -4090 },
    aliases: ["AddrNotAvailable"],
    texts: {
      ...ERROR_TRANSLATIONS.EADDRNOTAVAIL,
      glibc: ["Cannot assign requested address"],
      musl: ["Address not available"],
      bsd: ["Can't assign requested address"],
      haproxy: ["no free ports"],
    },
    meaning:
      "connect: every local port towards this destination is taken; bind: the address is not " +
      "ours; also any call when the host has no usable source address of that family",
    calls: ["connect", "bind"],
    source: "Linux __inet_hash_connect; measured on Linux 6.18",
  },
  {
    name: "EADDRINUSE",
    family: "errno",
    numbers: { linux: 98, macos: 48, freebsd: 48, libuv: -4091 },
    aliases: ["AddrInUse"],
    texts: {
      ...ERROR_TRANSLATIONS.EADDRINUSE,
      glibc: ["Address already in use"],
      musl: ["Address in use"],
      haproxy: ["local address already in use"],
    },
    meaning:
      "bind: the port is taken, or with port 0 no port is left on that address; on Windows also " +
      "from connect when the four-tuple is still in TIME-WAIT",
    calls: ["bind", "connect"],
    source: "Linux inet_csk_find_open_port; measured on Linux 6.18",
  },
  {
    name: "ETIMEDOUT",
    family: "errno",
    numbers: { linux: 110, macos: 60, freebsd: 60, libuv: -4039 },
    aliases: [
      "ESOCKETTIMEDOUT",
      "ECONNTIMEDOUT",
      "UND_ERR_CONNECT_TIMEOUT",
      "ConnectTimeoutError",
      "ConnectTimeoutException",
      "SocketTimeoutException",
      "ConnectTimeout",
      "TimeoutError",
      "TimedOut",
    ],
    texts: {
      ...ERROR_TRANSLATIONS.ETIMEDOUT,
      glibc: ["Connection timed out"],
      musl: ["Operation timed out"],
      bsd: ["Operation timed out"],
      go: ["i/o timeout", "connect: operation timed out", "context deadline exceeded"],
      java: ["connect timed out", "Connection timed out: connect"],
      python: ["socket.timeout: timed out", "TimeoutError: timed out"],
      curl: ["Timeout was reached", "Connection timeout after", "Connection time-out"],
      node: ["Connect Timeout Error", "connection timeout"],
      nginx: ["upstream timed out"],
      ruby: ["Net::OpenTimeout"],
      oracle: ["ORA-12170"],
    },
    meaning:
      "nobody answered: the SYN or its answer was dropped somewhere, also by a rule on this " +
      "host. A runtime's own timer says the same, but earlier than the kernel gives up",
    calls: ["connect", "read"],
    source: "measured on Linux 6.18",
  },
  {
    name: "ECONNREFUSED",
    family: "errno",
    numbers: { linux: 111, macos: 61, freebsd: 61, libuv: -4078 },
    aliases: ["ConnectionRefused", "ConnectionRefusedError"],
    texts: {
      ...ERROR_TRANSLATIONS.ECONNREFUSED,
      glibc: ["Connection refused"],
      postgres: ["refused. Check that the hostname and port are correct"],
      oracle: ["ORA-12541"],
    },
    meaning:
      "a RST (or ICMP port unreachable) answered: closed port, or a filter that rejects with a " +
      "reset",
    calls: ["connect"],
    source: "RFC 9293 3.10.7.3; measured on Linux 6.18",
  },
  {
    name: "ECONNRESET",
    family: "errno",
    numbers: { linux: 104, macos: 54, freebsd: 54, libuv: -4077 },
    aliases: ["ConnectionReset", "ConnectionResetError", "UND_ERR_SOCKET"],
    texts: {
      ...ERROR_TRANSLATIONS.ECONNRESET,
      glibc: ["Connection reset by peer"],
      musl: ["Connection reset"],
      node: ["socket hang up", "other side closed"],
    },
    meaning: "the peer, or a middlebox in its name, reset a connection that had been made",
    calls: ["read", "write", "connect"],
    source: "RFC 9293 3.5.3; measured on Linux 6.18 (tcp_abort_on_overflow)",
  },
  {
    name: "ECONNABORTED",
    family: "errno",
    numbers: { linux: 103, macos: 53, freebsd: 53, libuv: -4079 },
    aliases: ["ConnectionAborted", "ConnectionAbortedError"],
    texts: {
      ...ERROR_TRANSLATIONS.ECONNABORTED,
      glibc: ["Software caused connection abort"],
      musl: ["Connection aborted"],
    },
    meaning: "the local stack gave the connection up, or the peer left before accept() returned it",
    calls: ["accept", "read", "write"],
    source: "POSIX.1-2024 accept; Windows sockets error codes",
  },
  {
    name: "EHOSTUNREACH",
    family: "errno",
    numbers: { linux: 113, macos: 65, freebsd: 65, libuv: -4073 },
    aliases: ["HostUnreachable", "NoRouteToHostException"],
    texts: {
      ...ERROR_TRANSLATIONS.EHOSTUNREACH,
      glibc: ["No route to host"],
      musl: ["Host is unreachable"],
    },
    meaning:
      "ICMP host unreachable or administratively prohibited came back, or the neighbour does " +
      "not answer on the own link",
    calls: ["connect"],
    source: "measured on Linux 6.18",
  },
  {
    name: "ENETUNREACH",
    family: "errno",
    numbers: { linux: 101, macos: 51, freebsd: 51, libuv: -4062 },
    aliases: ["NetworkUnreachable"],
    texts: {
      ...ERROR_TRANSLATIONS.ENETUNREACH,
      glibc: ["Network is unreachable"],
      musl: ["Network unreachable"],
    },
    meaning: "no route to the destination here (no packet sent), or ICMP network unreachable",
    calls: ["connect"],
    source: "measured on Linux 6.18",
  },
  {
    name: "ENETDOWN",
    family: "errno",
    numbers: { linux: 100, macos: 50, freebsd: 50, libuv: -4063 },
    aliases: ["NetworkDown"],
    texts: { glibc: ["Network is down"], ...ERROR_TRANSLATIONS.ENETDOWN },
    meaning: "the outgoing interface is down",
    calls: ["connect", "bind"],
    source: "POSIX.1-2024 connect",
  },
  {
    name: "EHOSTDOWN",
    family: "errno",
    numbers: { linux: 112, macos: 64, freebsd: 64, libuv: -4031 },
    aliases: ["HostDown"],
    texts: { glibc: ["Host is down"] },
    meaning:
      "the neighbour on the own link does not answer (BSD and macOS say this on an ARP failure)",
    calls: ["connect"],
    source: "BSD intro(2)",
  },
  {
    name: "ENETRESET",
    family: "errno",
    numbers: { linux: 102, macos: 52, freebsd: 52 },
    aliases: ["NetworkReset"],
    texts: {
      glibc: ["Network dropped connection on reset"],
      musl: ["Connection reset by network"],
    },
    meaning: "an idle connection was found dead by keep-alive",
    calls: ["read", "write"],
    source: "POSIX.1-2024; Windows sockets error codes (10052)",
  },
  {
    name: "EMFILE",
    family: "errno",
    numbers: { linux: 24, macos: 24, freebsd: 24, libuv: -4066 },
    aliases: ["TooManyOpenSockets"],
    texts: {
      ...ERROR_TRANSLATIONS.EMFILE,
      glibc: ["Too many open files"],
      musl: ["No file descriptors available"],
      haproxy: ["reached process FD limit"],
    },
    meaning: "the process has no file descriptor left (RLIMIT_NOFILE)",
    calls: ["socket", "accept"],
    source: "Linux fs/file.c; measured on Linux 6.18",
  },
  {
    name: "ENFILE",
    family: "errno",
    numbers: { linux: 23, macos: 23, freebsd: 23, libuv: -4061 },
    aliases: [],
    texts: {
      ...ERROR_TRANSLATIONS.ENFILE,
      glibc: ["Too many open files in system", "File table overflow"],
      haproxy: ["reached system FD limit"],
    },
    meaning: "the whole host has no file handle left (fs.file-max), or no socket inode",
    calls: ["socket", "accept"],
    source: "Linux 6.12 fs/file_table.c alloc_empty_file",
  },
  {
    name: "ENOBUFS",
    family: "errno",
    numbers: { linux: 105, macos: 55, freebsd: 55, libuv: -4060 },
    aliases: ["NoBufferSpaceAvailable"],
    texts: {
      ...ERROR_TRANSLATIONS.ENOBUFS,
      glibc: ["No buffer space available"],
      haproxy: ["reached system memory limit"],
    },
    meaning:
      "no kernel memory for the segment; on Windows the usual word for no ephemeral port left",
    calls: ["connect", "socket", "write"],
    source: "Linux tcp_connect; measured on Linux 6.18",
  },
  {
    name: "ENOMEM",
    family: "errno",
    numbers: { linux: 12, macos: 12, freebsd: 12, libuv: -4057 },
    aliases: [],
    texts: {
      ...ERROR_TRANSLATIONS.ENOMEM,
      glibc: ["Cannot allocate memory"],
    },
    meaning: "no kernel memory for a socket or its bind bucket",
    calls: ["socket", "connect"],
    source: "Linux __inet_hash_connect; measured on Linux 6.18",
  },
  {
    name: "EAGAIN",
    family: "errno",
    numbers: { linux: 11, macos: 35, freebsd: 35, libuv: -4088 },
    aliases: ["EWOULDBLOCK", "WouldBlock"],
    texts: {
      glibc: ["Resource temporarily unavailable"],
    },
    meaning:
      "BSD and macOS: the port could not be entered in the hash. Linux: a UNIX-domain backlog " +
      "is full (for TCP usually the runtime's own word)",
    calls: ["connect", "read"],
    source: "in_pcbinshash of FreeBSD and xnu; measured on Linux 6.18",
  },
  {
    name: "EACCES",
    family: "errno",
    numbers: { linux: 13, macos: 13, freebsd: 13, libuv: -4092 },
    aliases: ["AccessDenied"],
    texts: { glibc: ["Permission denied"], ...ERROR_TRANSLATIONS.EACCES },
    meaning:
      "a prohibit route, a privileged port, or a security module; never a plain firewall drop",
    calls: ["connect", "bind"],
    source: "measured on Linux 6.18",
  },
  {
    name: "EPERM",
    family: "errno",
    numbers: { linux: 1, macos: 1, freebsd: 1, libuv: -4048 },
    aliases: [],
    texts: {
      ...ERROR_TRANSLATIONS.EPERM,
      glibc: ["Operation not permitted"],
    },
    meaning:
      "a cgroup-BPF connect hook or a security module refused. A dropped SYN is not EPERM on " +
      "Linux: TCP ignores the error and times out",
    calls: ["connect"],
    source: "Linux tcp_connect; measured on Linux 6.18",
  },
  {
    name: "EINVAL",
    family: "errno",
    numbers: { linux: 22, macos: 22, freebsd: 22, libuv: -4071 },
    aliases: ["InvalidArgument"],
    texts: {
      glibc: ["Invalid argument"],
    },
    meaning: "connect: a blackhole route, or a loopback source towards another host",
    calls: ["connect", "bind"],
    source: "measured on Linux 6.18",
  },
  {
    name: "EPIPE",
    family: "errno",
    numbers: { linux: 32, macos: 32, freebsd: 32, libuv: -4047 },
    aliases: ["BrokenPipe", "BrokenPipeError"],
    texts: {
      ...ERROR_TRANSLATIONS.EPIPE,
      glibc: ["Broken pipe"],
    },
    meaning: "written to a connection that the peer has already closed or reset",
    calls: ["write"],
    source: "POSIX.1-2024 send",
  },
  {
    name: "EAFNOSUPPORT",
    family: "errno",
    numbers: { linux: 97, macos: 47, freebsd: 47, libuv: -4089 },
    aliases: ["AddressFamilyNotSupported"],
    texts: { glibc: ["Address family not supported by protocol"] },
    meaning: "the host has no IPv6 (or IPv4) at all: not a shortage",
    calls: ["socket", "connect"],
    source: "POSIX.1-2024 socket; reported often from containers without IPv6",
  },
] as const satisfies readonly KnownError[]
