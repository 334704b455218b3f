/**
 * Runs in a network namespace of its own: plays the cases that come on standard input on the live kernel, all at once,
 * each with its pair of ports, and prints what was seen. `unshare --net node worker.ts` starts it.
 */
import { readFileSync } from "node:fs"
import { parseCases } from "../../../src/sim/conform/case.ts"
import type { Outcome } from "../../../src/sim/conform/outcome.ts"
import { Peer, prepareNetwork } from "./device.ts"
import { LivePlay } from "./play-live.ts"

export type Order = {
  readonly sysctls: { readonly [name: string]: string }
  readonly cases: readonly unknown[]
}

export type LiveAnswer = { readonly outcome: Outcome } | { readonly failure: string }

const order = JSON.parse(readFileSync(0, "utf8")) as Order
prepareNetwork(order.sysctls)
const peer = new Peer()
const cases = parseCases({ cases: order.cases })
const answers = await Promise.all(
  cases.map(async (each, index): Promise<LiveAnswer> => {
    if ("refusal" in each) return { failure: each.refusal }
    try {
      return {
        outcome: await new LivePlay(peer, each, 20_000 + 10 * index, 40_000 + 100 * index).run(),
      }
    } catch (error) {
      return { failure: error instanceof Error ? error.message : String(error) }
    }
  }),
)
process.stdout.write(JSON.stringify(answers))
