/**
 * Cisco IOS and IOS XE: messages of its firewalls about embryonic connections and sessions, of its translator about
 * pools and entries, denials of access lists. Mnemonics and texts: Cisco IOS System Message Guide (FW, IPNAT, NAT, SEC);
 * for IOS XE, Zone-Based Policy Firewall high-speed logging and NAT messages.
 */
import type { Reader, Section, SectionContext } from "../reader.ts"
import { DeviceLog, dataOfGroups, FileMemory, memoryPerFile } from "./device-log.ts"

const lineLengthMax = 4096
const address = "\\d{1,3}(?:\\.\\d{1,3}){3}|[\\da-fA-F:]{3,45}"
const tag = /%(?:FW|IPNAT|NAT|SEC|IOSXE|FIREWALL|ZBFW|CGN|SBC)(?:_\w+)?-\d-([A-Z0-9_]+): ?/g

const memoryOf = memoryPerFile((file) => new FileMemory(file))

export const ciscoIosReader: Reader = {
  format: "cisco-ios",
  title: "Cisco IOS firewall and translator messages",
  words: ["%fw", "%ipnat", "%nat", "%sec", "%iosxe", "%zbfw", "%cgn", "%sbc", "%firewall"],
  sniff: (line) => (messageOf(line) === undefined ? 0 : 0.85),
  open: (context) => new IosSection(context).section(),
}

type Wording = { readonly id: string; readonly pattern: RegExp }

const wordings: readonly Wording[] = [
  {
    id: "host-half-open",
    pattern: new RegExp(
      `Max tcp half-open connections \\((?<limit>\\d+)\\) exceeded for host (?<to>${address})`,
      "i",
    ),
  },
  {
    id: "host-blocked",
    pattern: new RegExp(
      `Blocking new TCP connections to host (?<to>${address}) for (?<minutes>\\d+) minutes? \\(half-open count (?<limit>\\d+) exceeded`,
      "i",
    ),
  },
  {
    id: "host-unblocked",
    pattern: new RegExp(`New TCP connections to host (?<to>${address}) no longer blocked`, "i"),
  },
  {
    id: "half-open",
    pattern:
      /getting aggressive, count \((?<used>\d+)\/(?<limit>\d+)\) current 1-min rate: (?<rate>\d+)/i,
  },
  { id: "half-open-over", pattern: /calming down, count \((?<used>\d+)\/(?<limit>\d+)\)/i },
  {
    id: "session-limit",
    pattern:
      /(?:max(?:imum)? (?:number of )?sessions?|session (?:maximum|limit))\b.{0,60}?(?:(?<used>\d+)\/)?(?<limit>\d+)?.{0,40}\b(?:exceeded|reached)/i,
  },
  {
    id: "nat-pool",
    pattern: new RegExp(
      `(?:Address|Port) allocation failed(?: for (?<from>${address}))?[,;]? pool (?<pool>[\\w.-]+) (?:might|may) be exhausted`,
      "i",
    ),
  },
  {
    id: "nat-entries",
    pattern: /(?:default )?maximum (?:NAT )?entries(?: value)? (?<limit>\d+) (?:exceeded|reached)/i,
  },
  {
    id: "nat-entries",
    pattern:
      /max(?:imum)? (?:number of )?(?:NAT )?translations? \(?(?<limit>\d+)\)? (?:exceeded|reached)/i,
  },
]

/** "list 102 denied tcp 10.0.6.56(3067) -> 172.36.4.7(139), 1 packet" */
const listed = new RegExp(
  `^list (\\S{1,100}) (denied|permitted) tcp (${address})\\((\\d+)\\)(?: \\([^)]*\\))? -> (${address})\\((\\d+)\\), (\\d+) packets?`,
)
/** "Dropping tcp session 10.1.1.1:1000 10.2.2.2:80 on zone-pair in-out class c due to policy match failure" */
const dropped = new RegExp(
  `Dropping (?:TCP|tcp) (?:session|pkt|packet)(?: from \\S+)? (${address}):(\\d+)(?: =>| to)? (${address}):(\\d+)(?:\\(.*?\\))?.*? due to +(.{1,80}?)(?: with|$)`,
)

function messageOf(line: string): { readonly start: number; readonly text: string } | undefined {
  const percent = line.indexOf("%")
  if (percent < 0 || line.length > lineLengthMax) return undefined
  tag.lastIndex = percent
  const match = tag.exec(line)
  if (match === null) return undefined
  const text = line.slice(match.index + match[0].length, match.index + match[0].length + 600)
  const isKnown =
    wordings.some(({ pattern }) => pattern.test(text)) || listed.test(text) || dropped.test(text)
  return isKnown ? { start: match.index, text } : undefined
}

class IosSection {
  readonly #memory: FileMemory
  readonly #log: DeviceLog

  constructor(context: SectionContext) {
    this.#memory = memoryOf(context.file)
    this.#log = new DeviceLog(context, "ios", this.#memory)
  }

  section(): Section {
    return { line: (text) => this.#line(text) }
  }

  #line(line: string): boolean {
    const message = messageOf(line)
    if (message === undefined) return false
    const { text } = message
    this.#log.begin(this.#memory.frameOfHead(line.slice(0, message.start)))
    const list = listed.exec(text)
    if (list !== null) this.#listed(list)
    const drop = dropped.exec(text)
    if (drop !== null) this.#dropped(drop)
    for (const { id, pattern } of wordings) {
      const match = pattern.exec(text)
      if (match === null) continue
      this.#log.event(id, text, dataOfGroups(match, this.#memory.texts))
      break
    }
    return true
  }

  #listed([
    ,
    rule = "",
    verdict = "",
    from = "",
    fromPort,
    to = "",
    toPort,
    packets,
  ]: RegExpExecArray): void {
    const { texts } = this.#memory
    const source = texts.endpoint(from, fromPort)
    const target = texts.endpoint(to, toPort)
    if (source === undefined || target === undefined) return
    const isDenied = verdict === "denied"
    this.#log.row({
      action: verdict === "denied" ? "denied" : "permitted",
      ...(isDenied ? { did: "deny" as const } : {}),
      protocol: "tcp",
      from: source,
      to: target,
      rule: texts.word(rule),
      ...(Number(packets) > 1 ? { count: Number(packets) } : {}),
    })
  }

  #dropped([, from = "", fromPort, to = "", toPort, why = ""]: RegExpExecArray): void {
    const { texts } = this.#memory
    const source = texts.endpoint(from, fromPort)
    const target = texts.endpoint(to, toPort)
    if (source === undefined || target === undefined) return
    this.#log.row({
      action: "drop",
      did: "deny",
      protocol: "tcp",
      from: source,
      to: target,
      result: texts.word(why),
    })
  }
}
