/**
 * The public form of `fourtuple connections --json` as a schema. It is zod, and zod takes some 60 ms to load: import
 * this file only where a schema is needed.
 */
import { z } from "zod"
import { CONNECTION_STATES } from "../model/connection.ts"

const count = z.number().min(0)
const ms = z.number()
const instant = z.number().describe("Seconds since 1970")
const side = z.enum(["from", "to"])
const both = z.strictObject({ from: count, to: count })
const either = z.strictObject({ from: count.exactOptional(), to: count.exactOptional() })
const endpoint = z.strictObject({
  address: z.string(),
  port: count.exactOptional(),
  service: z.string().exactOptional(),
})
const state = z.enum(CONNECTION_STATES)

const earlier = z.strictObject({
  gapMs: ms.describe("From the last packet of the earlier use to this SYN"),
  timeWaitAt: side.exactOptional().describe("Who closed first and so held the TIME-WAIT"),
  reopenedBy: z.enum(["sequence", "timestamp"]).exactOptional(),
})

/** One connection, in `--json` and as a line of `--ndjson`. Other sources than captures know fewer fields. */
export const connectionSchema = z.strictObject({
  kind: z.literal("connection"),
  from: endpoint.describe("Who sent the first SYN"),
  to: endpoint,
  scope: z.string().exactOptional().describe("Tunnel that separates equal four-tuples"),
  state: state.exactOptional(),
  flowState: z.string().exactOptional().describe("A middlebox's own word"),
  history: z.string().exactOptional(),
  start: instant.exactOptional(),
  end: instant.exactOptional(),
  synTimes: z.array(instant).exactOptional().describe("Each transmission of the SYN"),
  answer: z.string().exactOptional().describe("syn-ack, rst, ack, none, icmp …, deny …"),
  answerMs: ms.exactOptional(),
  handshakeMs: ms.exactOptional(),
  refusals: count.exactOptional(),
  synAcks: count.exactOptional(),
  challengeAcks: count.exactOptional(),
  closedBy: side.exactOptional().describe("Who sent the first FIN or RST"),
  closedAt: instant.exactOptional(),
  halfClosedMs: ms.exactOptional(),
  resets: both.exactOptional(),
  bytes: both.exactOptional().describe("Payload by sequence numbers"),
  packets: both.exactOptional(),
  ipBytes: both.exactOptional(),
  retransmits: both.exactOptional(),
  copies: count.exactOptional().describe("Packets recorded more than once"),
  ttl: either.exactOptional(),
  answerTtl: count.exactOptional(),
  answeredBy: z.string().exactOptional(),
  isn: either.exactOptional(),
  incarnation: count.exactOptional().describe("1 for the first use of the four-tuple"),
  earlier: earlier.exactOptional(),
  vantage: z.string().exactOptional().describe("Machine it was seen on"),
  at: z.string().describe("Place in the evidence"),
})

const spread = z.strictObject({ min: ms, p50: ms, p90: ms, p99: ms, max: ms })

const failure = z.strictObject({
  outcome: z.string(),
  attempts: count,
  syns: count,
  from: z.string().exactOptional().describe("Absent where several"),
  sources: count,
  to: z.string().exactOptional().describe("Absent where several"),
  targets: count,
  port: count.exactOptional(),
  first: instant.exactOptional(),
  last: instant.exactOptional(),
})

const end = z.strictObject({
  address: z.string(),
  port: count.exactOptional(),
  connections: count,
  failed: count,
})

const capture = z.strictObject({
  source: z.string(),
  container: z.string(),
  packets: count,
  tcpPackets: count,
  icmpErrors: count,
  copies: count,
  unkept: z.strictObject({ connections: count, packets: count }).exactOptional(),
  bytes: count,
  first: instant.exactOptional(),
  last: instant.exactOptional(),
  unknownLinks: z.record(z.string(), count),
  others: z.record(z.string(), count),
  system: z.string().exactOptional(),
})

export const summarySchema = z.strictObject({
  connections: count,
  failed: count,
  first: instant.exactOptional(),
  last: instant.exactOptional(),
  states: z.partialRecord(state, count),
  flowStates: z.record(z.string(), count).exactOptional(),
  answers: z.record(z.string(), count).describe("What the SYNs were answered with"),
  syns: count,
  synsAgain: count,
  handshakeMs: spread.exactOptional(),
  failures: z.array(failure).describe("Largest first, alike ones joined"),
  sources: z.array(end).describe("Those with most connections"),
  sourcesInAll: count,
  destinations: z.array(end),
  destinationsInAll: count,
  reuse: z
    .strictObject({
      connections: count,
      gapMs: spread,
      inTimeWait: z.array(z.strictObject({ withinMs: ms, from: count, to: count })),
      reopenedBy: z.strictObject({ sequence: count, timestamp: count }),
    })
    .exactOptional(),
  challengeAcks: count,
  resets: count,
  retransmits: count,
  captures: z.array(capture),
})

/** The schema of `fourtuple.connections/1`; with --summary `connections` is left out. */
export const connectionsSchema = z.strictObject({
  schema: z.literal("fourtuple.connections/1"),
  connections: z.array(connectionSchema).exactOptional(),
  summary: summarySchema,
})

/** JSON Schema text for docs/reference/connections.schema.json. Later versions may add fields, so it is open. */
export function connectionsJsonSchema(): string {
  const schema = z.toJSONSchema(connectionsSchema, {
    override: ({ jsonSchema }) => {
      delete jsonSchema.additionalProperties
    },
  })
  const document = {
    $id: "fourtuple.connections/1",
    title: "Connections of fourtuple connections --json",
    ...schema,
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}
