/**
 * A scenario file as YAML: read with the places of its parts, changed by key before it is checked. Nothing throws on
 * content; size, nesting and aliases are bounded.
 */
import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml"
import type { Fault, Place } from "./faults.ts"

/** The parser takes time that grows with the square of nonsense: at most some three seconds of it. */
const charsMax = 256 * 1024
const aliasesMax = 1000
const faultsMost = 20

/** Errors without the parser's excerpts: they cost more than the rest. */
const yamlOptions = {
  merge: true,
  version: "1.2",
  logLevel: "error",
  prettyErrors: false,
  uniqueKeys: false,
} as const

type Wrong = { readonly message: string; readonly pos: readonly [number, ...number[]] }

export type ScenarioDocument = {
  readonly yaml: Document
  readonly lines: LineCounter
}

/** The document, or why there is none; faults have lines of their own. */
export function openDocument(
  text: string,
): { readonly document: ScenarioDocument } | { readonly lines: readonly string[] } {
  if (text.length > charsMax) {
    return { lines: [`the file is longer than ${charsMax} characters`] }
  }
  const lines = new LineCounter()
  const read = parsed(text, lines)
  if (read === undefined) return { lines: ["the file is nested too deeply"] }
  if (read.errors.length === 0) return { document: { yaml: read.yaml, lines } }
  return {
    lines: read.errors.map(({ message, pos }) => {
      const says = message.includes("call stack") ? "nested too deeply" : message.split("\n")[0]
      return `line ${lines.linePos(pos[0]).line}: YAML: ${says}`
    }),
  }
}

/** The YAML parser recurses: text made of nothing but brackets exhausts the stack. */
function parsed(
  text: string,
  lineCounter: LineCounter,
): { readonly yaml: Document; readonly errors: readonly Wrong[] } | undefined {
  try {
    const yaml = parseDocument(text, { ...yamlOptions, lineCounter })
    const many = yaml.errors.find(({ code }) => code === "MULTIPLE_DOCS")
    if (many !== undefined) many.message = "a second document begins here; a scenario is one"
    return { yaml, errors: [...yaml.errors.slice(0, faultsMost), ...wrongKeys(yaml)] }
  } catch {
    return undefined
  }
}

/** The parser's own check of keys compares each with every other. */
function wrongKeys(yaml: Document): readonly Wrong[] {
  const found: Wrong[] = []
  visit(yaml, {
    Map: (_, map) => {
      const seen = new Set<string>()
      for (const { key } of map.items) {
        const text = isScalar(key) ? keyText(key) : ""
        const pos = [startOf(key) ?? 0] as const
        if (!isScalar(key)) found.push({ message: "a key is a name", pos })
        else if (seen.has(text) && text !== "<<") {
          found.push({ message: `${text} is given twice`, pos })
        }
        seen.add(text)
      }
      return found.length < faultsMost ? undefined : visit.BREAK
    },
  })
  return found.slice(0, faultsMost)
}

/** Its values, or why there are none: aliases without an anchor, or too many of them. */
export function contentOf({ yaml }: ScenarioDocument): { readonly value: unknown } | string {
  try {
    return { value: yaml.toJS({ maxAliasCount: aliasesMax }) }
  } catch (error) {
    return `YAML: ${error instanceof Error ? error.message.split("\n")[0] : "cannot be read"}`
  }
}

/** "line 12: hosts.mgmt01.profile: …"; the line is that of the nearest part in the file, none of what a change made. */
export function faultLine(document: ScenarioDocument, { place, says, isKey }: Fault): string {
  const line = lineOf(document, place, isKey === true)
  const where = line === undefined ? "" : `line ${line}: `
  return place.length === 0 ? `${where}${says}` : `${where}${place.join(".")}: ${says}`
}

export function lineOf(
  { yaml, lines }: ScenarioDocument,
  place: Place,
  isKey = false,
): number | undefined {
  let node: unknown = yaml.contents
  let at = startOf(node)
  for (const [index, key] of place.entries()) {
    const pair = isMap(node)
      ? node.items.find((item) => keyText(item.key) === String(key))
      : undefined
    const next: unknown = isPair(pair)
      ? pair.value
      : isSeq(node)
        ? node.items[Number(key)]
        : undefined
    // A change has put it there.
    if (next !== undefined && next !== null && startOf(next) === undefined) return undefined
    const keyAt = isPair(pair) ? startOf(pair.key) : undefined
    if (keyAt === undefined && startOf(next) === undefined) break
    const isLast = index === place.length - 1
    at =
      (isLast && isKey ? keyAt : undefined) ??
      (isScalar(next) ? startOf(next) : keyAt) ??
      startOf(next)
    node = next
  }
  return at === undefined ? undefined : lines.linePos(at).line
}

/** Of a key that was read, or that a change has set. */
export function keyText(key: unknown): string {
  return String(isScalar(key) ? key.value : key)
}

function startOf(node: unknown): number | undefined {
  return (node as Node | undefined | null)?.range?.[0]
}
