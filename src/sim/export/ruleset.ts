/**
 * Rules on new connections as `nft list ruleset` prints them, with the packets each has refused (nft(8); layout after
 * nftables src/rule.c). A minimum of 60 bytes stands for each packet: the SYNs they are.
 */
import type { BoxRecord, HostRecord } from "../engine/simulated-run.ts"
import type { ScenarioRule } from "../scenario/scenario.ts"

type Chain = "forward" | "output" | "input"

const synBytes = 60
/** More addresses than these are a set of their own, which is left out. */
const addressesMost = 16
const units = [
  ["second", 1],
  ["minute", 60],
  ["hour", 3600],
] as const

const keys: Readonly<Record<ScenarioRule["per"], string>> = {
  rule: "",
  source: "ip saddr",
  destination: "ip daddr",
  pair: "ip saddr . ip daddr",
}

const icmpNames: ReadonlyMap<number, string> = new Map([
  [0, "no-route"],
  [1, "host-unreachable"],
  [3, "port-unreachable"],
])

/** Lines of the listing; `packets` in place of what they have refused in all. */
export function ruleset(
  { rules = [] }: BoxRecord,
  chain: Chain,
  hosts: readonly HostRecord[],
  packets?: readonly number[],
): readonly string[] {
  if (rules.length === 0) return []
  const sets = rules.flatMap(({ rule }, index) =>
    rule.per === "rule" || rule.kind === "deny" ? [] : setOf(index, rule.per),
  )
  const lines = rules.map(({ rule, packets: all }, index) => {
    const count = packets?.[index] ?? all
    const parts = [
      ...placesOf(rule, hosts),
      ...portsOf(rule),
      "ct state new",
      ...boundOf(rule, index),
      `counter packets ${count} bytes ${count * synBytes}`,
      answerOf(rule),
    ]
    return `\t\t${parts.join(" ")}`
  })
  return [
    "table inet filter {",
    ...sets,
    `\tchain ${chain} {`,
    `\t\ttype filter hook ${chain} priority filter; policy accept;`,
    ...lines,
    "\t}",
    "}",
  ]
}

function setOf(index: number, per: ScenarioRule["per"]): readonly string[] {
  const type = per === "pair" ? "ipv4_addr . ipv4_addr" : "ipv4_addr"
  return [
    `\tset limited${index} {`,
    `\t\ttype ${type}`,
    "\t\tsize 65535",
    "\t\tflags dynamic",
    "\t}",
    "",
  ]
}

function placesOf(rule: ScenarioRule, hosts: readonly HostRecord[]): readonly string[] {
  const of = (word: string, groups: readonly string[]): readonly string[] => {
    const members = hosts.filter(({ name }) => groups.includes(name.replace(/\[\d+\]$/, "")))
    const addresses = members.map(({ address }) => address)
    const [only, ...more] = addresses
    if (only === undefined || addresses.length > addressesMost) return []
    const family = only.includes(":") ? "ip6" : "ip"
    return [`${family} ${word} ${more.length === 0 ? only : `{ ${addresses.join(", ")} }`}`]
  }
  return [...of("saddr", rule.from), ...of("daddr", rule.to)]
}

function portsOf({ ports }: ScenarioRule): readonly string[] {
  if (ports.length === 0) return []
  return [`tcp dport ${ports.length === 1 ? ports[0] : `{ ${ports.join(", ")} }`}`]
}

function boundOf(rule: ScenarioRule, index: number): readonly string[] {
  if (rule.kind === "deny") return []
  const bound = rule.kind === "count" ? `ct count over ${rule.over}` : rateOf(rule)
  const key = keys[rule.per]
  return [key === "" ? bound : `add @limited${index} { ${key} ${bound} }`]
}

/** "limit rate over 600/minute burst 5 packets", in the least unit that is whole. */
function rateOf({ over, perSec, burst }: ScenarioRule): string {
  const inUnit = units.map(([name, sec]) => [name, (over * sec) / perSec] as const)
  const [name, rate] = inUnit.find(([, each]) => Number.isInteger(each)) ?? ["hour", over]
  return `limit rate over ${Math.round(rate)}/${name} burst ${burst} packets`
}

function answerOf({ answer, icmpCode }: ScenarioRule): string {
  if (answer === "drop") return "drop"
  if (answer === "reset") return "reject with tcp reset"
  return `reject with icmpx ${icmpNames.get(icmpCode) ?? "admin-prohibited"}`
}
