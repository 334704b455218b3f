/** The part of a scenario file about machines, middleboxes and paths, as people write it. */
import { z } from "zod"
import { LIMIT_IDS } from "../../model/limit.ts"
import {
  countOrNone,
  duration,
  interval,
  isOn,
  names,
  part,
  port,
  ports,
  quota,
  rate,
  share,
  whole,
} from "./units.ts"

const machinesMost = 1_000_000

/** A name of a group or a box: no dots, for those part the keys of --set. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]*$/, "a name of letters, digits, - and _")
  .max(63, "a name of at most 63 characters")

const setting = z
  .union(
    [z.number(), z.string(), z.boolean(), z.array(z.number()).min(1).max(3)],
    "a number or a text",
  )
  .transform((value) => (Array.isArray(value) ? value.join(" ") : value === true ? 1 : value || 0))

/** A server program. */
const listener = z
  .strictObject({
    port: ports,
    backlog: whole(0, 1e6)
      .default(4096)
      .describe("As given to listen(); the system bounds it, Linux by net.core.somaxconn"),
    accepts: z
      .union([z.literal(["at-once", "never"]), rate], "at-once, never, or a rate such as 20/s")
      .default("at-once")
      .describe("Whether and how fast the program calls accept()"),
    workers: whole(1, 1e6).optional().describe("Requests served at once; not bounded if left out"),
    service: duration.prefault(0).describe("From a request to its answer"),
    answer: whole(0, 1e9).default(1000).describe("Bytes of an answer"),
    onClientClose: z
      .literal(["closes", "leaks"])
      .default("closes")
      .describe("leaks: it forgets to close, CLOSE-WAIT stays"),
    idle: duration.optional().describe("It closes a connection that has been idle for so long"),
    sessions: countOrNone.optional().describe("Sessions it admits, of all clients together"),
    sessionsPerClient: countOrNone.optional().describe("Sessions it admits of one client"),
    turnsAwayBy: z
      .literal(["error", "close", "reset"])
      .optional()
      .describe(
        "How it turns away those above: error (SMB) is the default on 445 and 139, else close",
      ),
    filtered: z
      .union([z.literal(["no", "silence", "reset"]), z.literal(false)], "no, silence or reset")
      .default("no")
      .describe("A filter in front of it on the same machine"),
  })
  .meta({ id: "listener", description: "A server program" })

const listen = z.union(
  [ports, listener, z.array(z.union([port, listener], "a port or a mapping with port")).max(1000)],
  "a port, a list of ports, or a mapping with port",
)

export const hostForm = z.strictObject({
  // YAML takes 2019 for a number.
  profile: z
    .union([z.string(), z.number().int()])
    .transform(String)
    .optional()
    .describe("A system of `fourtuple profiles`"),
  address: z.string().optional().describe("IPv4 or IPv6, of the first machine of the group"),
  count: whole(1, machinesMost).default(1).describe("Machines with consecutive addresses"),
  settings: z
    .record(z.string(), setting)
    .optional()
    .describe("Sysctls, registry values and INI keys by name"),
  descriptors: whole(1, 1e9).optional().describe("Open files of each program"),
  listen: listen.optional(),
  dead: part
    .optional()
    .describe("Machines of the group that are switched off: a share or a number"),
  deadAnswers: z
    .literal(["nothing", "host-unreachable"])
    .default("nothing")
    .describe("What a router says for a dead machine"),
})

const rule = z.strictObject({
  count: whole(0, 1e9).optional().describe("Connections at once; more are refused"),
  rate: quota.optional().describe("New connections in a time; more are refused"),
  deny: z
    .union([isOn, ports, z.literal("all")], "all, true, or ports")
    .optional()
    .describe("Every new connection (to those ports) is refused"),
  burst: whole(1, 1e9).default(5).describe("Of a rate, in packets"),
  per: z.literal(["rule", "source", "destination", "pair"]).default("rule"),
  ports: ports.optional().describe("Destination ports it is for; all where left out"),
  from: names.optional().describe("Groups it is for; all where left out"),
  to: names.optional(),
  answer: z.literal(["drop", "reset", "icmp"]).default("drop"),
  icmpCode: whole(0, 15).default(3).describe("1 host, 3 port, 13 administratively prohibited"),
})

const limits = z
  .partialRecord(
    z.enum(LIMIT_IDS),
    z.union([z.number().min(0), z.literal("none"), quota], "a number, a rate, or none"),
  )
  .optional()

const nat = z.strictObject({
  inside: names.describe("Groups whose addresses are translated"),
  address: z.string().optional().describe("The translated address"),
  addresses: z
    .union(
      [whole(1, 256), z.array(z.string()).min(1).max(256)],
      "a list of addresses, or how many from `address` on",
    )
    .optional(),
  ports: z
    .union(
      [whole(1, 65_535), z.string().regex(/^ *\d+ *- *\d+ *$/)],
      "a range such as 1024-65535, or a number of ports",
    )
    .optional(),
  portsMost: whole(1, 65_535).optional().describe("Ports of one machine may grow up to so many"),
  random: z
    .union([isOn, z.literal(["random", "fully-random"])], "true, false, random or fully-random")
    .transform((value) => value !== false)
    .default(false)
    .describe("random, fully-random of nftables"),
})

export const boxForm = z.strictObject({
  profile: z.string().optional().describe("A middlebox of `fourtuple profiles`"),
  at: z.string().optional().describe("The box is inside every machine of this group"),
  limits: limits.describe("In place of the profile's capacities"),
  customLimits: limits.describe("The same for the exceptions"),
  custom: names.optional().describe("Groups on the list of exceptions"),
  rules: z.array(rule).max(1000).optional(),
  nat: nat.optional(),
  flowsMax: whole(1, 1e9).optional().describe("Entries of its flow table"),
  timers: z.record(z.string(), duration).optional().describe("In place of the profile's, by name"),
  buckets: whole(1, 2 ** 26)
    .optional()
    .describe("Of its hash table (nf_conntrack_buckets)"),
  rateWindow: z.literal(["fixed", "sliding"]).optional().describe("Of a firewall's rate"),
  linger: duration.optional().describe("A connection still counts so long after its end"),
  dropsInvalid: isOn.optional().describe("What fits no flow is dropped"),
  loose: isOn.optional().describe("A flow may be taken up in its middle; true if left out"),
})

export const pathForm = z.strictObject({
  from: names.optional(),
  to: names.optional(),
  delay: duration.optional().describe("One way"),
  rtt: duration.optional().describe("Both ways: twice the delay"),
  jitter: duration.prefault(0).describe("Added evenly from 0 up to this, each way"),
  loss: share.prefault(0).describe("Of segments, each way"),
  through: names.optional().describe("Middleboxes, from `from` to `to`"),
  down: z
    .union(
      [interval, z.array(interval).max(1000)],
      "a range of times such as 10 s..20 s, its end last, or a list of them",
    )
    .transform((value) => [value].flat())
    .optional()
    .describe("When nothing passes"),
  unreachable: z
    .literal(["net", "host", "admin-prohibited"])
    .optional()
    .describe("A router answers every first SYN with ICMP"),
  mtu: whole(68, 65_535).optional().describe("Larger segments are lost in silence"),
})

export type HostForm = z.output<typeof hostForm>
export type ListenForm = z.output<typeof listen>
export type ListenerForm = z.output<typeof listener>
export type BoxForm = z.output<typeof boxForm>
export type RuleForm = z.output<typeof rule>
export type PathForm = z.output<typeof pathForm>
