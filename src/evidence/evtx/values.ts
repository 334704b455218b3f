/**
 * The values of binary XML as texts: types and their sizes after [MS-EVEN6] 2.2.12 and libevtx's description of the
 * format; written as `evtxexport` writes them, so that both can be compared. A value whose size does not fit its type
 * is written as the bytes it has.
 */
import { bigUint64, uint16, uint32 } from "./cursor.ts"

export const NULL_TYPE = 0x00
export const XML_TYPE = 0x21
const arrayFlag = 0x80

/** FILETIME counts 100 ns since 1601. */
const ticksPerSec = 10_000_000
const secPerDay = 86_400
/** From 1601 to 1970. */
const epochSec = 11_644_473_600
/** The last second of the year 9999. */
const secMax = 265_046_774_399

const wideDecoder = new TextDecoder("utf-16le", { ignoreBOM: true })
const ansiDecoder = new TextDecoder("windows-1252")

export function isArray(type: number): boolean {
  return (type & arrayFlag) !== 0
}

/** The value at bytes[from, to) as text. */
export function textOfValue(bytes: Uint8Array, type: number, from: number, to: number): string {
  const size = to - from
  if (size === 0 || type === NULL_TYPE) return ""
  const write = writers[type]
  if (write === undefined) return hexOf(bytes, from, to)
  return write(bytes, from, size)
}

/** The items of an array as texts. */
export function textsOfArray(
  bytes: Uint8Array,
  type: number,
  from: number,
  to: number,
): readonly string[] {
  const itemType = type & ~arrayFlag
  if (itemType === 0x01) return stringsOf(bytes, from, to, 2)
  if (itemType === 0x02) return stringsOf(bytes, from, to, 1)
  const texts: string[] = []
  for (let at = from; at < to; ) {
    const size = itemType === 0x13 ? 8 + 4 * (bytes[at + 1] ?? 0) : itemSizes[itemType]
    // Items of unknown size, or bytes that are left over: shown as they are.
    const next = size === undefined ? to : Math.min(at + size, to)
    texts.push(textOfValue(bytes, itemType, at, next))
    at = next
  }
  return texts
}

/** Bytes of one item of an array. */
const itemSizes: Readonly<Record<number, number>> = {
  3: 1,
  4: 1,
  5: 2,
  6: 2,
  7: 4,
  8: 4,
  9: 8,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  15: 16,
  16: 4,
  17: 8,
  18: 16,
  20: 4,
  21: 8,
}

type Writer = (bytes: Uint8Array, at: number, size: number) => string

const writers: Readonly<Record<number, Writer>> = {
  1: (bytes, at, size) => wideText(bytes, at, at + size),
  2: (bytes, at, size) => trimmed(ansiDecoder.decode(bytes.subarray(at, at + size))),
  3: signedText,
  4: unsignedText,
  5: signedText,
  6: unsignedText,
  7: signedText,
  8: unsignedText,
  9: signedText,
  10: unsignedText,
  11: realText,
  12: realText,
  13: (bytes, at, size) => (unsignedText(bytes, at, size) === "0" ? "false" : "true"),
  14: (bytes, at, size) => hexOf(bytes, at, at + size),
  15: guidText,
  16: unsignedText,
  17: fileTimeText,
  18: systemTimeText,
  19: sidText,
  20: hexText,
  21: hexText,
}

/** UTF-16 without the zeros that end it. */
export function wideText(bytes: Uint8Array, from: number, to: number): string {
  let end = to - ((to - from) & 1)
  while (end > from && bytes[end - 1] === 0 && bytes[end - 2] === 0) end -= 2
  if (end - from > shortBytesMax) return wideDecoder.decode(bytes.subarray(from, end))
  let text = ""
  for (let at = from; at < end; at += 2) {
    const unit = uint16(bytes, at)
    // A half of a pair is left to the decoder, which knows what to do with one that is alone.
    if (unit >= 0xd800 && unit <= 0xdfff) return wideDecoder.decode(bytes.subarray(from, end))
    text += String.fromCharCode(unit)
  }
  return text
}

/** Up to this many bytes, building a text by hand is faster than a call of the decoder. */
const shortBytesMax = 64

function trimmed(text: string): string {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--
  return text.slice(0, end)
}

/** Strings that end in a zero; the last one may lack it. Nothing at all is one empty string. */
function stringsOf(bytes: Uint8Array, from: number, to: number, width: 1 | 2): readonly string[] {
  const texts: string[] = []
  let start = from
  const take = (end: number) => {
    const isWide = width === 2
    texts.push(textOfValue(bytes, isWide ? 0x01 : 0x02, start, end))
  }
  for (let at = from; at + width <= to; at += width) {
    if (bytes[at] !== 0 || (width === 2 && bytes[at + 1] !== 0)) continue
    take(at)
    start = at + width
  }
  if (start < to) take(to)
  return texts
}

function unsignedText(bytes: Uint8Array, at: number, size: number): string {
  if (size === 1) return String(bytes[at] ?? 0)
  if (size === 2) return String(uint16(bytes, at))
  if (size === 4) return String(uint32(bytes, at))
  if (size === 8) return String(bigUint64(bytes, at))
  return hexOf(bytes, at, at + size)
}

