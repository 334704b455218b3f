/**
 * What the program is told, as small numbers for a TCB's row. RFC 9293 section 3.9.1 has the words of the RFC, the
 * catalogue those of each system (catalog/errors.ts).
 */

export const NO_ERROR = 0
export const REFUSED = 1
export const RESET = 2
export const TIMED_OUT = 3
export const HOST_UNREACHABLE = 4
export const NET_UNREACHABLE = 5
/** The peer has closed and then reset: nothing can be written any more. */
export const BROKEN_PIPE = 6
export const NO_CONNECTION = 7
export const ALREADY_CONNECTED = 8
/** The program itself has closed: no more may be sent. */
export const CLOSING_CALL = 9
export const ADDRESS_IN_USE = 10
/** No free local port. */
export const NO_PORT_LEFT = 11
/** No control block, no memory. */
export const NO_BUFFERS = 12
export const ABORTED = 13
export const NO_PROTOCOL = 14
export const MESSAGE_SIZE = 15
/** The program has as many descriptors as it may. */
export const NO_DESCRIPTOR = 16
/** The server's program admits no more sessions. */
export const NO_SESSION = 17
/** The name has no address. */
export const NO_NAME = 18
/** The program itself has waited long enough. */
export const OUT_OF_PATIENCE = 19
/** The server's program has closed before it answered. */
export const CLOSED_EARLY = 20

/** For each: the words of RFC 9293 (with RFC 793), errno, Windows Sockets, and what else it may be called. */
export const ERROR_NAMES: readonly (readonly [
  rfc: string,
  errno: string,
  winsock: string,
  ...others: string[],
])[] = [
  ["", "", ""],
  ["connection refused", "ECONNREFUSED", "WSAECONNREFUSED", "refused"],
  ["connection reset", "ECONNRESET", "WSAECONNRESET", "reset"],
  ["connection aborted due to user timeout", "ETIMEDOUT", "WSAETIMEDOUT", "timeout", "timed out"],
  ["host unreachable", "EHOSTUNREACH", "WSAEHOSTUNREACH"],
  ["network unreachable", "ENETUNREACH", "WSAENETUNREACH", "net unreachable"],
  ["connection reset", "EPIPE", "WSAECONNRESET"],
  ["connection does not exist", "ENOTCONN", "WSAENOTCONN", "EPIPE", "no connection", "unspecified"],
  ["connection already exists", "EISCONN", "WSAEISCONN", "EALREADY", "EADDRINUSE", "EINVAL"],
  ["connection closing", "EPIPE", "WSAESHUTDOWN", "ENOTCONN", "ESHUTDOWN"],
  ["connection already exists", "EADDRINUSE", "WSAEADDRINUSE"],
  ["insufficient resources", "EADDRNOTAVAIL", "WSAENOBUFS"],
  ["insufficient resources", "ENOBUFS", "WSAENOBUFS", "ENOMEM", "ERR_MEM"],
  ["connection aborted", "ECONNABORTED", "WSAECONNABORTED"],
  ["destination unreachable", "ENOPROTOOPT", "WSAENOPROTOOPT"],
  ["message too long", "EMSGSIZE", "WSAEMSGSIZE"],
  ["insufficient resources", "EMFILE", "WSAEMFILE"],
  ["no more sessions", "error 71", "error 71"],
  ["name not found", "ENOTFOUND", "WSAHOST_NOT_FOUND", "EAI_NONAME"],
  ["no answer in time", "ETIMEDOUT", "WSAETIMEDOUT"],
  ["connection closed", "EOF", "WSAECONNRESET"],
]
