/**
 * What all registry readers share: known misspellings, string lists, and the check against known
 * ranges.
 */
import { REGISTRY_VALUES, type RegistryValue } from "../catalog/registry-values.ts"
import type { SectionContext } from "./reader.ts"

const known: ReadonlyMap<string, RegistryValue> = new Map(
  Object.entries(REGISTRY_VALUES).map(([name, value]) => [name.toLowerCase(), value]),
)

/** Whether the name is one of the catalogue's registry values, in any case. */
export function isKnownValue(name: string): boolean {
  return known.has(name.toLowerCase())
}

/** The key with the one known misspelling put right (KB Q149532 prints CurrectControlSet). */
export function correctKey(key: string, context: SectionContext): string {
  if (!/currectcontrolset/i.test(key)) return key
  const says =
    "Registry key CurrectControlSet is read as CurrentControlSet (KB Q149532 misprints it)"
  context.odd("key-misspelt", says)
  return key.replace(/currectcontrolset/gi, "CurrentControlSet")
}

/** Names an oddity when a known value has the wrong type or is outside its documented range. */
export function checkValue(
  name: string,
  value: number | string,
  where: { readonly odd: SectionContext["odd"]; readonly at: number },
): void {
  const row = known.get(name.toLowerCase())
  if (row === undefined) return
  if (typeof value === "string") {
    if (row.type === "REG_MULTI_SZ") return
    const says = `Registry value ${name} is text ("${value.slice(0, 40)}"), not the REG_DWORD it has to be`
    where.odd("value-malformed", says, where.at)
    return
  }
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = row
  if (value >= min && value <= max) return
  const range = `${min} to ${max}${row.unit === undefined ? "" : ` ${row.unit}`}`
  const says = `Registry value ${name} is ${value}, outside ${range} (${row.source})`
  where.odd("value-out-of-range", says, where.at)
}

/** The strings of a REG_MULTI_SZ (or the one of a REG_SZ) from its bytes, UTF-16LE or ANSI. */
export function stringsOfMultiSz(bytes: readonly number[], ansi: boolean): readonly string[] {
  const step = ansi ? 1 : 2
  let text = ""
  for (let at = 0; at + step <= bytes.length; at += step) {
    text += String.fromCharCode((bytes[at] ?? 0) + (ansi ? 0 : (bytes[at + 1] ?? 0) * 256))
  }
  return text.split("\0").filter((part) => part !== "")
}
