/**
 * Security events of Cisco FTD, 430002 (a connection begins) and 430003 (it ends): "Name: value, Name: value". Fields:
 * Cisco Secure Firewall Threat Defense Syslog Messages, security event syslog messages.
 */
import type { OpenRow } from "./device-log.ts"
import { digits, type RowTexts } from "./row-texts.ts"

/** The row of one event; undefined when it is not of TCP. */
export function rowOfSecurityEvent(text: string, texts: RowTexts): OpenRow | undefined {
  const field = (name: string): string => fieldOf(text, name)
  if (field("Protocol").toLowerCase() !== "tcp") return undefined
  const from = texts.endpoint(field("SrcIP"), field("SrcPort"))
  const to = texts.endpoint(field("DstIP"), field("DstPort"))
  const action = field("AccessControlRuleAction")
  if (from === undefined || to === undefined || action === "") return undefined
  const isBlocked = action.startsWith("Block")
  const duration = digits(field("ConnectionDuration"))
  const isEnd = duration >= 0 && text.includes("ConnectionDuration")
  const mappedFrom = texts.endpoint(field("NAT_InitiatorIP"), field("NAT_InitiatorPort"))
  const mappedTo = texts.endpoint(field("NAT_ResponderIP"), field("NAT_ResponderPort"))
  const reason = field("AccessControlRuleReason")
  const rule = field("AccessControlRuleName")
  const number = field("ConnectionID")
  const instance = field("InstanceID")
  return {
    action: texts.word(action.toLowerCase()),
    did: isBlocked ? "deny" : isEnd ? "close" : "open",
    protocol: "tcp",
    from,
    to,
    ...(reason === "" || reason === "N/A" ? {} : { result: texts.word(reason) }),
    ...(rule === "" ? {} : { rule: texts.word(rule) }),
    // Numbers are unique only within one process of the sensor and one second.
    ...(number === ""
      ? {}
      : { connection: texts.word(`${instance}/${number}/${field("FirstPacketSecond")}`) }),
    ...(isEnd && !isBlocked ? { ms: duration * 1000 } : {}),
    ...(mappedFrom === undefined ? {} : { translatedFrom: mappedFrom }),
    ...(mappedTo === undefined ? {} : { translatedTo: mappedTo }),
  }
}

/** The text behind "Name: ", up to the next comma. */
function fieldOf(text: string, name: string): string {
  let at = text.indexOf(`${name}: `)
  while (at > 0 && text.charCodeAt(at - 1) !== 32) at = text.indexOf(`${name}: `, at + 1)
  if (at < 0) return ""
  const start = at + name.length + 2
  const comma = text.indexOf(",", start)
  return text.slice(start, comma < 0 ? text.length : comma).trim()
}