function signedText(bytes: Uint8Array, at: number, size: number): string {
  if (size === 1) return String(((bytes[at] ?? 0) << 24) >> 24)
  if (size === 2) return String((uint16(bytes, at) << 16) >> 16)
  if (size === 4) return String(uint32(bytes, at) | 0)
  if (size === 8) return String(BigInt.asIntN(64, bigUint64(bytes, at)))
  return hexOf(bytes, at, at + size)
}

function hexText(bytes: Uint8Array, at: number, size: number): string {
  if (size === 8) return `0x${bigUint64(bytes, at).toString(16).padStart(16, "0")}`
  if (size === 4) return `0x${uint32(bytes, at).toString(16).padStart(8, "0")}`
  if (size === 2) return `0x${uint16(bytes, at).toString(16).padStart(4, "0")}`
  return size === 1 ? `0x${hexOf(bytes, at, at + 1).toLowerCase()}` : hexOf(bytes, at, at + size)
}

/** "1.500000e+000": six digits and an exponent of three, as the C library of Windows writes it. */
function realText(bytes: Uint8Array, at: number, size: number): string {
  if (size !== 4 && size !== 8) return hexOf(bytes, at, at + size)
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, size)
  const number = size === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true)
  if (Number.isNaN(number)) return "NaN"
  if (!Number.isFinite(number)) return number < 0 ? "-Inf" : "Inf"
  const sign = Object.is(number, -0) ? "-" : ""
  const [mantissa = "", exponent = ""] = number.toExponential(6).split("e")
  return `${sign}${mantissa}e${exponent.charAt(0)}${exponent.slice(1).padStart(3, "0")}`
}

function guidText(bytes: Uint8Array, at: number, size: number): string {
  if (size !== 16) return hexOf(bytes, at, at + size)
  const first = uint32(bytes, at).toString(16).padStart(8, "0")
  const second = uint16(bytes, at + 4)
    .toString(16)
    .padStart(4, "0")
  const third = uint16(bytes, at + 6)
    .toString(16)
    .padStart(4, "0")
  const rest = hexOf(bytes, at + 8, at + 16)
  const text = `${first}-${second}-${third}-${rest.slice(0, 4)}-${rest.slice(4)}`
  return `{${text.toUpperCase()}}`
}

/** "2023-11-14T22:13:21.500000000Z": nine digits of which FILETIME fills seven. */
function fileTimeText(bytes: Uint8Array, at: number, size: number): string {
  if (size !== 8) return hexOf(bytes, at, at + size)
  const [low, high] = [uint32(bytes, at), uint32(bytes, at + 4)]
  // 2^32 ticks are 429 s and 4,967,296 ticks: so split, all of it stays below 2^53.
  const ticks = high * 4_967_296 + low
  const sec = high * 429 + Math.floor(ticks / ticksPerSec)
  if (sec > secMax) {
    return `(0x${high.toString(16).padStart(8, "0")} 0x${low.toString(16).padStart(8, "0")})`
  }
  const day = Math.floor(sec / secPerDay)
  const inDay = sec - day * secPerDay
  const clock = `${two(Math.floor(inDay / 3600))}:${two(Math.floor(inDay / 60) % 60)}:${two(inDay % 60)}`
  return `${dateText(day)}T${clock}.${String(ticks % ticksPerSec).padStart(7, "0")}00Z`
}

/** The day that was asked for last: records follow each other. */
const lastDate = { day: -1, text: "" }

/** Days since 1601 → "2023-11-14". */
function dateText(day: number): string {
  if (lastDate.day !== day) {
    lastDate.day = day
    lastDate.text = new Date((day * secPerDay - epochSec) * 1000).toISOString().slice(0, 10)
  }
  return lastDate.text
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number)
}

function systemTimeText(bytes: Uint8Array, at: number, size: number): string {
  if (size !== 16) return hexOf(bytes, at, at + size)
  const parts = Array.from({ length: 8 }, (_, index) => uint16(bytes, at + 2 * index))
  const [year = 0, month = 0, , day = 0, hour = 0, minute = 0, second = 0, milli = 0] = parts
  const isDate = year >= 1601 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= 31
  if (!isDate || hour > 23 || minute > 59 || second > 60 || milli > 999) {
    return `(${parts.map((part) => `0x${part.toString(16).padStart(4, "0")}`).join(" ")})`
  }
  const date = `${year}-${two(month)}-${two(day)}`
  return `${date}T${two(hour)}:${two(minute)}:${two(second)}.${String(milli).padStart(3, "0")}Z`
}

/** "S-1-5-18": a revision, an authority of 48 bits (big-endian), then its parts. */
function sidText(bytes: Uint8Array, at: number, size: number): string {
  const count = bytes[at + 1] ?? 0
  if (size < 8 || size < 8 + 4 * count) return hexOf(bytes, at, at + size)
  let authority = 0
  for (let index = 2; index < 8; index++) authority = authority * 256 + (bytes[at + index] ?? 0)
  let text = `S-${bytes[at] ?? 0}-${authority}`
  for (let index = 0; index < count; index++) text += `-${uint32(bytes, at + 8 + 4 * index)}`
  return text
}

const hexDigits = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0").toUpperCase(),
)

export function hexOf(bytes: Uint8Array, from: number, to: number): string {
  let text = ""
  for (let at = from; at < to; at++) text += hexDigits[bytes[at] ?? 0] ?? ""
  return text
}
