/**
 * Counts of Cisco ASA's command line: `show conn count`, `show xlate count`, `show local-host`, `show resource usage`,
 * `show asp drop`. Forms: Cisco Secure Firewall ASA Series Command Reference, S commands.
 */
import type { CounterObservation, SettingObservation } from "../../model/observation.ts"
import { copyOf } from "../endpoint-texts.ts"
import type { Reader, Section, SectionContext } from "../reader.ts"

const lineLengthMax = 400

function counter(context: SectionContext, name: string, value: number, of?: string): void {
  const observation: CounterObservation = {
    kind: "counter",
    at: context.here(),
    name,
    value,
    ...(of === undefined ? {} : { of }),
  }
  context.emit(observation)
}

function setting(context: SectionContext, name: string, value: number, of?: string): void {
  const observation: SettingObservation = {
    kind: "setting",
    at: context.here(),
    name,
    value,
    ...(of === undefined ? {} : { of }),
  }
  context.emit(observation)
}

const inUse = /^(\d{1,12}) in use, (\d{1,12}) most used/
const command = /(?:^|[#>] ?)sh(?:ow)? (conn|xlate)\b/

export const asaCountReader: Reader = {
  format: "cisco-asa-count",
  title: "Cisco ASA show conn count or show xlate count",
  words: ["in use, ", "sh conn", "show conn", "sh xlate", "show xlate"],
  sniff: (line, ahead, file) => {
    if (line.length > lineLengthMax) return 0
    if (command.test(line)) return ahead.slice(0, 3).some((next) => inUse.test(next)) ? 0.9 : 0
    return inUse.test(line) && kindOf(line, ahead, file.name) !== undefined ? 0.85 : 0
  },
  open: (context) => countSection(context),
}

/** What "in use" counts, where no command says it: by the rows that follow, or by the file's name. */
function kindOf(
  line: string,
  ahead: readonly string[],
  fileName: string,
): "conn" | "xlate" | undefined {
  if (/xlate/.test(fileName)) return "xlate"
  if (/conn/.test(fileName)) return "conn"
  const next = [line, ...ahead].join("\n")
  if (/^(?:TCP|UDP|ICMP) \S+ {1,2}[\d.:a-f]+[:/]\d+ \S+ {1,2}[\d.:a-f]+/m.test(next)) return "conn"
  return /^(?:TCP|UDP|ICMP)? ?(?:PAT|NAT) from /m.test(next) ? "xlate" : undefined
}

function countSection(context: SectionContext): Section {
  let kind: "conn" | "xlate" | undefined
  return {
    line: (text) => {
      if (text.length > lineLengthMax) return false
      const asked = command.exec(text)?.[1]
      if (asked !== undefined) {
        kind = asked === "xlate" ? "xlate" : "conn"
        return true
      }
      const match = inUse.exec(text)
      if (match === null) return /^(?:Inspect Snort|\tpreserve-connection|\s+preserve)/.test(text)
      const name =
        (kind ?? kindOf(text, [], context.file.name) ?? "conn") === "conn"
          ? "connections"
          : "translations"
      counter(context, `asa.${name}`, Number(match[1]))
      counter(context, `asa.${name}.peak`, Number(match[2]))
      return true
    },
  }
}

export const asaLocalHostReader: Reader = {
  format: "cisco-asa-local-host",
  title: "Cisco ASA show local-host",
  words: ["local host: <", "interface "],
  inLogs: false,
  sniff: (line) =>
    /^(?:Detected )?[Ii]nterface .*: \d+ active, \d+ maximum active|^local host: </.test(line)
      ? 0.9
      : 0,
  open: (context) => localHostSection(context),
}

/** "local host: <10.1.1.5>," then "    TCP flow count/limit = 160/160". */
function localHostSection(context: SectionContext): Section {
  let host: string | undefined
  return {
    line: (text) => {
      if (text.length > lineLengthMax) return false
      const named = /^local host: <([\w.:]{1,64})>/.exec(text)
      if (named !== null) {
        host = copyOf(named[1] ?? "")
        return true
      }
      const flow =
        /^\s+TCP (flow count|embryonic count(?: to host)?)(?:\/limit)? = (\d{1,12})(?:\/(\w{1,12}))?/.exec(
          text,
        )
      if (flow !== null && host !== undefined) {
        const name = flow[1] === "flow count" ? "asa.host.tcp" : "asa.host.embryonic"
        counter(context, name, Number(flow[2]), host)
        // "unlimited" is no number.
        if (/^\d+$/.test(flow[3] ?? "")) setting(context, `${name}.limit`, Number(flow[3]), host)
        return true
      }
      return /^(?:\s+\S|[Ii]nterface |Detected interface )/.test(text) || text === ""
    },
  }
}

export const asaResourceReader: Reader = {
  format: "cisco-asa-resource",
  title: "Cisco ASA show resource usage",
  words: ["resource"],
  inLogs: false,
  begins: "R",
  sniff: (line) => (/^Resource +Current +Peak +Limit +Denied/.test(line) ? 0.95 : 0),
  open: (context) => ({ line: (text) => resourceRow(text, context) }),
}

/** "Conns [rate]   210   400   1000   12 customer-a" */
function resourceRow(text: string, context: SectionContext): boolean {
  if (text.length > lineLengthMax) return false
  if (/^Resource +Current/.test(text) || text === "") return true
  const match =
    /^([A-Z][\w -]{1,24}?)( \[rate\])? {2,}(\d{1,12}) +(\d{1,12}) +(\S{1,14}) +(\d{1,12})(?: +(\S{1,64}))?/.exec(
      text,
    )
  if (match === null) return false
  const [, resource = "", rate, current, , limit = "", refused, owner] = match
  const name = `asa.resource.${resource.trim().toLowerCase().replace(/\W+/g, "-")}${rate === undefined ? "" : "-rate"}`
  const of = owner === undefined || owner === "System" ? undefined : copyOf(owner)
  counter(context, name, Number(current), of)
  counter(context, `${name}.denied`, Number(refused), of)
  // "N/A", "unlimited" and a limit of the system behind "(U)" are no bound.
  if (/^\d+$/.test(limit)) setting(context, `${name}.limit`, Number(limit), of)
  return true
}

export const asaDropReader: Reader = {
  format: "cisco-asa-asp-drop",
  title: "Cisco ASA show asp drop",
  words: ["drop:"],
  inLogs: false,
  sniff: (line, ahead) =>
    /^(?:Frame|Flow) drop:$/.test(line) && ahead.slice(0, 2).some((next) => dropRow.test(next))
      ? 0.95
      : 0,
  open: (context) => ({
    line: (text) => {
      if (text.length > lineLengthMax) return false
      const match = dropRow.exec(text)
      if (match === null) return /^(?:Frame|Flow) drop:$|^Last clearing:|^$/.test(text)
      counter(context, `asa.asp.${copyOf(match[1] ?? "")}`, Number(match[2]))
      return true
    },
  }),
}

/** "  Connection limit reached (conn-limit)                     62403" */
const dropRow = /^ {2}\S.{0,90}? \(([a-z][\w-]{1,60})\) +(\d{1,18})$/
