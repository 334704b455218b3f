/**
 * The messages of Cisco ASA and its relatives that speak of a limit, by number: numbers and endpoints become the data of
 * an event of catalog/events-asa.ts. Wordings: Cisco Secure Firewall ASA Series Syslog Messages, and of old releases
 * Cisco Security Appliance System Log Messages 7.0.
 */
import { dataOfGroups, type EventData, type OpenRow } from "./device-log.ts"
import type { RowTexts } from "./row-texts.ts"

export type LimitMessage = {
  readonly id: string
  readonly data: EventData
  /** Where the message tells of a connection that was refused for it. */
  readonly denied?: OpenRow
}

const address = String.raw`[\w.:]+`
const source = String.raw`(?<from>[^\s/]+)\/(?<fromPort>\d+)`
const target = String.raw`(?<to>[^\s/]+)\/(?<toPort>\d+)`
const user = String.raw`(?:\s?\([^)]{0,80}\))?`
const exceeded = (word: string): RegExp =>
  new RegExp(
    String.raw`${word} (?<used>\d+)\/(?<limit>\d+) for (?<direction>\w+) packet from ${source}${user} to ${target}${user}(?: on interface (?<interface>\S+?)\.?$)?`,
    "i",
  )
const blocks = `from ${source}${user} to ${target}${user}`

type Wording = {
  readonly pattern: RegExp
  /** Whether a connection is refused at this message. */
  readonly isRefusal?: boolean
}

