/**
 * What one line of text says went wrong: error names, numbers in the ways runtimes print them, and
 * texts, all through the table catalog/errors.ts. A name beats a number of Windows, that beats a
 * text, that beats a bare errno number, because texts are shared between systems and numbers differ
 * between them.
 */
import { ERRORS } from "../catalog/errors.ts"
import { SYSTEM_ERROR_SENTENCES } from "../catalog/errors-system.ts"
import type { ErrorCall, ErrorNumbering, KnownError } from "../catalog/known-error.ts"

/** An error found in a text. */
export type ErrorInText = {
  readonly error: KnownError
  readonly call?: ErrorCall
  /**
   * Said by an error's own name, by a number, or directly after a colon: not just words of a
   * sentence.
   */
  readonly isFormal: boolean
  readonly start: number
  readonly end: number
}

const byName = new Map<string, KnownError>()
const byText = new Map<string, KnownError>()
const byNumber = new Map<string, KnownError>()
for (const error of ERRORS) {
  for (const name of [error.name, ...error.aliases]) setOnce(byName, name.toLowerCase(), error)
  for (const texts of Object.values(error.texts)) {
    for (const text of texts) setOnce(byText, comparable(text), error)
  }
  for (const [numbering, number] of Object.entries(error.numbers)) {
    setOnce(byNumber, `${numbering} ${number}`, error)
  }
}

/** Every text as one alternation, longest first: the engine builds a prefix tree of it. */
const anyText = treeOf([...byText.keys()])

const anyCode = /\b(?:E[A-Z]{3}[A-Z0-9_]{0,20}|WSA[A-Z_]{4,24}|UND_ERR_[A-Z_]{4,20}|NXDOMAIN)\b/g

/** Class and member names: ConnectionRefusedError, NoRouteToHostException, SocketError.TimedOut. */
const anyClass = /\b[A-Z][a-z]{1,30}[A-Z][A-Za-z]{0,120}\b/g

