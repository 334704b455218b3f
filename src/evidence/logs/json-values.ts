/** Members of parsed JSON objects, by path and kind: what is not there or of another kind is undefined. */
import { isJsonObject } from "./json-elements.ts"

export type JsonObject = Readonly<Record<string, unknown>>

/** The member at "a.b.c". */
export function memberAt(value: unknown, path: string): unknown {
  let member = value
  for (const name of path.split(".")) {
    if (!isJsonObject(member)) return undefined
    member = member[name]
  }
  return member
}

export function textAt(value: unknown, path: string): string | undefined {
  const member = memberAt(value, path)
  return typeof member === "string" ? member : undefined
}

/** A number, also where the document has it as a text (int64 in JSON). */
export function numberAt(value: unknown, path: string): number | undefined {
  const member = memberAt(value, path)
  if (typeof member === "number") return Number.isFinite(member) ? member : undefined
  if (typeof member !== "string" || !/^-?\d{1,18}(?:\.\d{1,12})?$/.test(member)) return undefined
  return Number(member)
}

export function objectsAt(value: unknown, path: string): readonly JsonObject[] {
  return listAt(value, path).filter(isJsonObject)
}

export function listAt(value: unknown, path: string): readonly unknown[] {
  const member = memberAt(value, path)
  return Array.isArray(member) ? member : []
}
