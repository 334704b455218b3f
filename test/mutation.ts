/**
 * Mutations for fuzzing the readers: damage as files really suffer it (cut, spliced, repeated,
 * re-encoded) and as an attacker would make it (huge numbers and lengths, endless lines). Seeded:
 * one seed, one sequence.
 */

export type Random = () => number

/** mulberry32: small, and the same everywhere. */
export function randomOf(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A mutated input never grows beyond this. */
const inputBytesMax = 1 << 20
const longLineMax = 1 << 18

const hostile = [
  "0",
  "-1",
  "65536",
  "4294967296",
  "9007199254740993",
  "99999999999999999999999999",
  "1e308",
  "NaN",
  "0x",
  "\u0000",
  "::::::::",
  "[::1",
  "%s%n",
  "\ud800",
  "999.999.999.999:99999",
  "__proto__",
  "constructor",
  '"',
  "\\",
  "(((((((((",
  "\r\r\n",
]

type Mutate = (input: Uint8Array, random: Random, corpus: readonly Uint8Array[]) => Uint8Array

const mutations: readonly Mutate[] = [
  (input, random) => input.slice(0, below(random, input.length + 1)),
  (input, random) => input.slice(below(random, input.length + 1)),
  flipBits,
  (input, random, corpus) => splice(input, pick(corpus, random), random),
  repeatBlock,
  (input, random) => insert(input, encode(pick(hostile, random)), random),
  replaceNumber,
  swapLines,
  (input, random) => encodeWide(input, random() < 0.5),
  toCodePage,
  longLine,
  (input) => encode(decode(input).replaceAll("\n", "")),
  (input) => encode(decode(input).replaceAll("\n", "\r")),
  (input) => encode(decode(input).replaceAll(/[ \t]+/g, " ")),
  dropColumns,
]

/** One to four mutations after another. */
export function mutate(
  input: Uint8Array,
  random: Random,
  corpus: readonly Uint8Array[],
): Uint8Array {
  let output = input
  for (let left = 1 + below(random, 4); left > 0; left--) {
    output = pick(mutations, random)(output, random, corpus).subarray(0, inputBytesMax)
  }
  return output
}

/** A whole number from 0 to one less than the bound. */
export function below(random: Random, bound: number): number {
  return Math.floor(random() * bound)
}

/** One element, evenly. */
export function pick<T>(items: readonly T[], random: Random): T {
  const item = items[below(random, items.length)]
  if (item === undefined) throw new Error("Nothing to pick from")
  return item
}

function flipBits(input: Uint8Array, random: Random): Uint8Array {
  const output = input.slice()
  for (let left = 1 + below(random, 20); left > 0 && output.length > 0; left--) {
    const at = below(random, output.length)
    output[at] = (output[at] ?? 0) ^ (1 << below(random, 8))
  }
  return output
}

function splice(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const head = input.subarray(0, below(random, input.length + 1))
  const tail = other.subarray(below(random, other.length + 1))
  return concat([head, tail])
}

function repeatBlock(input: Uint8Array, random: Random): Uint8Array {
  const start = below(random, input.length + 1)
  const block = input.subarray(start, start + 1 + below(random, 400))
  const times = 2 + below(random, 200)
  return concat([
    input.subarray(0, start),
    ...new Array<Uint8Array>(times).fill(block),
    input.subarray(start),
  ])
}

function insert(input: Uint8Array, piece: Uint8Array, random: Random): Uint8Array {
  const at = below(random, input.length + 1)
  return concat([input.subarray(0, at), piece, input.subarray(at)])
}

function replaceNumber(input: Uint8Array, random: Random): Uint8Array {
  const text = decode(input)
  const share = random()
  return encode(
    text.replaceAll(/\d+/g, (digits) => (random() < share * 0.2 ? pick(hostile, random) : digits)),
  )
}

function swapLines(input: Uint8Array, random: Random): Uint8Array {
  const lines = decode(input).split("\n")
  for (let left = 1 + below(random, 10); left > 0; left--) {
    const from = below(random, lines.length)
    const to = below(random, lines.length)
    const line = lines[from] ?? ""
    lines[from] = lines[to] ?? ""
    lines[to] = line
  }
  return encode(lines.join("\n"))
}

function encodeWide(input: Uint8Array, hasMark: boolean): Uint8Array {
  const text = (hasMark ? "\ufeff" : "") + decode(input)
  const units = Uint16Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
  return new Uint8Array(units.buffer)
}

function toCodePage(input: Uint8Array, random: Random): Uint8Array {
  return input.map((byte) => (byte > 127 || random() < 0.01 ? 128 + below(random, 128) : byte))
}

function longLine(input: Uint8Array, random: Random): Uint8Array {
  const lines = decode(input).split("\n")
  const line = pick(lines, random)
  const times = Math.ceil(below(random, longLineMax) / (line.length + 1))
  return encode([...lines, line.repeat(times), ...lines].join("\n"))
}

function dropColumns(input: Uint8Array, random: Random): Uint8Array {
  const width = 1 + below(random, 80)
  const lines = decode(input).split("\n")
  return encode(lines.map((line) => line.slice(0, width)).join("\n"))
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const output = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    output.set(part, at)
    at += part.length
  }
  return output
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
