/**
 * The values of `--sweep key=…`: a list (10,20,50) or a range (10..500), in equal steps (10..500/9) or by equal factors
 * (10..1000*7). Values keep their unit: 10s..60s, 1%..20%. Of a range the knee is then looked for between its steps.
 */
import { Refusal } from "../model/refusal.ts"

export type SweepSpec = {
  readonly key: string
  readonly values: readonly string[]
  /** Absent for a list: what is between its values was not asked for. */
  readonly range?: { readonly unit: string; readonly isWhole: boolean; readonly finest: number }
}

const countUsual = 9
const countMax = 1000
/** Between its steps a range is looked at this finely. */
const fineness = 1000
const number = String.raw`-?\d+(?:\.\d+)?`
const rangeForm = new RegExp(
  `^(${number}) *([a-zA-Z%]*)\\.\\.(${number}) *([a-zA-Z%]*)(?:([/*])(\\d+))?$`,
)

/** Refusal (bad-usage) for what is neither a list nor a range. */
export function parseSweep(text: string): SweepSpec {
  const at = text.indexOf("=")
  const key = text.slice(0, Math.max(at, 0)).trim()
  const said = text.slice(at + 1).trim()
  if (at < 0 || key === "" || said === "") throw wrong(text, "it names no key and values")
  if (!said.includes("..")) {
    const values = said.split(",").map((value) => value.trim())
    if (values.includes("")) throw wrong(text, "a value of the list is empty")
    return { key, values: [...new Set(values)] }
  }
  return { key, ...rangeOf(text, said) }
}

function rangeOf(text: string, said: string): Pick<SweepSpec, "values" | "range"> {
  const match = rangeForm.exec(said)
  if (match === null) throw wrong(text, `"${said}" is not a range such as 10..500 or 10s..60s`)
  const [, low = "", lowUnit = "", high = "", highUnit = "", steps, amount] = match
  const unit = highUnit || lowUnit
  if (lowUnit !== "" && lowUnit !== unit) throw wrong(text, "its ends have different units")
  const [from, to] = [Number(low), Number(high)]
  if (from === to) throw wrong(text, "it begins and ends at the same value")
  const isWhole = Number.isInteger(from) && Number.isInteger(to)
  const count = amount === undefined ? countUsual : Number(amount)
  if (count < 2 || count > countMax) throw wrong(text, `a range has from 2 to ${countMax} values`)
  if (steps === "*" && Math.min(from, to) <= 0) {
    throw wrong(text, "equal factors need a range above 0")
  }
  const values = Array.from({ length: count }, (_, index) => {
    const part = index / (count - 1)
    return steps === "*" ? from * (to / from) ** part : from + (to - from) * part
  })
  const texts = values.map((value) => valueText(value, unit, isWhole))
  const finest = isWhole ? 1 : Math.abs(to - from) / fineness
  return { values: [...new Set(texts)], range: { unit, isWhole, finest } }
}

/**
 * Up to three values that part the space between two of a range in four; none where it is fine enough. The same
 * whatever the number of workers.
 */
export function valuesBetween(before: string, after: string, spec: SweepSpec): readonly string[] {
  const { range } = spec
  if (range === undefined) return []
  const [low, high] = [Number.parseFloat(before), Number.parseFloat(after)]
  if (Math.abs(high - low) <= range.finest * 1.000001) return []
  const texts = [0.25, 0.5, 0.75].map((part) =>
    valueText(low + (high - low) * part, range.unit, range.isWhole),
  )
  return [...new Set(texts)].filter((text) => text !== before && text !== after)
}

function valueText(value: number, unit: string, isWhole: boolean): string {
  return `${isWhole ? Math.round(value) : Number(value.toPrecision(6))}${unit}`
}

function wrong(text: string, why: string): Refusal {
  const hint = "For example: --sweep hosts.targets.count=10..500, 10..500/20 or =10,20,100"
  return new Refusal("bad-usage", `Cannot use --sweep ${text}: ${why}`, hint)
}
