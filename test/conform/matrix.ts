/**
 * The model of Linux against the live kernel over a matrix: every state, flags, sequence numbers at the edges of the
 * window, acknowledgments around SND.UNA and SND.NXT, timestamps, calls, ICMP errors. Each case's expectation is what the
 * model does; a difference is for whoever mends the model.
 *
 *     sudo node test/conform/matrix.ts [WORD]      only cases whose name has that word; all take a few minutes
 */
import { parseCases } from "../../src/sim/conform/case.ts"
import type { Values } from "../../src/sim/conform/expression.ts"
import type { SentSegment } from "../../src/sim/conform/outcome.ts"
import { play } from "../../src/sim/conform/play.ts"
import { subjectOf } from "../../src/sim/conform/profiles.ts"
import { checkLive, whyNoLive } from "./live/check.ts"

type Given = {
  readonly state: string
  readonly role: string | null
  readonly [key: string]: unknown
}
type Step = { readonly [key: string]: unknown }
type MatrixCase = { readonly id: string; readonly given: Given; readonly steps: readonly Step[] }

const flagSets = ["R", "RA", "S", "SA", "A", "F", "FA", "", "SF", "SRA"]
const sequences = [
  "RCV.NXT-100",
  "RCV.NXT-1",
  "RCV.NXT",
  "RCV.NXT+RCV.WND-1",
  "RCV.NXT+RCV.WND",
  "RCV.NXT+RCV.WND+1",
]
const acknowledgments = ["SND.NXT", "SND.UNA", "SND.NXT+1", "SND.UNA-1", "SND.UNA-100000"]
const closed = ["FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "LAST-ACK", "TIME-WAIT"]
const synchronized: readonly Given[] = [
  { state: "SYN-RECEIVED", role: "passive" },
  { state: "SYN-RECEIVED", role: "active" },
  { state: "ESTABLISHED", role: "passive" },
  { state: "ESTABLISHED", role: "active" },
  { state: "CLOSE-WAIT", role: "passive" },
  { state: "CLOSE-WAIT", role: "active" },
  ...closed.flatMap((state) =>
    ["close", "shutdown_wr"].map((close) => ({ state, role: "passive", close })),
  ),
]
const opening: readonly Given[] = [
  { state: "CLOSED", role: null },
  { state: "LISTEN", role: "passive" },
  { state: "SYN-SENT", role: "active" },
]

const cases: readonly MatrixCase[] = [
  ...opening.flatMap(openingCases),
  ...synchronized.flatMap(edgeCases),
  ...synchronized.flatMap(stampCases),
  ...synchronized.flatMap(callCases),
  ...synchronized.filter(({ close }) => close === undefined).flatMap(icmpCases),
]

function nameOf({ state, role, close }: Given): string {
  return [state, role, close].filter(Boolean).join(" ")
}

function lengthsOf(flags: string): readonly number[] {
  return /^(A|FA|R|RA)$/.test(flags) ? [0, 10] : [0]
}

function segmentCase(given: Given, step: Step): MatrixCase {
  return { id: `${nameOf(given)}: ${JSON.stringify(step)}`, given, steps: [step] }
}

/** Before there is a connection sequence numbers are the peer's own. */
function openingCases(given: Given): readonly MatrixCase[] {
  const isSent = given.state === "SYN-SENT"
  const acks = isSent ? ["ISS-1", "ISS", "ISS+1", "ISS+2"] : [5000]
  return flagSets.flatMap((flags) =>
    [0, 10].flatMap((len) =>
      (flags.includes("A") ? acks : [undefined]).map((ack) =>
        segmentCase(given, { flags, seq: 700, len, ...(ack === undefined ? {} : { ack }) }),
      ),
    ),
  )
}

function edgeCases(given: Given): readonly MatrixCase[] {
  return flagSets.flatMap((flags) =>
    sequences.flatMap((seq) =>
      lengthsOf(flags).flatMap((len) =>
        (flags.includes("A") ? acknowledgments : [undefined]).map((ack) =>
          segmentCase(given, { flags, seq, len, ...(ack === undefined ? {} : { ack }) }),
        ),
      ),
    ),
  )
}

function stampCases(given: Given): readonly MatrixCase[] {
  const stamped = { ...given, timestamps: true, ts_recent: 1000 }
  return ["S", "A", "FA", "R", "RA", "SA"].flatMap((flags) =>
    [undefined, 500, 998, 1000, 1001].flatMap((tsval) =>
      ["RCV.NXT", "RCV.NXT-1", "RCV.NXT+10"].flatMap((seq) =>
        lengthsOf(flags).map((len) => {
          const ack = flags.includes("A") ? { ack: "SND.NXT" } : {}
          return segmentCase(stamped, {
            flags,
            seq,
            len,
            ...ack,
            ...(tsval === undefined ? {} : { tsval }),
          })
        }),
      ),
    ),
  )
}

/** A call, and then text of the peer. Not on a socket that the program has let go. */
function callCases(given: Given): readonly MatrixCase[] {
  if (given["close"] === "close") return []
  if (given.state === "SYN-RECEIVED" && given.role === "passive") return []
  return ["ABORT", "CLOSE", "SHUTDOWN_RD", "SHUTDOWN_WR"].flatMap((call) =>
    (given.state === "SYN-RECEIVED" ? [0] : [0, 10]).map((unread) => ({
      id: `${nameOf(given)}: ${call} with ${unread} unread`,
      given: unread === 0 ? given : { ...given, unread },
      steps: [{ call }, { flags: "A", seq: "RCV.NXT", ack: "SND.NXT", len: 5 }],
    })),
  )
}

function icmpCases(given: Given): readonly MatrixCase[] {
  const errors = ["admin-prohibited", "host-unreachable", "net-unreachable", "port-unreachable"]
  return errors.flatMap((icmp) =>
    ["SND.UNA", "SND.UNA-1", "SND.NXT+5"].map((about) =>
      segmentCase(given, { icmp, about_seq: about }),
    ),
  )
}

const rules = subjectOf("linux").rules

/** The case with what the model does as its expectation. */
function withExpectation({ id, given, steps }: MatrixCase): unknown {
  const bare = { id, title: "", given, segments_in: steps, expect: {}, profile: ["linux"] }
  const [parsed] = parseCases([bare])
  if (parsed === undefined || "refusal" in parsed) throw new Error(`Cannot use case ${id}`)
  const outcome = play(rules, parsed)
  const isFresh = opening.includes(given)
  const expect = {
    state: outcome.state,
    app_error: outcome.errors[0]?.names[1] ?? null,
    segments_out: outcome.sent.map((sent) => segmentOf(sent, outcome.values, isFresh)),
  }
  return { ...bare, expect }
}

function segmentOf(sent: SentSegment, values: Values, isFresh: boolean): unknown {
  const { flags, seq, ack, len } = sent
  // A second connection of the four-tuple has an ISS of its own.
  const isNew = flags.includes("S") && !isFresh && seq !== values.ISS
  return {
    flags,
    seq: isNew ? "*" : symbolOf(seq, values, isFresh),
    ...(flags.includes("A") ? { ack: isNew ? "*" : symbolOf(ack, values, isFresh) } : {}),
    len,
  }
}

/** By a symbol that is near, so that the kernel's own numbers can be compared. */
function symbolOf(number: number, values: Values, isFresh: boolean): string | number {
  const names = isFresh ? (["ISS"] as const) : (["SND.NXT", "RCV.NXT", "SND.UNA", "ISS"] as const)
  const window = values["RCV.WND"] ?? 0
  for (const name of names) {
    const distance = (number - (values[name] ?? 0)) | 0
    if (values[name] === undefined || Math.abs(distance) > 200_000) continue
    // What depends on the window says so: the kernel offers another one.
    const isOfWindow = name === "RCV.NXT" && distance > window / 2
    return isOfWindow
      ? `${name}+RCV.WND+${distance - window}`.replace("+-", "-")
      : `${name}+${distance}`.replace("+-", "-")
  }
  return number >>> 0
}

const why = whyNoLive()
if (why !== undefined) {
  console.error(`Cannot play cases on the live kernel: ${why}`)
  process.exitCode = 2
} else {
  const word = process.argv[2] ?? ""
  const chosen = cases.filter(({ id }) => id.includes(word)).map(withExpectation)
  const results = await checkLive(chosen, { isAll: true })
  const differing = results.filter(({ standing }) => standing === "differs")
  for (const { id, differences } of differing) {
    console.log(id)
    for (const { what, expected, seen } of differences) {
      console.log(`  ${what}\n    model   ${expected}\n    kernel  ${seen}`)
    }
  }
  console.log(`${results.length - differing.length} agree, ${differing.length} differ`)
  if (differing.length > 0) process.exitCode = 1
}
