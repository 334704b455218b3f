/**
 * The shape of an entry of the error table (errors.ts). A program reports a failed connection by
 * name, by number or by text; every such form leads to one entry.
 *
 * How to compare `texts`: ignore case, read ’ as ', and look for the text anywhere in the line.
 * Long system messages stand here by their distinguishing beginning. The keys of `texts` say who
 * prints them: a libc, a runtime or a program, with ":" and a language for a translation
 * ("glibc:de", "windows:fr").
 */

/** The call that failed, as an attempt observation names it. */
export type ErrorCall = "socket" | "bind" | "connect" | "accept" | "read" | "write" | "resolve"

/**
 * errno: the kernel's. resolver: getaddrinfo's. winsock: Windows sockets. system: Win32 numbers of
 * `net use` and RPC. program: what a program says of its own accord, without an operating-system
 * error.
 */
export type ErrorFamily = "errno" | "resolver" | "winsock" | "system" | "program"

export type KnownError = {
  /** The canonical name, as in AttemptObservation.error. */
  readonly name: string
  readonly family: ErrorFamily
  /** The errno that says the same, for families other than errno. */
  readonly errno?: string
  /**
   * Numbers by numbering: linux, macos, freebsd, winsock, win32, libuv (negative, Windows builds).
   */
  readonly numbers: Readonly<Partial<Record<ErrorNumbering, number>>>
  /** Other spellings of the name: SocketError members, exception classes, runtime codes. */
  readonly aliases: readonly string[]
  readonly texts: Readonly<Record<string, readonly string[]>>
  readonly meaning: string
  /** The calls it comes from, usual first: a hint where the text does not say. */
  readonly calls: readonly ErrorCall[]
  readonly source: string
}

export type ErrorNumbering = "linux" | "macos" | "freebsd" | "winsock" | "win32" | "libuv" | "eai"