/** Numbers in the dress of a runtime; group 1 is the number, numbering by the entry. */
const numberForms: readonly (readonly [RegExp, "errno" | "winsock" | "win32" | "hex"])[] = [
  [/\[Errno (-?\d{1,5})\]/, "errno"],
  [/\bos error (-?\d{1,5})\b/, "errno"],
  [/\bOs \{ code: (\d{1,5})\b/, "errno"],
  [/\berrno["']?\s?[:=]?\s{0,2}\(?(-?\d{1,5})\b/i, "errno"],
  [/\((\d{1,3}): [^)]{3,80}\)/, "errno"],
  [/(?:^|\s)\((\d{1,3})\)[A-Z]/, "errno"],
  [/\bconnect error: (\d{1,3})\b/, "errno"],
  [/(?:server on|apr_\w+\(\)).{0,120}\((\d{1,5})(?: ["'][^"']{0,80}["'])?\)/, "errno"],
  [/\bWinError (\d{2,5})\b/, "winsock"],
  [
    new RegExp(
      [
        String.raw`\b(?:error|fehler|erreur|errore|erro|code|fehlercode|OS|SocketException|`,
        String.raw`wsa\w*)\s?(?:code|number|#)?["'\s:=(]{1,4}(1[01]\d{3})\b`,
      ].join(""),
      "i",
    ),
    "winsock",
  ],
  [/\((1[01]\d{3})\)/, "winsock"],
  [/\b(1[01]0\d{2})[,:] /, "winsock"],
  [/\b0x(?:8007)?0{0,4}(27[0-9a-f]{2}|2af[9a-c])\b/i, "hex"],
  ...SYSTEM_ERROR_SENTENCES.map((source) => [new RegExp(source, "i"), "win32"] as const),
]

/** The error a line reports; undefined when it reports none. */
export function errorInText(line: string): ErrorInText | undefined {
  const text = comparable(line)
  const found =
    named(line, anyCode) ??
    windowsError(line) ??
    wordedOrNumbered(text, line) ??
    named(line, anyClass) ??
    plainWords(line)
  if (found === undefined || isBesideThePoint(found.error, line)) return undefined
  const call = callIn(text) ?? found.error.calls[0]
  return call === undefined ? found : { ...found, call }
}

/** The error of a canonical name, alias, or number as a field of a record has it. */
export function errorOfField(value: string | number): KnownError | undefined {
  const number = typeof value === "number" ? value : Number(value)
  if (Number.isInteger(number) && number !== 0) return errorOfNumber(number)
  return typeof value === "string" ? byName.get(value.trim().toLowerCase()) : undefined
}

/** Whether a line can contain an error at all: the cheap question before the dear one. */
export function mayContainError(line: string): boolean {
  return otherMarks.test(line) || anyWord.test(comparable(line)) || systemErrors.test(line)
}

/** Every text and long name of the table; one prefix tree again. */
const anyWord = treeOf([...byText.keys(), ...[...byName.keys()].filter((name) => name.length > 5)])
/** Codes, numbers in their dress, and what successes begin with. */
const otherMarks =
  /\bE[A-Z]{4}|WSA[A-Z]|onnect|rrno|rror\W{1,4}\d|ehler|rreur|\(\d{1,5}[:)]|0x\w{4}/
const systemErrors = /ystem(?:\sf|\se|fout|fel)|NET\d|SYS\d|истемная|システム|系统/

/**
 * One of these stands in every line of ASCII of which mayContainError is true, but for a word that begins with a
 * capital E and is no error's name. A run of digits is written "0" (see Reader.words).
 */
export const errorWords: readonly string[] = [
  ...["onnect", ") open", "rrno", "rror", "ehler", "rreur", "(0:", "(0)", "wsa", "0x0"],
  ...["os {", "os error", "server on", "apr_"],
  ...["ystem f", "ystem e", "ystemfout", "ystemfel", "net0", "sys0"],
  ...[...byText.keys(), ...byName.keys()].filter((word) => /^[ -~]{3,}$/.test(word)),
]

/** What became of one attempt, in plain words right behind its target: "connect 10.0.0.3:445 timed out after 9 s". */
const plain =
  /\bconnect(?:ion|ing)? (?:to )?\S{3,120}:\d{1,5}\b[ :,(]{1,3}(?:(?:has |was |is )?failed\b.{0,30}?)?\b(timed? ?-?out|refused|unreachable|no route|reset)\b/i

const plainErrors: Readonly<Record<string, string>> = {
  t: "ETIMEDOUT",
  ref: "ECONNREFUSED",
  res: "ECONNRESET",
  u: "EHOSTUNREACH",
  n: "EHOSTUNREACH",
}

function plainWords(line: string): ErrorInText | undefined {
  const match = plain.exec(line)
  const word = match?.[1]?.toLowerCase()
  if (match === null || word === undefined) return undefined
  const key = word.startsWith("r") ? word.slice(0, 3) : word.slice(0, 1)
  const error = byName.get((plainErrors[key] ?? "").toLowerCase())
  const end = match.index + match[0].length
  return error === undefined ? undefined : { error, isFormal: true, start: end - word.length, end }
}

function named(line: string, names: RegExp): ErrorInText | undefined {
  for (const match of line.matchAll(names)) {
    const [name] = match
    const error = byName.get(name.toLowerCase())
    if (error === undefined || !isWholeName(line, match.index, name)) continue
    return { error, isFormal: true, start: match.index, end: match.index + name.length }
  }
  return undefined
}

/**
 * "ConnectTimeout" in the class name "ConnectTimeoutRetry" is caught by \b; "e.ENOTFOUND.x" is not
 * a name.
 */
function isWholeName(line: string, start: number, name: string): boolean {
  const after = line[start + name.length]
  return (
    after !== "(" ||
    /^(?:E|WSA)/.test(name) ||
    line.slice(0, start).trimEnd().endsWith(":") ||
    start === 0 ||
    name.endsWith("Error")
  )
}

function windowsError(line: string): ErrorInText | undefined {
  return fromNumber(line, (kind) => kind !== "errno")
}

function numbered(line: string): ErrorInText | undefined {
  return fromNumber(line, (kind) => kind === "errno")
}

function fromNumber(line: string, wants: (kind: string) => boolean): ErrorInText | undefined {
  if (!/\d\d/.test(line)) return undefined
  for (const [pattern, kind] of numberForms) {
    if (!wants(kind)) continue
    const match = pattern.exec(line)
    if (match === null) continue
    const number = kind === "hex" ? Number.parseInt(match[1] ?? "", 16) : Number(match[1])
    const error = kind === "win32" ? byNumber.get(`win32 ${number}`) : errorOfNumber(number)
    if (error === undefined) continue
    return { error, isFormal: true, start: match.index, end: match.index + match[0].length }
  }
  return undefined
}

/**
 * Linux's numbers, or their negatives; else Windows's, libuv's, macOS's by what the number can be.
 */
function errorOfNumber(number: number): KnownError | undefined {
  const find = (numbering: ErrorNumbering, value = number) => byNumber.get(`${numbering} ${value}`)
  if (number <= -3000) return find("libuv")
  if (number >= 10_000) return find("winsock")
  const positive = Math.abs(number)
  return find("linux", positive) ?? find("macos", positive)
}

/** "connect-failed" only says that there was a cause; a number beside it may say which. */
function wordedOrNumbered(text: string, line: string): ErrorInText | undefined {
  const words = worded(text, 0)
  if (words === undefined || words.error.name !== "connect-failed") return words ?? numbered(line)
  return numbered(line) ?? worded(text, words.end) ?? words
}

function worded(text: string, from: number): ErrorInText | undefined {
  const match = anyText.exec(from === 0 ? text : text.slice(from))
  if (match === null) return undefined
  const error = byText.get(match[0])
  if (error === undefined) return undefined
  const start = from + match.index
  const before = text.slice(0, start)
  const isFormal = /[:(|\]-]\s{0,3}["'[]?$/.test(before) || start === 0
  return { error, isFormal, start, end: start + match[0].length }
}

/**
 * Errors that every program meets for other reasons too count only with a socket call beside them.
 */
const needsCall = new RegExp(
  [
    "^(?:EACCES|EPERM|EINVAL|ENOMEM|EAGAIN|EPIPE|EAI_MEMORY|EAI_SYSTEM|WSAEINVAL|",
    "WSAEACCES|WSAEWOULDBLOCK|error (?:55|65|67|68|121|1326)|EAI_NODATA)$",
  ].join(""),
)
const socketCall =
  /\b(?:connect(?:ex)?|socket|bind|accept4?|dial|getaddrinfo|sendmsg|upstream|system error)\b/i

const listenerTrouble = new RegExp(
  [
    String.raw`\blisten(?:ing|er)?\b|\bbind(?:\(\)| on| to) .{0,60}:(?!0\b)\d{1,5}\b|`,
    "cannot bind|could not bind",
  ].join(""),
  "i",
)

function isBesideThePoint(error: KnownError, line: string): boolean {
  if (needsCall.test(error.name) && !socketCall.test(line)) return true
  if (error.name === "closed-early")
    return !/kex_|ssh_exchange|curl|Remote|prematurely|reply/i.test(line)
  if (!/EADDRINUSE/.test(error.name)) return false
  return listenerTrouble.test(line)
}

const calls: readonly (readonly [RegExp, ErrorCall])[] = [
  [/: (?:socket|socket\(\)): /, "socket"],
  [/: bind: /, "bind"],
  [/: accept4?: /, "accept"],
  [/: (?:connect|connectex): /, "connect"],
  [/\bread tcp |: read: |\bread e[a-z]{4}|: wsarecv: /, "read"],
  [/\bwrite tcp |: write: |\bwrite e[a-z]{4}|: wsasend: /, "write"],
  [/\bgetaddrinfo\b|\blookup\b|resolv|name or service|dns/, "resolve"],
  [/\baccept4?(?:\(\)|ed)?\b/, "accept"],
  [/\bsocket\(\)|creat\w+ (?:a )?socket|opening socket/, "socket"],
  [/\bbind(?:\(\)|ing)?\b/, "bind"],
  [
    new RegExp(
      [
        String.raw`while reading|\brecv\b|recv\(\)|kex_exchange|apr_socket_recv|receiv|`,
        "operation timed out after|read timed out|ssl_connect|response header",
      ].join(""),
    ),
    "read",
  ],
  [/while sending|\bsend\(\)|sendfile|writev/, "write"],
  [/\bconnect|\bdial\b|connexion|conexi|verbindung/, "connect"],
]

function callIn(text: string): ErrorCall | undefined {
  return calls.find(([pattern]) => pattern.test(text))?.[1]
}

function comparable(text: string): string {
  const lower = text.toLowerCase()
  return lower.includes("’") ? lower.replaceAll("’", "'") : lower
}

function treeOf(words: readonly string[]): RegExp {
  const longestFirst = [...words].sort((a, b) => b.length - a.length)
  const sources = longestFirst.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  return new RegExp(sources.join("|"))
}

function setOnce<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (!map.has(key)) map.set(key, value)
}
