/**
 * Sequence numbers of a case: "RCV.NXT+RCV.WND-1", "ISS+1", 4711, "*" (any), ">SND.NXT" (any above, modulo 2^32). The
 * symbols stand for the block's values when the state of the case holds, before anything is played.
 */

export const SYMBOLS = ["ISS", "IRS", "SND.UNA", "SND.NXT", "RCV.NXT", "RCV.WND"] as const
export type Symbol = (typeof SYMBOLS)[number]

/** As signed 32-bit integers; absent where a state has no such thing. */
export type Values = Partial<Record<Symbol, number>>

/** What an expression says of a number. */
export type Expectation = {
  readonly kind: "any" | "equal" | "above" | "below"
  readonly value: number
}

const term = /^\s*([+-])?\s*(0x[0-9a-f]+|\d+|2\^\d+|[A-Z]+(?:\.[A-Z]+)?)/i

/** The value of an expression; undefined where it cannot be read or a symbol has no value. */
export function evaluate(text: string | number, values: Values): number | undefined {
  if (typeof text === "number") return text | 0
  let rest = text.trim()
  let sum = 0
  let isFirst = true
  while (rest !== "") {
    const match = term.exec(rest)
    if (match === null || (!isFirst && match[1] === undefined)) return undefined
    const value = termValue(match[2] ?? "", values)
    if (value === undefined) return undefined
    sum = (match[1] === "-" ? sum - value : sum + value) | 0
    rest = rest.slice(match[0].length).trim()
    isFirst = false
  }
  return isFirst ? undefined : sum
}

function termValue(text: string, values: Values): number | undefined {
  const power = /^2\^(\d+)$/.exec(text)
  if (power !== null) return (2 ** Number(power[1])) | 0
  if (/^\d|^0x/i.test(text)) return Number(text) | 0
  return values[text.toUpperCase() as Symbol]
}

/** What is expected of a number; undefined where it cannot be read. */
export function expectationOf(text: string | number, values: Values): Expectation | undefined {
  if (text === "*") return { kind: "any", value: 0 }
  const sign = typeof text === "string" ? /^\s*([<>])/.exec(text)?.[1] : undefined
  const value = evaluate(sign === undefined ? text : String(text).replace(/[<>]/, ""), values)
  if (value === undefined) return undefined
  return { kind: sign === ">" ? "above" : sign === "<" ? "below" : "equal", value }
}

/** Whether a number is as expected, modulo 2^32. */
export function meets(actual: number, expected: Expectation): boolean {
  const difference = (actual - expected.value) | 0
  switch (expected.kind) {
    case "any":
      return true
    case "equal":
      return difference === 0
    case "above":
      return difference > 0
    case "below":
      return difference < 0
  }
}

/** Whether the text can be an expression: its symbols are known. */
export function isExpression(text: unknown): text is string | number {
  if (typeof text === "number") return Number.isFinite(text)
  if (typeof text !== "string") return false
  const all: Values = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, 0]))
  return expectationOf(text, all) !== undefined
}
