/**
 * The public form of `fourtuple simulate --json` as schemas, of one run and of a sweep. It is zod, and zod takes some
 * 60 ms to load: import this file only where a schema is needed.
 */
import { z } from "zod"
import { LIMIT_IDS } from "../model/limit.ts"
import type { SimulatedDocument } from "./simulated-json.ts"
import type { SimulatedSweep } from "./simulated-sweep.ts"

const count = z.number().min(0)
const seconds = z.number().min(0).describe("Seconds since the run began")

const pool = z.strictObject({
  limit: z.enum(LIMIT_IDS),
  place: z.enum(["client", "path", "target"]),
  at: z.string().describe("Machine or middlebox; name[17] is one of a group, counted from 0"),
  per: z.string().describe("Whose share it is: machine, source, destination …"),
  capacity: count.exactOptional().describe("Absent: not bounded"),
  peak: count.describe("The most that was taken at one time"),
  refused: count,
  firstRefusedSec: seconds.exactOptional(),
  used: count.describe("Taken when the run ended"),
})

const application = z.strictObject({
  name: z.string(),
  kind: z.string(),
  on: z.string(),
  started: count,
  succeeded: count,
  failed: count,
  pending: count.describe("Neither, when the run ended"),
  successesPerSec: count,
  firstFailureSec: seconds.exactOptional(),
  lastSuccessSec: seconds.exactOptional(),
  errors: z
    .array(z.strictObject({ error: z.string(), count, firstSec: seconds }))
    .describe("By the name that system gives them; most first"),
  connectMs: z.strictObject({ p50: count, p95: count, max: count }).exactOptional(),
  symptoms: z.array(z.string()).describe("What its user saw"),
  figures: z.record(z.string(), z.number()),
})

const timeline = z.strictObject({
  stepSec: count,
  series: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(["state", "pool", "attempts"]),
      of: z.string(),
      capacity: count.exactOptional(),
      values: z.array(z.number()).describe("One for each step, the first at 0"),
    }),
  ),
})

const event = z.strictObject({
  timeSec: seconds,
  on: z.string(),
  source: z.string(),
  id: z.union([z.number(), z.string()]),
  data: z.record(z.string(), z.union([z.string(), z.number()])).exactOptional(),
})

const attempt = z.strictObject({
  timeSec: seconds,
  application: z.string(),
  on: z.string(),
  from: z.string(),
  to: z.string(),
  port: count,
  ok: z.boolean(),
  error: z.string().exactOptional(),
  ms: count,
})

/** The schema of `fourtuple.run/1`. */
export const runSchema = z.strictObject({
  schema: z.literal("fourtuple.run/1"),
  title: z.string(),
  seed: z.number(),
  durationSec: count,
  applications: z.array(application),
  pools: z.array(pool).describe("Every pool that was used"),
  bound: z.array(pool).describe("Those that refused something, the first to refuse first"),
  timeline,
  events: z.array(event),
  totals: z.strictObject({
    connections: count,
    segments: count,
    reusedEarly: z.exactOptional(count),
  }),
  attempts: z.array(attempt).exactOptional().describe("With --attempts, in the order they ended"),
  cut: z.array(z.string()).exactOptional().describe("What was not recorded, in words"),
}) satisfies z.ZodType<SimulatedDocument>

const point = z.strictObject({
  value: z.string(),
  started: count,
  succeeded: count,
  failed: count,
  pending: count,
  successShare: z.number().min(0).max(1).describe("Of the attempts that ended"),
  successesPerSec: count,
  firstFailureSec: seconds.exactOptional(),
  bound: z.array(pool).describe("The first to refuse first"),
})

const turn = z.strictObject({
  value: z.string().describe("The first that is not like the first one"),
  before: z.string(),
  turns: z.enum(["bad", "good"]),
})

/** The schema of `fourtuple.sweep/1`. */
export const sweepSchema = z.strictObject({
  schema: z.literal("fourtuple.sweep/1"),
  title: z.string(),
  seed: z.number(),
  durationSec: count,
  key: z.string(),
  points: z.array(point).describe("In the order of their values"),
  binds: turn.exactOptional().describe("Where a limit begins to bind, or ends to"),
  knee: turn.exactOptional().describe("Where success falls below 99 %, or rises above"),
  missing: z.array(z.string()).exactOptional().describe("Values not run: the sweep was stopped"),
}) satisfies z.ZodType<SimulatedSweep>

/** JSON Schema text for docs/reference/run.schema.json. */
export function runJsonSchema(): string {
  return documentOf(runSchema, "fourtuple.run/1", "Run of fourtuple simulate --json")
}

/** JSON Schema text for docs/reference/sweep.schema.json. */
export function sweepJsonSchema(): string {
  return documentOf(sweepSchema, "fourtuple.sweep/1", "Sweep of fourtuple simulate --sweep --json")
}

/** Later versions may add fields, so it is open. */
function documentOf(form: z.ZodType, id: string, title: string): string {
  const schema = z.toJSONSchema(form, {
    override: ({ jsonSchema }) => {
      delete jsonSchema.additionalProperties
    },
  })
  return `${JSON.stringify({ $id: id, title, ...schema }, undefined, 2)}\n`
}
