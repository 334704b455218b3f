/** The part of a scenario file about programs, as people write it: an object for each kind. */
import { z } from "zod"
import {
  countOrForever,
  duration,
  durationOrForever,
  isOn,
  names,
  port,
  ports,
  rate,
  share,
  spread,
  whole,
} from "./units.ts"

const most = 1e9

const common = {
  name: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]*$/, "a name of letters, digits, - and _")
    .optional()
    .describe("Its kind where left out"),
  on: z.string().describe("Group whose every machine runs it"),
  start: duration.prefault(0),
  stop: duration.optional().describe("It begins nothing new; the end of the run where left out"),
}

const retry = z
  .union(
    [
      countOrForever,
      z.strictObject({
        times: countOrForever.prefault(3),
        delay: duration.prefault(1),
        backoff: z.number().min(1).default(1).describe("Each delay is so many times the last"),
        most: durationOrForever.prefault("forever").describe("The longest delay"),
        jitter: isOn.default(false).describe("Evenly between nothing and the delay"),
      }),
    ],
    "a number of times, or a mapping of times, delay, backoff, most and jitter",
  )
  .meta({ id: "retry", description: "How often again after a failure" })
  .optional()

/** What programs that open connections have in common; what is left out depends on the kind. */
const client = {
  ...common,
  to: names.describe("Groups, or one"),
  port: ports.optional(),
  ports: ports.optional().describe("Tried together: the first that is connected is kept"),
  rate: rate
    .optional()
    .describe("Attempts in a time, of each machine, whatever became of the last"),
  poisson: isOn.default(false).describe("At random times with that mean rate"),
  threads: whole(1, 1e6).optional().describe("Each begins the next when the last is over"),
  think: duration.prefault(0).describe("Pause of a thread between two"),
  count: countOrForever.optional().describe("Attempts in all"),
  order: z.literal(["once", "round", "random"]).optional().describe("Of the targets"),
  timeout: durationOrForever.prefault("forever").describe("Of connect(), its own"),
  retry,
  requests: countOrForever.or(z.literal(0)).optional().describe("On one connection"),
  pause: duration.prefault(0).describe("Before each request but the first"),
  request: whole(0, most).default(200).describe("Bytes of a request"),
  answerTimeout: durationOrForever.prefault("forever"),
  hold: spread.optional().describe("From connected, or the last answer, to the close"),
  aside: isOn.optional().describe("A thread goes on while its connection is held"),
  close: z.literal(["client", "server", "reset", "never"]).optional().describe("Who closes, how"),
  unresolved: share.prefault(0).describe("Attempts whose name does not resolve"),
}

export const applicationForms = [
  z.strictObject({ run: z.literal("connect"), ...client }),
  z.strictObject({ run: z.literal("sweep"), ...client }),
  z.strictObject({ run: z.literal("net-use"), ...client }),
  z.strictObject({
    run: z.literal("http"),
    ...client,
    keepAlive: isOn.optional().describe("True: 100 requests on a connection, unless given"),
  }),
  z.strictObject({
    run: z.literal("streams"),
    ...client,
    heartbeat: duration.optional().describe("A request so often"),
  }),
  z.strictObject({
    run: z.literal("trace"),
    ...client,
    times: z.array(duration).min(1).max(1e6).describe("When attempts begin, after the start"),
  }),
  z.strictObject({
    run: z.literal("pool"),
    ...common,
    to: names,
    port: port.optional(),
    max: whole(1, 1e6).default(10).describe("Connections at once"),
    rate: rate.describe("Requests"),
    poisson: isOn.default(false),
    count: countOrForever.prefault("forever").describe("Requests in all"),
    request: whole(0, most).default(200).describe("Bytes of a request"),
    idle: durationOrForever.prefault(60).describe("An idle connection is closed"),
    wait: durationOrForever.prefault(30).describe("Of a request for a connection"),
    timeout: durationOrForever.prefault("forever").describe("Of connect(), its own"),
    answerTimeout: durationOrForever.prefault("forever"),
    retry,
  }),
  z.strictObject({
    run: z.literal("flood"),
    ...common,
    to: names,
    port: port.optional(),
    rate: rate.describe("SYNs"),
    count: countOrForever.prefault("forever").describe("SYNs in all"),
    spoofed: isOn.default(false).describe("From addresses that are not there"),
  }),
  z.strictObject({
    run: z.literal("logon-script"),
    ...common,
    to: names.describe("Servers"),
    port: port.default(139),
    resources: whole(1, 10_000)
      .default(6)
      .describe("Connections of the script, over the servers in turn"),
    relogon: duration
      .optional()
      .describe("When net logon /y is entered again; never where left out"),
    logoffWait: duration.prefault(0).describe("net logoff first, and so long a wait"),
    others: whole(0, 10_000).default(0).describe("Connections other programs hold"),
  }),
  z.strictObject({
    run: z.literal("alarms"),
    ...common,
    clients: names.describe("Groups that show the alarms of `on`"),
    mode: z.literal(["summary", "historical"]).default("summary"),
    direction: z
      .literal(["provider-connects", "client-connects"])
      .default("provider-connects")
      .describe("Who opens connections"),
    port: port.default(5413),
    areas: whole(1, 10_000).default(20).describe("Each comes over a connection of its own"),
    alarmsPerArea: whole(1, 10_000).default(5),
    query: duration.prefault(60).describe("A client asks so often"),
    showsAfter: duration.prefault(10).describe("It shows what has come after so long"),
  }),
] as const

export const applicationForm = z.discriminatedUnion("run", applicationForms)

export type ApplicationForm = z.output<typeof applicationForm>
export type ClientForm = Extract<ApplicationForm, { readonly threads?: unknown }>
export type RetryForm = ClientForm["retry"]