const wordings: Readonly<Record<string, readonly Wording[]>> = {
  "201002": [
    {
      pattern: new RegExp(
        String.raw`Too many (?:TCP )?connections on (?:static|xlate) (?<to>${address}?) ?!? ?(?<embryonicLimit>\d+)[ \/](?<limit>\d+)`,
        "i",
      ),
    },
  ],
  "201003": [
    {
      pattern: new RegExp(
        String.raw`Embryonic limit exceeded (?<used>\d+)\/(?<limit>\d+) for ${source} (?:to )?(?<to>${address})\s?(?:\((?<translated>${address})\)|(?<global>${address}))?\s?\/?(?<toPort>\d+)?.*? on interface (?<interface>\S+?)\.?$`,
        "i",
      ),
    },
  ],
  "201008": [{ pattern: /isallowing new connections/ }],
  "201009": [
    {
      pattern: new RegExp(
        String.raw`TCP connection limit of (?<limit>\d+) for host (?<to>${address}) on (?<interface>\S+) exceeded`,
        "i",
      ),
    },
  ],
  "201010": [{ pattern: exceeded("Embryonic connection limit exceeded"), isRefusal: true }],
  "201011": [{ pattern: exceeded("Connection limit exceeded"), isRefusal: true }],
  "202011": [{ pattern: exceeded("Connection limit exceeded"), isRefusal: true }],
  "201012": [
    { pattern: exceeded("Per-client embryonic connection limit exceeded(?: curr(?: num)?)?") },
  ],
  "201013": [
    {
      pattern: exceeded("Per-client connection limit exceeded(?: curr(?: num)?)?"),
      isRefusal: true,
    },
  ],
  "202001": [{ pattern: /Out of address translation slots/i }],
  "202010": [
    {
      pattern: new RegExp(
        String.raw`(?<kind>NAT\/PAT|NAT|PAT) pool exhausted(?: in pool ?'(?<pool>[^']{0,100})')?,?(?: IP (?<translated>${address}?))?(?:,? ?(?:port range )?(?<ports>\d+-\d+))?\.? +Unable to create (?:(?<protocol>\w+) )?connection(?: from ${source}${user} to ${target})?`,
        "i",
      ),
      isRefusal: true,
    },
  ],
  "209003": [
    {
      pattern: new RegExp(
        String.raw`Fragment database limit of (?<limit>\d+) exceeded: +src = (?<from>${address}) ?, dest = (?<to>${address}) ?, proto = (?<protocol>\w+)`,
        "i",
      ),
    },
  ],
  "209006": [
    {
      pattern: new RegExp(
        String.raw`Fragment queue threshold exceeded, dropped (?<protocol>\w+) fragment from ${source} to ${target}`,
        "i",
      ),
    },
  ],
  "302311": [
    {
      pattern: new RegExp(
        String.raw`Failed to create a new (?<protocol>\w+) connection ${blocks}`,
        "i",
      ),
      isRefusal: true,
    },
  ],
  "305005": [
    {
      pattern: new RegExp(
        String.raw`No translation group found for (?<protocol>\w+) src \S+?:\s?(?<from>${address})(?:\/(?<fromPort>\d+))?${user} dst \S+?:\s?(?<to>${address})(?:\s?\/(?<toPort>\d+))?`,
        "i",
      ),
      isRefusal: true,
    },
  ],
  "305006": [
    {
      pattern: new RegExp(
        String.raw`^(?<kind>[\w ]{1,40}?) translation creation failed for (?<protocol>\w+) src \S+?:(?<from>${address})(?:\/(?<fromPort>\d+))?${user} dst \S+?:(?<to>${address})(?:\/(?<toPort>\d+))?`,
        "i",
      ),
      isRefusal: true,
    },
  ],
  "305016": [
    {
      pattern: new RegExp(
        String.raw`Unable to create (?<protocol>\w+) connection ${blocks} due to reaching per-host PAT port block limit of (?<limit>\d+)`,
        "i",
      ),
      isRefusal: true,
    },
    {
      pattern: new RegExp(
        String.raw`Unable to create (?<protocol>\w+) connection ${blocks} due to port block exhaustion in PAT pool '?(?<pool>[^' ]{0,100})'?(?: IP (?<translated>${address}?)\.?$)?`,
        "i",
      ),
      isRefusal: true,
    },
    {
      pattern: new RegExp(
        String.raw`Port blocks exhausted in PAT pool '(?<pool>[^']{0,100})' IP (?<translated>${address}?)\. `,
        "i",
      ),
    },
  ],
  "305021": [
    {
      pattern: new RegExp(
        String.raw`Ports exhausted in pre-allocated PAT pool IP (?<translated>${address}) for host (?<from>${address}?)\. `,
        "i",
      ),
    },
  ],
  "305023": [
    {
      pattern: new RegExp(
        String.raw`Unable to create (?<protocol>\w+) connection ${blocks} due to IP port block exhaustion in PAT pool '?(?<pool>[^' ]{0,100})'?`,
        "i",
      ),
      isRefusal: true,
    },
  ],
  "321001": [
    {
      pattern:
        /Resource '?(?<resource>[\w -]{1,40}?)'? limit of (?<limit>\d+) reached(?: for (?:context )?'?(?<context>[\w.-]+)'?)?/i,
    },
  ],
  "321002": [
    {
      pattern:
        /Resource '?(?<resource>[\w -]{1,40}?)'? rate limit of (?<limit>\d+) reached(?: for (?:context )?'?(?<context>[\w.-]+)'?)?/i,
    },
  ],
  "321003": [
    {
      pattern:
        /Resource '?(?<resource>[\w -]{1,40}?)'? log level of (?<limit>\d+) reached(?: for (?:context )?'?(?<context>[\w.-]+)'?)?/i,
    },
  ],
  "321004": [
    {
      pattern:
        /Resource '?(?<resource>[\w -]{1,40}?)'? rate log level of (?<limit>\d+) reached(?: for (?:context )?'?(?<context>[\w.-]+)'?)?/i,
    },
  ],
  "401004": [
    {
      pattern: new RegExp(
        String.raw`Shunned packet: (?<from>${address}) ==> (?<to>${address}) on interface (?<interface>\S+)`,
        "i",
      ),
    },
  ],
  "407001": [
    {
      pattern: new RegExp(
        String.raw`Deny traffic for local-host (?<interface>[^\s:]+):(?<from>${address}?) ?, license limit of (?<limit>\d+) exceeded`,
        "i",
      ),
    },
  ],
  "407002": [
    {
      pattern: new RegExp(
        String.raw`Embryonic limit (?:for through connections exceeded )?(?<used>\d+)\/(?<limit>\d+) (?:for through connections exceeded)?\.? ?${source} to (?<translated>${address})\s?(?:\((?<to>${address})\))?\/(?<toPort>\d+)`,
        "i",
      ),
    },
  ],
  "419001": [
    {
      pattern: new RegExp(
        String.raw`Dropping TCP packet from ${source} to ${target}, reason: MSS exceeded, MSS (?:size )?(?<limit>\d+), data (?:size )?(?<used>\d+)`,
        "i",
      ),
    },
  ],
  "419002": [
    {
      pattern: new RegExp(
        `Duplicate TCP SYN from ${source}${user} to ${target}${user} with different initial`,
        "i",
      ),
    },
  ],
  "450001": [
    {
      pattern: new RegExp(
        String.raw`Deny traffic for protocol (?<protocol>\d+) src \S+?:(?<from>${address})\/(?<fromPort>\d+) dst \S+?:(?<to>${address})\/(?<toPort>\d+), licensed host limit of (?<limit>\d+) exceeded`,
        "i",
      ),
      isRefusal: true,
    },
  ],
  "710004": [
    {
      pattern: new RegExp(
        String.raw`TCP connection limit exceeded from ${source} to \S+?:(?<to>${address})\/(?<toPort>\w+)(?: \(current connections\/connection limit = (?<used>\d+)\/(?<limit>\d+)\))?`,
        "i",
      ),
    },
  ],
  "733100": [
    {
      pattern:
        /\[ ?(?<object>[^\]]{1,60}?) ?\] drop rate[- ](?<rate>\d+) exceeded\. Current burst rate is (?<burst>\d+) per second(?:, ?|_)max configured rate is (?<burstLimit>\d+); Current average rate is (?<average>\d+) per second(?:, ?|_)max configured rate is (?<averageLimit>\d+); Cumulative total count is (?<total>\d+)/i,
    },
  ],
  "733101": [
    {
      pattern: new RegExp(
        String.raw`(?:Host|Subnet) (?:(?<from>${address}) is attacking|(?<to>${address}) is targeted)\. Current burst rate is (?<burst>\d+) per second.*?Current average rate is (?<average>\d+) per second.*?Cumulative total count is (?<total>\d+)`,
        "i",
      ),
    },
  ],
  "733102": [
    {
      pattern: new RegExp(`Threat-detection adds? host (?<from>${address}) to shun list`, "i"),
    },
  ],
  "733103": [
    {
      pattern: new RegExp(`Threat-detection removes? host (?<from>${address}) from shun list`, "i"),
    },
  ],
  "733104": [
    {
      pattern: new RegExp(
        String.raw`SYN flood attack detected to (?<to>${address})\/(?<toPort>\d+).*? Average rate of (?<used>\d+) SYNs\/sec exceeded the threshold of (?<limit>\d+)`,
        "i",
      ),
    },
  ],
  "733105": [
    {
      pattern: new RegExp(
        String.raw`SYN flood attack detected to (?<to>${address})\/(?<toPort>\d+).*? Burst rate of (?<used>\d+) SYNs\/sec exceeded the threshold of (?<limit>\d+)`,
        "i",
      ),
    },
  ],
}

