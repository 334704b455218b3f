/**
 * The result column of ISA and TMG logs → what it means. One column holds several families of numbers: the firewall's
 * own (HRESULTs), Win32 errors below 100, HTTP statuses, Winsock errors, and the web proxy's 122xx and 123xx (TMG,
 * Result code log values, TechNet cc441734). Logs write them in hexadecimal, databases as signed decimals, the log
 * viewer with the symbol behind them, and people by the symbol alone.
 */
import { ERRORS } from "../../catalog/errors.ts"
import { ISA_RESULTS, type IsaCode, WEB_PROXY_RESULTS } from "../../catalog/isa-results.ts"
import type { ErrorNumbering, KnownError } from "../../catalog/known-error.ts"
import type { LimitId } from "../../model/limit.ts"

export type IsaResult = {
  /** Unsigned, as the log's 32 bits. */
  readonly code: number
  /** As observations have it: "0xc0040037", "0x0", "10060". */
  readonly text: string
  readonly family: "firewall" | "win32" | "http" | "winsock" | "web-proxy"
  /** FWX_E_POLICY_RULES_DENIED, WSAETIMEDOUT, "error 53"; absent where no table knows the number. */
  readonly symbol?: string
  readonly meaning?: string
  /** What it points at, likeliest first. */
  readonly limits: readonly LimitId[]
  /** What was refused was no attempt to connect. */
  readonly isStray?: true
}

const textsMax = 4096
const hresultMin = 0x80000000
/** FACILITY_WIN32: the low 16 bits are a Win32 or Winsock number. */
const facilityWin32 = 0x8007

const byNumber = new Map<number, IsaCode>()
const bySymbol = new Map<string, IsaCode>()
for (const entry of [...ISA_RESULTS, ...WEB_PROXY_RESULTS]) {
  byNumber.set(entry.code, entry)
  bySymbol.set(entry.symbol, entry)
  for (const alias of entry.aliases ?? []) {
    if (typeof alias === "string") bySymbol.set(alias, entry)
    else byNumber.set(alias, entry)
  }
}

const errorByNumber = new Map<string, KnownError>()
for (const error of ERRORS) {
  for (const [numbering, number] of Object.entries(error.numbers)) {
    errorByNumber.set(`${numbering} ${number}`, error)
  }
}

/** What a failure of the firewall's own connection to the server points at. */
const limitsByErrno: Readonly<Record<string, readonly LimitId[]>> = {
  ETIMEDOUT: ["target-silent", "path-loss"],
  ECONNREFUSED: ["target-refused"],
  EHOSTUNREACH: ["path-unreachable"],
  ENETUNREACH: ["path-unreachable"],
  ENOBUFS: ["ephemeral-ports"],
  EADDRINUSE: ["time-wait-collision", "ephemeral-ports"],
}

const results = new Map<string, IsaResult | undefined>()

/** What the text or number of a result column says; undefined when it is none of the forms ("-", a word). */
export function isaResult(value: string | number): IsaResult | undefined {
  const text = String(value)
  const known = results.get(text)
  if (known !== undefined || results.has(text)) return known
  const result = text.length > 200 ? undefined : resultOf(text)
  if (results.size >= textsMax) results.clear()
  results.set(text, result)
  return result
}

function resultOf(text: string): IsaResult | undefined {
  const code = codeOf(text.trim().split(/\s/, 1)[0] ?? "") ?? codeOfSymbol(text)
  return code === undefined ? undefined : resultOfCode(code)
}

/** "0xc0040037", "C0040037", "-1073479625", "3221487671" → the unsigned number. */
function codeOf(token: string): number | undefined {
  if (/^0x[0-9a-f]{1,8}$/i.test(token)) return Number.parseInt(token, 16)
  if (/^[0-9a-f]{8}$/i.test(token) && /[a-f]|^8007/i.test(token)) return Number.parseInt(token, 16)
  if (!/^-?\d{1,10}$/.test(token)) return undefined
  const number = Number(token)
  if (number < -hresultMin || number > 0xffffffff) return undefined
  return number >>> 0
}

/** A symbol, also one that a narrow column has hyphenated. */
function codeOfSymbol(text: string): number | undefined {
  const symbol = /\b[A-Z][A-Z\d]{1,9}_\w{3,60}/.exec(text.toUpperCase().replace(/-\s+/g, ""))?.[0]
  return symbol === undefined ? undefined : bySymbol.get(symbol)?.code
}

function resultOfCode(code: number): IsaResult {
  const text = textOf(code)
  const entry = byNumber.get(code)
  if (entry !== undefined) return resultOfEntry(code, text, entry)
  if (code < 100) return resultOfError(code, text, "win32", code)
  if (code < 1000) return resultOfStatus(code, text)
  if (code >= 10004 && code <= 11031) return resultOfError(code, text, "winsock", code)
  if (code >= 12200 && code < 12400) return { code, text, family: "web-proxy", limits: [] }
  const low = code & 0xffff
  if (code >>> 16 !== facilityWin32) return { code, text, family: "firewall", limits: [] }
  return resultOfError(code, text, low >= 10004 && low <= 11031 ? "winsock" : "win32", low)
}

function textOf(code: number): string {
  if (code === 0) return "0x0"
  return code >= hresultMin ? `0x${code.toString(16).padStart(8, "0")}` : String(code)
}

function resultOfEntry(code: number, text: string, entry: IsaCode): IsaResult {
  const { symbol, meaning, limits, isStray } = entry
  const family = code >= 12200 && code < 12400 ? "web-proxy" : "firewall"
  const stray = isStray === undefined ? {} : { isStray }
  return { code, text, family, symbol, meaning, limits, ...stray }
}

function resultOfStatus(code: number, text: string): IsaResult {
  if (code === 995) {
    const meaning = "the operation was given up (Win32 995)"
    return { code, text, family: "win32", symbol: "ERROR_OPERATION_ABORTED", meaning, limits: [] }
  }
  return { code, text, family: "http", meaning: `HTTP status ${code}`, limits: [] }
}

function resultOfError(
  code: number,
  text: string,
  family: "win32" | "winsock",
  number: number,
): IsaResult {
  const error = errorOf(family, number)
  if (error === undefined) return { code, text, family, limits: [] }
  const { name, meaning, errno = name, calls } = error
  const isName = calls[0] === "resolve"
  const limits = isName ? (["name-resolution"] as const) : (limitsByErrno[errno] ?? [])
  return { code, text, family, symbol: name, meaning, limits }
}

function errorOf(numbering: ErrorNumbering, number: number): KnownError | undefined {
  return errorByNumber.get(`${numbering} ${number}`)
}
