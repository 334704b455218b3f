/**
 * The pool of bind(address, 0), shared by all destinations, is used up: programs that bind before they
 * connect, sockets bound and left, and every socket on macOS. Linux `inet_csk_find_open_port`.
 */
import { formatCount, formatMany } from "../../model/quantity.ts"
import { failuresOf } from "../attempt-groups.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"
import type { View } from "../view.ts"

export const localBindPorts: Hypothesis = {
  limit: "local-bind-ports",
  symptom: "no-port",
  wants: {
    what: "bound sockets that are not connected (ss --bound-inactive, netstat -q) beside all states",
    why: "they hold ports against every destination and no ordinary listing shows them",
  },
  weigh: (view) => {
    const { pool, now } = view
    const brief = new Brief()
    const failed = bindFailures(view)
    if (failed > 0) {
      const example = view.attempts.example.get("EADDRINUSE")
      brief.for(
        18,
        `${formatMany(failed, "call", "calls")} of bind failed with EADDRINUSE`,
        example?.at,
      )
    }
    if (pool === undefined || now === undefined) {
      return brief.isEmpty ? [] : [{ ...frame(0, 0), exhibits: brief.exhibits }]
    }
    const held = Math.max(...view.ledgers.map((ledger) => ledger.portsHeld))
    const bound = Math.max(...view.ledgers.map((ledger) => ledger.boundOnly))
    // One pool for both on Windows: ephemeral-ports speaks for it unless programs bind first.
    if (view.family === "windows" && bound <= 0.02 * pool.size && brief.isEmpty) return []
    const source = view.ledgerSources.at(-1)
    const says = `${formatCount(held)} of ${formatCount(pool.size)} ports are held over all destinations`
    if (held < 0.8 * pool.size) brief.against(held < 0.5 * pool.size ? 22 : 10, says, source)
    else if (isBindPoolDry(view) || pool.sharing === "host-wide") {
      brief.for(held >= 0.97 * pool.size ? 36 : 24, says, source)
    } else if (held >= 0.97 * pool.size) brief.for(16, says, source)
    if (bound > 0.02 * pool.size && held >= 0.8 * pool.size) {
      const text = `${formatCount(bound)} of them belong to sockets that are bound and not connected`
      brief.for(14, text, source)
    }
    const test = loopbackTest(view)
    if (test === "dry") {
      brief.for(12, "A connect to this machine's own loopback finds no port either", "own test")
    } else if (test === "free" && !brief.isEmpty) {
      brief.against(16, "A connect to this machine's own loopback still finds a port", "own test")
    }
    return [{ ...frame(held, pool.size), exhibits: brief.exhibits }]
  },
}

/** Whether the evidence shows that ports are taken against every destination, not one. */
export function isBindPoolDry(view: View): boolean {
  const { pool } = view
  if (pool === undefined || pool.sharing === "host-wide" || view.ledgers.length === 0) return false
  const held = Math.max(...view.ledgers.map((ledger) => ledger.portsHeld))
  if (held < 0.9 * pool.size) return false
  const test = loopbackTest(view)
  if (test !== "unknown") return test === "dry"
  const fullest = Math.max(...view.ledgers.map((ledger) => ledger.uses[0]?.held ?? 0))
  const bound = Math.max(...view.ledgers.map((ledger) => ledger.boundOnly))
  return fullest < 0.8 * pool.size || bound > 0.1 * pool.size || bindFailures(view) > 0
}

/** What the reading of this machine found when it tried its own loopback: see host/port-test.ts. */
function loopbackTest(view: View): "dry" | "free" | "unknown" {
  const test = view.counter("selftest.loopback-connect-no-port")
  if (test === undefined) return "unknown"
  return test.value > 0 ? "dry" : "free"
}

function bindFailures(view: View): number {
  const groups = view.attempts.groups.reduce(
    (sum, group) =>
      sum + ((group.failCalls.get("bind") ?? 0) > 0 ? failuresOf(group, "EADDRINUSE") : 0),
    0,
  )
  const example = view.attempts.example.get("EADDRINUSE")
  return Math.max(groups, example?.call === "bind" ? failuresOf(view.attempts, "EADDRINUSE") : 0)
}

function frame(
  held: number,
  size: number,
): {
  subject: string
  says: string
  capacity?: number
  used?: number
  heldBy?: string
} {
  const says = "The ports for bind(address, 0) are used up, for every destination at once"
  if (size === 0) return { subject: "every destination", says }
  return { subject: "every destination", says, capacity: size, used: held, heldBy: "bound sockets" }
}