/** Objects of 733100 whose drops have a cause of their own. */
const watched: Readonly<Record<string, string>> = {
  "conn limit": "733100 conn-limit",
  "rate limit": "733100 rate-limit",
  "syn attck": "733100 syn-attack",
  "syn attack": "733100 syn-attack",
  "acl drop": "733100 acl-drop",
  interface: "733100 interface",
}

/** The event a message stands for; undefined when it speaks of no limit. */
export function limitMessageOf(
  number: string,
  text: string,
  texts: RowTexts,
): LimitMessage | undefined {
  for (const { pattern, isRefusal } of wordings[number] ?? []) {
    const match = pattern.exec(text)
    if (match === null) continue
    const data = dataOfGroups(match, texts)
    // Only TCP is this program's subject.
    if (/^(?:udp|icmp|17|1)$/i.test(String(data["protocol"] ?? ""))) return undefined
    const id = idOf(number, data)
    const refused = isRefusal === true ? refusedRow(number, data, texts) : undefined
    return { id, data, ...(refused === undefined ? {} : { denied: refused }) }
  }
  return undefined
}

function idOf(number: string, data: EventData): string {
  if (number === "733100") return watched[String(data["object"]).toLowerCase()] ?? number
  const isTranslation = /^xlates?$/i.test(String(data["resource"]))
  return number === "321001" && isTranslation ? "321001 xlates" : number
}

function refusedRow(number: string, data: EventData, texts: RowTexts): OpenRow | undefined {
  const endOf = (name: "from" | "to") => {
    const port = data[`${name}Port`]
    return texts.endpoint(String(data[name] ?? ""), typeof port === "number" ? port : undefined)
  }
  const from = endOf("from")
  const to = endOf("to")
  if (from === undefined || to === undefined) return undefined
  return { action: "deny", did: "deny", protocol: "tcp", result: number, from, to }
}
