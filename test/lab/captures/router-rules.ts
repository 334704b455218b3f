/**
 * The rulesets of one scenario: the router's quota with a log row for every packet it refuses, the address
 * translation, the server's dead and refused targets, the client's SYN timing. nft(8); `log group` hands the
 * packet to NFLOG, which tcpdump reads as interface "nflog:5".
 */
import type { Obstacle, Scenario, SynSchedule, Verdict } from "./scenario.ts"

/** NFLOG group of the router's refusals. */
export const refusedGroup = 5
export const sweepPort = 445

const verdicts: Readonly<Record<Verdict, string>> = {
  drop: "drop",
  reset: "reject with tcp reset",
  icmp: "reject with icmp type admin-prohibited",
}

const syn = `ct direction original tcp flags & (syn|ack) == syn tcp dport ${sweepPort}`

/** IPv4 and TCP header of this kernel's SYN, without timestamps and with: a quota counts bytes. */
const synBytes = (schedule: SynSchedule): number => (schedule === "windows" ? 52 : 60)

/** What the router refuses, as one nft table. */
export function routerRules(scenario: Scenario, outside: string): string {
  const { obstacle, nat, synSchedule } = scenario
  const log = `log prefix "flood mitigation: " group ${refusedGroup} snaplen 96 queue-threshold 1`
  const verdict = verdicts["verdict" in obstacle ? obstacle.verdict : "drop"]
  const mitigation = `table inet mitigation {
${obstacleSets(obstacle)}
chain refuse { ${log} ${verdict}; }
chain forward { type filter hook forward priority 0; policy accept;
${obstacleRule(obstacle, synBytes(synSchedule))}
}
}`
  // Connection tracking runs only where a rule asks for it.
  const track = `table inet track {
chain forward { type filter hook forward priority 10; policy accept;
ct state new counter
}
}`
  const translate = `table ip translate {
chain post { type nat hook postrouting priority 100; policy accept;
oifname "outside" snat to ${outside}
}
}`
  return [mitigation, track, ...(nat ? [translate] : [])].join("\n")
}

const zones = `chain zones { type filter hook prerouting priority -300; policy accept;
tcp flags & (syn|ack) == syn ct zone set 1
tcp flags & (syn|ack) == syn|ack ct zone set 1
}`

function obstacleSets({ kind }: Obstacle): string {
  const perSource = "set sources { type ipv4_addr; size 4096; flags dynamic; }"
  const blocked = "set blocked { type ipv4_addr; size 4096; flags dynamic, timeout; }"
  switch (kind) {
    case "concurrent":
    case "rate":
    case "rate-window":
      return perSource
    case "rate-block":
      return `${perSource}\n${blocked}`
    // A flow of zone 1 is gone once it is answered (syn_recv 0 s): what it holds are the unanswered ones.
    case "embryonic":
      return `${perSource}\n${zones}`
    case "none":
    case "local-embryonic":
    case "loss":
    case "policy":
      return ""
  }
}

function obstacleRule(obstacle: Obstacle, bytes: number): string {
  switch (obstacle.kind) {
    case "concurrent":
    case "embryonic":
      return `${syn} ct state new add @sources { ip saddr ct count over ${obstacle.most} } jump refuse`
    case "rate-block": {
      const { perMinute, blockSec } = obstacle
      const over = `limit rate over ${perMinute}/minute burst ${perMinute} packets`
      return `${syn} ip saddr @blocked jump refuse
${syn} add @sources { ip saddr ${over} } add @blocked { ip saddr timeout ${blockSec}s } jump refuse`
    }
    case "rate": {
      const { perMinute, burst } = obstacle
      return `${syn} add @sources { ip saddr limit rate over ${perMinute}/minute burst ${burst} packets } jump refuse`
    }
    case "rate-window":
      return `${syn} add @sources { ip saddr quota over ${obstacle.perWindow * bytes} bytes } jump refuse`
    case "loss":
      return `numgen random mod 100 < ${obstacle.percent} drop`
    case "policy": {
      const share = Math.round(obstacle.share * 100)
      return `${syn} jhash ip daddr mod 100 < ${share} jump refuse`
    }
    case "none":
    case "local-embryonic":
      return ""
  }
}

/** What begins a new window of `rate-window`. */
export const newWindow = "flush set inet mitigation sources"

/** Targets that answer nothing, and targets whose port is closed. */
export function serverRules(dead: readonly string[], refused: readonly string[]): string {
  const set = (name: string, members: readonly string[]): string => {
    const elements = members.length === 0 ? "" : `elements = { ${members.join(", ")} }`
    return `set ${name} { type ipv4_addr; ${elements} }`
  }
  return `table inet targets {
${set("dead", dead)}
${set("refused", refused)}
chain input { type filter hook input priority 0; policy accept;
ip daddr @dead drop
ip daddr @refused tcp dport ${sweepPort} reject with tcp reset
}
}`
}

/**
 * Windows sends a SYN at 0, 3 and 9 s and gives up at 21 s. This kernel, told to repeat each second, does so
 * too once the retransmissions between those times are taken away before the wire: a four-tuple in `quiet`
 * may not speak, `second` and `third` say which transmission the next one is.
 */
export const windowsSynRules = `table inet schedule {
${["quiet", "second", "third"].map((name) => `set ${name} { type ipv4_addr . inet_service; size 65535; flags dynamic, timeout; }`).join("\n")}
chain pace {
ip daddr . tcp sport @quiet drop
ip daddr . tcp sport @second add @quiet { ip daddr . tcp sport timeout 5500ms } accept
ip daddr . tcp sport @third add @quiet { ip daddr . tcp sport timeout 15s } accept
add @quiet { ip daddr . tcp sport timeout 2500ms }
add @second { ip daddr . tcp sport timeout 8500ms }
add @third { ip daddr . tcp sport timeout 20s }
}
chain output { type filter hook output priority 0; policy accept;
tcp flags & (syn|ack) == syn jump pace
}
}`

/** Settings of the client's kernel that make its SYN timing and packets. */
export function clientSettings(scenario: Scenario): Readonly<Record<string, string | number>> {
  switch (scenario.synSchedule) {
    case "doubling":
      return { "net.ipv4.tcp_syn_linear_timeouts": 0 }
    case "linear":
      return { "net.ipv4.tcp_syn_linear_timeouts": 4 }
    case "windows":
      return {
        "net.ipv4.tcp_syn_linear_timeouts": 40,
        "net.ipv4.tcp_syn_retries": 40,
        "net.ipv4.tcp_timestamps": 0,
        "net.ipv4.ip_default_ttl": 128,
        "net.ipv4.ip_local_port_range": "49152 65535",
      }
  }
}
