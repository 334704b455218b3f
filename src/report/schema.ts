/**
 * The public form of a diagnosis as a schema, for those who read our JSON. It is zod, and zod takes some 60 ms
 * to load: import this file only where a schema is needed, never on the way to a report.
 */
import { z } from "zod"
import type { Diagnosis } from "../model/diagnosis.ts"
import { LIMIT_IDS } from "../model/limit.ts"
import { STATES } from "../model/state.ts"

const limit = z.enum(LIMIT_IDS)
const standing = z.enum(["established", "likely", "possible", "ruled-out", "untested"])
const count = z.number().min(0)
const share = z.number().min(0).max(1)

const exhibit = z.strictObject({
  for: z.boolean().describe("True: speaks for the verdict; false: against it"),
  weight: count.describe("Decibans: 10 × log10 of the likelihood ratio"),
  says: z.string(),
  source: z.string(),
  at: z.string().exactOptional().describe("Place in the source"),
})

const remedy = z.strictObject({
  change: z.string(),
  predicted: z.string(),
  commands: z.array(z.string()).exactOptional(),
  price: z.string().exactOptional().describe("Side effects"),
  files: z.array(z.strictObject({ name: z.string(), content: z.string() })),
})

const verdict = z.strictObject({
  limit,
  place: z.enum(["client", "path", "target"]),
  subject: z.string().describe("Whom it concerns"),
  standing: standing.describe("established, likely and possible are claims"),
  confidence: share,
  capacity: count.exactOptional(),
  used: count.exactOptional(),
  heldBy: z.string().exactOptional(),
  says: z.string(),
  exhibits: z.array(exhibit),
  rivals: z.array(z.strictObject({ limit, standing, by: z.string() })),
  remedies: z.array(remedy),
})

const headroom = z.strictObject({
  limit,
  scope: z.string(),
  capacity: count.exactOptional(),
  used: count.exactOptional(),
  utilization: count.exactOptional().describe("used / capacity; above 1 where the limit is soft"),
  unknown: z.boolean().describe("True: the limit exists here but could not be read"),
  note: z.string().exactOptional(),
})

const ledgerRow = z.strictObject({
  localAddress: z.string(),
  remoteAddress: z.string(),
  remotePort: count,
  held: count,
  heldBy: z.partialRecord(z.enum(STATES), count),
  processes: z.array(
    z.strictObject({ name: z.string(), pid: count.exactOptional(), ports: count }),
  ),
  pool: count.exactOptional(),
  free: count.exactOptional(),
  freeing: z
    .array(z.tuple([count, count]))
    .describe("Ports that come free: [milliseconds from now, how many]"),
})

const series = z.strictObject({
  name: z.string(),
  unit: z.string(),
  points: z.array(z.tuple([z.number(), z.number()])).describe("[seconds since 1970, value]"),
})

const instant = z.number().describe("Seconds since 1970")

const lane = z.strictObject({
  source: z.string(),
  kind: z.enum(["capture", "connection log", "firewall log", "event log", "sockets", "client log"]),
  level: z
    .strictObject({ name: z.string(), points: series.shape.points })
    .exactOptional()
    .describe("Connections open at a time"),
  counts: z.array(
    z.strictObject({ name: z.string(), isTrouble: z.boolean(), perBin: z.array(count) }),
  ),
  marks: z.array(z.strictObject({ time: instant, says: z.string() })),
})

const timeline = z.strictObject({
  from: instant,
  to: instant,
  binSec: count,
  lanes: z.array(lane).describe("One for each vantage"),
})

const clock = z.strictObject({
  source: z.string(),
  reference: z.string(),
  offsetSec: z.number().describe("Added to its times where isMoved"),
  driftPpm: z.number(),
  spreadMs: count,
  matched: count.describe("Moments both saw"),
  isMoved: z.boolean(),
  translation: z
    .strictObject({ here: z.string(), there: z.string() })
    .exactOptional()
    .describe("Source address here and there: a translator is in between"),
})

/** The schema of `fourtuple.diagnosis/1`; it must accept exactly what the type Diagnosis allows. */
export const diagnosisSchema = z.strictObject({
  schema: z.literal("fourtuple.diagnosis/1"),
  vantage: z.string(),
  from: z.string().exactOptional().describe("ISO 8601"),
  to: z.string().exactOptional().describe("ISO 8601"),
  verdicts: z.array(verdict).describe("Best first"),
  headroom: z.array(headroom),
  collectNext: z.array(z.strictObject({ what: z.string(), why: z.string() })),
  oddities: z.array(z.strictObject({ name: z.string(), says: z.string(), at: z.string() })),
  ledger: z.array(ledgerRow).describe("Busiest port pools, fullest first"),
  series: z.array(series),
  timeline: timeline.exactOptional(),
  clocks: z.array(clock).exactOptional().describe("Vantages that saw the same connections"),
  evidence: z.array(
    z.strictObject({ source: z.string(), formats: z.array(z.string()), says: z.string() }),
  ),
  system: z.string().exactOptional(),
  blind: z.array(z.string()).describe("What could not be seen, and why"),
}) satisfies z.ZodType<Diagnosis>

/** JSON Schema text for docs/reference/diagnosis.schema.json. Later versions may add fields, so it is open. */
export function diagnosisJsonSchema(): string {
  const schema = z.toJSONSchema(diagnosisSchema, {
    override: ({ jsonSchema }) => {
      delete jsonSchema.additionalProperties
    },
  })
  const document = {
    $id: "fourtuple.diagnosis/1",
    title: "Diagnosis of fourtuple diagnose --json",
    ...schema,
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}
