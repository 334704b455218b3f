/**
 * Quantities as people write them in scenario files: a number, or a text with its unit. What is given here as the error
 * is a noun ("a duration such as 120 s"): problems.ts makes the sentence.
 */
import { z } from "zod"
import { parseDuration } from "../../model/quantity.ts"
import type { Spread } from "./scenario.ts"

const durationText = String.raw`\d+(\.\d+)?( *[a-zA-Zµ]+( *\d+(\.\d+)? *[a-zA-Zµ]+)*)?`
const portsMost = 1000
const durationSays = "a duration such as 120 s, 2 min, 500 ms or a number of seconds"

/** A number that is not negative or a text of that pattern, as `read` understands it. */
function measure<T>(
  id: string,
  says: string,
  pattern: string,
  read: (value: number | string) => T | undefined,
) {
  return z
    .union(
      [z.number(says).min(0, says), z.string(says).regex(new RegExp(`^ *${pattern} *$`), says)],
      says,
    )
    .transform((value, context) => {
      const result = read(value)
      if (result !== undefined) return result
      context.addIssue({ code: "custom", message: says, input: value })
      return z.NEVER
    })
    .meta({ id, description: capital(says) })
}

/** Seconds. */
export const duration = measure("duration", durationSays, durationText, secondsOf)

/** Seconds; Infinity for ever. */
export const durationOrForever = measure(
  "durationOrForever",
  "a duration such as 120 s, or forever",
  `(${durationText}|forever)`,
  (value) => (isWord(value, "forever") ? Number.POSITIVE_INFINITY : secondsOf(value)),
)

export const spread = measure<Spread>(
  "spread",
  "a duration (120 s), a range (10 s..20 s), a mean (exponential 30 s) or forever",
  `(${durationText}( *\\.\\. *${durationText})?|exponential +${durationText}|forever)`,
  spreadOf,
)

/** A range of times: "10 s..20 s". */
export const interval = z
  .string("a range of times such as 10 s..20 s")
  .regex(
    new RegExp(`^ *${durationText} *\\.\\. *${durationText} *$`),
    "a range of times such as 10 s..20 s",
  )
  .transform((text, context) => {
    const range = rangeOf(text)
    if (range !== undefined) return range
    const message = "a range whose end comes after its beginning, such as 10 s..20 s,"
    context.addIssue({ code: "custom", message, input: text })
    return z.NEVER
  })
  .meta({ id: "interval", description: "A range of times such as 10 s..20 s" })

/** So many in so many seconds: "600/min" is 600 in 60. */
export type Quota = { readonly over: number; readonly perSec: number }

const rateText = String.raw`\d+(\.\d+)? *(/|per) *[a-z]+`
const rateSays = "a rate such as 20/s, 600/min or a number for each second"

export const quota = measure<Quota>("quota", rateSays, rateText, quotaOf)

/** For each second. */
export const rate = measure("rate", rateSays, rateText, (value) => {
  const found = quotaOf(value)
  return found === undefined ? undefined : found.over / found.perSec
})

/** From 0 to 1. */
export const share = measure(
  "share",
  "a share such as 5% or 0.05",
  String.raw`\d+(\.\d+)? *%`,
  (value) => {
    const part = shareOf(value)
    return part === undefined || part > 1 ? undefined : part
  },
)

/** Of a group: so many, or a share of it. */
export type Part = { readonly count: number } | { readonly share: number }

export const part = measure<Part>(
  "part",
  "a share such as 5% or 0.05, or a whole number of machines",
  String.raw`\d+(\.\d+)? *%`,
  (value) => {
    if (typeof value === "number" && value >= 1) {
      return Number.isInteger(value) ? { count: value } : undefined
    }
    const found = shareOf(value)
    return found === undefined || found > 1 ? undefined : { share: found }
  },
)

export function whole(least: number, most: number) {
  const says = `a whole number from ${least} to ${most}`
  return z.int(says).min(least, says).max(most, says)
}

/** A whole number from 1 up; Infinity for ever. */
export const countOrForever = z
  .union([whole(1, 1e9), z.literal("forever")], "a whole number, or forever")
  .transform((value) => (value === "forever" ? Number.POSITIVE_INFINITY : value))
  .meta({ id: "countOrForever", description: "A whole number, or forever" })

/** A whole number; null where there is none. */
export const countOrNone = z
  .union([whole(0, 1e9), z.literal("none")], "a whole number, or none")
  .transform((value) => (value === "none" ? null : value))
  .meta({ id: "countOrNone", description: "A whole number, or none" })

export const port = whole(1, 65_535)

const portsSays = "a port from 1 to 65535, or a list of them"

/** One port, a list of them, or "445, 139". */
export const ports = z
  .union(
    [port, z.array(port).min(1, portsSays).max(portsMost), z.string().regex(/^\d+( *, *\d+)*$/)],
    portsSays,
  )
  .transform((value, context) => {
    const list = typeof value === "string" ? value.split(",").map(Number) : [value].flat()
    if (list.every((each) => each >= 1 && each <= 65_535)) return [...new Set(list)]
    context.addIssue({ code: "custom", message: portsSays, input: value })
    return z.NEVER
  })
  .meta({ id: "ports", description: "A port, or a list of ports" })

/** One name or several. */
export const names = z
  .union([z.string(), z.array(z.string()).min(1).max(1000)], "a name, or a list of names")
  .transform((value) => [value].flat())
  .meta({ id: "names", description: "A name, or a list of names" })

export const isOn = z.boolean("true or false")

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function secondsOf(value: number | string): number | undefined {
  if (typeof value === "number") return value <= 1e9 ? value : undefined
  const ms = parseDuration(value)
  return ms === undefined || ms > 1e12 ? undefined : ms / 1000
}

function isWord(value: number | string, word: string): boolean {
  return typeof value === "string" && value.trim() === word
}

function spreadOf(value: number | string): Spread | undefined {
  if (isWord(value, "forever")) return { kind: "fixed", sec: Number.POSITIVE_INFINITY }
  const range = typeof value === "string" ? rangeOf(value) : undefined
  if (range !== undefined) return { kind: "between", ...range }
  const mean = /^ *exponential +(.+)$/.exec(String(value))?.[1]
  const sec = secondsOf(mean ?? value)
  if (sec === undefined) return undefined
  return mean === undefined ? { kind: "fixed", sec } : { kind: "exponential", meanSec: sec }
}

function rangeOf(text: string): { readonly fromSec: number; readonly toSec: number } | undefined {
  const [from, to] = text.split("..").map(secondsOf)
  if (from === undefined || to === undefined || to < from) return undefined
  return { fromSec: from, toSec: to }
}

function quotaOf(value: number | string): Quota | undefined {
  if (typeof value === "number") return value > 0 ? { over: value, perSec: 1 } : undefined
  const [, amount = "", unit = ""] = /^ *([\d.]+) *(?:\/|per) *([a-z]+) *$/.exec(value) ?? []
  const perMs = parseDuration(`1 ${unit}`)
  const over = Number(amount)
  return perMs === undefined || !(over > 0) ? undefined : { over, perSec: perMs / 1000 }
}

function shareOf(value: number | string): number | undefined {
  if (typeof value === "number") return value
  const percent = Number(value.replace("%", ""))
  return Number.isFinite(percent) ? percent / 100 : undefined
}
