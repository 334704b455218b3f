/** The middleboxes of a scenario as machines: their options from what it says, their logs into the recording. */

import type { LimitId, Place } from "../../model/limit.ts"
import { DROP, ICMP, type Middlebox, type MiddleboxSink, RESET } from "../middlebox/middlebox.ts"
import { type MiddleboxOptions, middleboxOf } from "../middlebox/middlebox-of.ts"
import type { Rule } from "../middlebox/rules.ts"
import type { ScenarioBox, ScenarioRule } from "../scenario/scenario.ts"
import { second } from "../second.ts"
import type { BoxRow } from "./simulated-run.ts"

const rowsMost = 1_000_000

/** Numbers of machines and addresses by name. */
export type Directory = {
  /** Whether the address is of a machine of one of these groups. */
  readonly isOf: (address: number, groups: readonly string[]) => boolean
  /** The number of an address no machine has. */
  readonly numberOf: (address: string) => number
  readonly textOf: (address: number) => string
}

export class BoxLog {
  readonly rows: BoxRow[] = []
  isCut = false

  add(row: BoxRow): void {
    if (this.rows.length < rowsMost) this.rows.push(row)
    else this.isCut = true
  }
}

const verdicts = { drop: DROP, reset: RESET, icmp: ICMP } as const

/** A refusal where the scenario asks for a box that cannot be simulated. */
export function boxOf(
  setting: ScenarioBox,
  directory: Directory,
  seed: number,
  sink: MiddleboxSink,
): Middlebox | undefined {
  return middleboxOf(setting.profile, optionsOf(setting, directory, seed), sink)
}

function optionsOf(setting: ScenarioBox, directory: Directory, seed: number): MiddleboxOptions {
  const { nat, timersSec, flowsMax } = setting
  const isInside = (address: number): boolean => directory.isOf(address, nat?.inside ?? [])
  const addresses = nat?.addresses.map(directory.numberOf) ?? []
  const timer = (name: string): number | undefined => timersSec[name]
  const idleSec = timer("idle")
  const unansweredSec = timer("unanswered")
  return {
    isa: {
      isCustom: (address) => directory.isOf(address, setting.custom),
      limits: setting.limits,
      customLimits: setting.customLimits,
      rateWindow: setting.rateWindow,
      ...(idleSec === undefined ? {} : { idleSec }),
      ...(unansweredSec === undefined ? {} : { unansweredSec }),
      lingerSec: setting.lingerSec,
    },
    conntrack: {
      timersSec,
      ...(flowsMax === undefined ? {} : { max: flowsMax }),
      ...(setting.buckets === undefined ? {} : { buckets: setting.buckets }),
      rules: setting.rules.map((rule) => ruleOf(rule, directory)),
      ...(nat === undefined
        ? {}
        : {
            nat: {
              addresses,
              isInside,
              isRandom: nat.isRandom,
              ...(nat.ports === undefined ? {} : { range: nat.ports }),
            },
          }),
      dropsInvalid: setting.dropsInvalid,
      isLoose: setting.isLoose,
      seed,
    },
    ...(nat === undefined
      ? {}
      : {
          nat: {
            addresses,
            isInside,
            timersSec,
            ...(nat.portsOfOne === undefined ? {} : { ports: nat.portsOfOne }),
            ...(nat.portsMost === undefined ? {} : { portsMost: nat.portsMost }),
            seed,
          },
        }),
  }
}

function ruleOf(rule: ScenarioRule, directory: Directory): Rule {
  const isEverywhere = rule.from.length === 0 && rule.to.length === 0
  return {
    kind: rule.kind === "rate" ? "rate" : "count",
    per: rule.per,
    over: rule.kind === "deny" ? 0 : rule.over,
    unitSec: rule.perSec,
    burst: rule.burst,
    verdict: verdicts[rule.answer],
    icmpCode: rule.icmpCode,
    ...(rule.ports.length === 0 ? {} : { ports: rule.ports }),
    ...(isEverywhere
      ? {}
      : {
          matches: (from, to) =>
            (rule.from.length === 0 || directory.isOf(from, rule.from)) &&
            (rule.to.length === 0 || directory.isOf(to, rule.to)),
        }),
  }
}

/** Where the box tells what it does. */
export function sinkOf(
  log: BoxLog,
  directory: Directory,
  told: {
    readonly alert: (time: number, id: number, from: string) => void
    readonly forge: (from: number, fromPort: number, to: number, toPort: number) => void
  },
): MiddleboxSink {
  const { textOf } = directory
  return {
    row: (time, action, code, from, fromPort, to, toPort, started) => {
      log.add({
        timeSec: time / second,
        action,
        code,
        from: textOf(from),
        fromPort,
        to: textOf(to),
        toPort,
        startedSec: started / second,
      })
    },
    alert: (time, id, from) => told.alert(time, id, textOf(from)),
    reset: (_time, from, fromPort, to, toPort) => told.forge(from, fromPort, to, toPort),
  }
}

const ofTheMachine: Readonly<Partial<Record<LimitId, LimitId>>> = {
  "path-conntrack": "local-conntrack",
  "firewall-concurrent": "local-firewall",
  "firewall-rate": "local-firewall",
  "firewall-policy": "local-firewall",
}

/** The limit that a pool of a box is, on a path or in a machine. */
export function limitOf(
  limit: LimitId,
  capacity: number,
  isLocal: boolean,
): { readonly limit: LimitId; readonly place: Place } {
  // A count of none is a rule that forbids.
  const named = limit === "firewall-concurrent" && capacity === 0 ? "firewall-policy" : limit
  if (!isLocal) return { limit: named, place: "path" }
  return { limit: ofTheMachine[named] ?? named, place: "client" }
}
