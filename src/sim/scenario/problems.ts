/** What zod finds in a scenario file, in words: what was given, what is expected, and the nearest known name. */
import { z } from "zod"
import { nearestNames } from "../../model/nearest.ts"
import { type Fault, faultsMost, type Place } from "./faults.ts"

type Issue = z.core.$ZodIssue
type RawIssue = z.core.$ZodRawIssue
/** As far as keys are looked up in it. */
type Json = {
  readonly properties?: Readonly<Record<string, Json>>
  readonly additionalProperties?: Json | boolean
  readonly propertyNames?: Json
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Json>>
  readonly items?: Json
  readonly anyOf?: readonly Json[]
  readonly oneOf?: readonly Json[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
}

const givenMost = 60
const nouns: Readonly<Record<string, string>> = {
  number: "a number",
  int: "a whole number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
}

/** The value as the schema gives it, or what is wrong. */
export function check<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { readonly value: T } | { readonly faults: readonly Fault[] } {
  const result = schema.safeParse(value, { error: expected, reportInput: true })
  if (result.success) return { value: result.data }
  const keys = new KnownKeys(schema)
  const issues = result.error.issues.slice(0, faultsMost)
  return { faults: issues.flatMap((issue) => faultsOf(issue, [], value, keys)) }
}

/** Nouns for what zod's own checks expect; those of units.ts come with the schema. */
function expected(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return nouns[issue.expected] ?? issue.expected
    case "invalid_value":
      return issue.values.length === 1
        ? String(issue.values[0])
        : `one of ${issue.values.map(String).join(", ")}`
    case "too_small":
      return issue.origin === "array" ? "a list with something in it" : `at least ${issue.minimum}`
    case "too_big":
      return issue.origin === "array"
        ? `a list of at most ${issue.maximum}`
        : `at most ${issue.maximum}`
    default:
      return undefined
  }
}

function faultsOf(issue: Issue, before: Place, top: unknown, keys: KnownKeys): readonly Fault[] {
  const place = [...before, ...issue.path.filter((key) => typeof key !== "symbol")]
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.slice(0, faultsMost).map((key) => unknownKey(place, key, top, keys))
    case "invalid_key":
      return [{ place, isKey: true, says: `a name has letters, digits, - and _ only` }]
    case "invalid_union":
      return unionFaults(issue, place, top, keys)
    default:
      return [{ place, says: sentence(issue.message, valueAt(top, place)) }]
  }
}

/** Of the forms a value may have, the one it was meant as: it is not of another type from the beginning. */
function unionFaults(
  issue: Extract<Issue, { readonly code: "invalid_union" }>,
  place: Place,
  top: unknown,
  keys: KnownKeys,
): readonly Fault[] {
  const value = valueAt(top, place)
  if (issue.discriminator !== undefined) {
    return [{ place, says: sentence(`one of ${keys.valuesAt(place).join(", ")}`, value) }]
  }
  const meant = issue.errors.filter((issues) => !issues.some(isOfAnotherType))
  if (meant.length === 1 && typeof value === "object") {
    return meant.flatMap((issues) => issues.flatMap((each) => faultsOf(each, place, top, keys)))
  }
  return [{ place, says: sentence(issue.message, value) }]
}

function isOfAnotherType({ code, path }: Issue): boolean {
  return path.length === 0 && ["invalid_type", "invalid_union", "invalid_value"].includes(code)
}

function unknownKey(place: Place, key: string, top: unknown, keys: KnownKeys): Fault {
  const known = keys.at(place, top)
  const near = nearestNames(key, known)
  const folded = known.filter((name) => name.toLowerCase() === key.toLowerCase())
  const names = folded.length > 0 ? folded : near
  const hint =
    names.length > 0 ? `did you mean ${names.join(", ")}?` : `known are ${known.join(", ")}`
  return { place: [...place, key], isKey: true, says: `unknown key; ${hint}` }
}

function sentence(noun: string, given: unknown, known: readonly string[] = []): string {
  if (given === undefined) return `missing: ${noun} is expected`
  if (noun.startsWith("one of ") && known.length === 0) {
    return sentence(noun, given, noun.slice("one of ".length).split(", "))
  }
  const near = typeof given === "string" ? nearestNames(given, known) : []
  const hint = near.length > 0 ? `; did you mean ${near.join(", ")}?` : ""
  return `cannot take ${shown(given)}: ${noun} is expected${hint}`
}

function shown(value: unknown): string {
  if (value === null) return "nothing"
  if (Array.isArray(value)) return "a list"
  if (typeof value === "object") return "a mapping"
  const text = typeof value === "string" ? JSON.stringify(value) : String(value)
  return text.length > givenMost ? `${text.slice(0, givenMost)}…` : text
}

export function valueAt(top: unknown, place: Place): unknown {
  let value = top
  for (const key of place) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Readonly<Record<string | number, unknown>>)[key]
  }
  return value
}

/** The keys a mapping may have, found in the JSON Schema of the form when somebody asks. */
class KnownKeys {
  readonly #schema: z.ZodType
  #json: Json | undefined

  constructor(schema: z.ZodType) {
    this.#schema = schema
  }

  /** Of forms that are told apart by a value, those that fit what is there. */
  at(place: Place, top: unknown): readonly string[] {
    const forms = this.#formsAt(place, top)
    return [...new Set(forms.flatMap(keysOf))]
  }

  valuesAt(place: Place): readonly string[] {
    return this.#formsAt(place, undefined).flatMap((form) => String(form.const ?? []))
  }

  #formsAt(place: Place, top: unknown): readonly Json[] {
    this.#json ??= z.toJSONSchema(this.#schema, { io: "input" }) as Json
    const { $defs: parts = {} } = this.#json
    let forms = alternatives(this.#json, top, parts)
    for (const [index, key] of place.entries()) {
      const value = valueAt(top, place.slice(0, index + 1))
      const next = forms.flatMap((form) => below(form, key))
      forms = next.flatMap((form) => alternatives(form, value, parts))
    }
    return forms
  }
}

function keysOf({ properties = {}, propertyNames }: Json): readonly string[] {
  return [...Object.keys(properties), ...(propertyNames?.enum ?? []).map(String)]
}

function below(form: Json, key: string | number): readonly Json[] {
  const named = form.properties?.[key]
  if (named !== undefined) return [named]
  if (typeof key === "number") return form.items === undefined ? [] : [form.items]
  return typeof form.additionalProperties === "object" ? [form.additionalProperties] : []
}

/** The forms that something may have, by references and choices; of applications those that are run by that name. */
function alternatives(
  form: Json,
  value: unknown,
  parts: Readonly<Record<string, Json>>,
): readonly Json[] {
  const part = form.$ref === undefined ? undefined : parts[form.$ref.replace(/^.*\//, "")]
  if (part !== undefined) return alternatives(part, value, parts)
  const forms = form.anyOf ?? form.oneOf
  if (forms === undefined) return [form]
  const run = valueAt(value, ["run"])
  const fitting = forms.filter((each) => each.properties?.["run"]?.const === run)
  return (run !== undefined && fitting.length > 0 ? fitting : forms).flatMap((each) => {
    return alternatives(each, value, parts)
  })
}
