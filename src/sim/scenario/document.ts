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
} from "yaml"
import type { Fault, Place } from "./faults.ts"

const charsMax = 1024 * 1024
const aliasesMax = 1000
const faultsMost = 20

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
  const yaml = parsed(text, lines)
  if (yaml === undefined) return { lines: ["the file is nested too deeply"] }
  if (yaml.errors.length > 0) {
    return {
      lines: yaml.errors.slice(0, faultsMost).map((error) => {
        const says = error.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? ""
        return `line ${lines.linePos(error.pos[0]).line}: YAML: ${says}`
      }),
    }
  }
  return { document: { yaml, lines } }
}

/** The YAML parser recurses: text made of nothing but brackets exhausts the stack. */
function parsed(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    return parseDocument(text, { lineCounter, merge: true, version: "1.2", logLevel: "error" })
  } catch {
    return undefined
  }
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
