/**
 * What a middlebox's look at a segment costs: connections of seven control segments each, so many at once, in one
 * thread by CPU time.
 */
import { MIDDLEBOX_PROFILES } from "../src/catalog/profiles.ts"
import { type Middlebox, SILENT_SINK } from "../src/sim/middlebox/middlebox.ts"
import { middleboxOf } from "../src/sim/middlebox/middlebox-of.ts"
import { ACK, FIN, SYN } from "../src/sim/tcp/states.ts"

const [server, router, clients] = [1_000_000, 2_000_000, 500]
const nat = { addresses: [router], isInside: (address: number): boolean => address < server }
const segmentsPerConnection = 7
/** Between two connections, microseconds: 100,000 a second. */
const gap = 10

/** One line for each kind of box, with segments per CPU second. */
export function benchMiddleboxes(atOnce: number, connections: number): readonly string[] {
  const profiles = new Map(MIDDLEBOX_PROFILES.map((profile) => [profile.id, profile]))
  return ["isa-2006", "netfilter", "netfilter with NAT", "aws-nat-gateway"].map((name) => {
    const profile = profiles.get(name.split(" ")[0] ?? "")
    if (profile === undefined) throw new Error(`no profile ${name}`)
    const limits = {
      "firewall-concurrent": null,
      "firewall-rate": null,
      "firewall-embryonic": null,
    }
    const conntrack = { max: Number.MAX_SAFE_INTEGER, timersSec: { TIME_WAIT: 1 } }
    const box = middleboxOf(
      profile,
      {
        isa: { limits },
        conntrack: name === "netfilter" ? conntrack : { ...conntrack, nat },
        nat,
      },
      SILENT_SINK,
    )
    if (box === undefined) throw new Error(`no box for ${name}`)
    churn(box, atOnce, atOnce, 0)
    const before = process.cpuUsage()
    churn(box, connections, atOnce, atOnce)
    const { user, system } = process.cpuUsage(before)
    const perSecond = (connections * segmentsPerConnection) / ((user + system) / 1e6)
    const rate = `${(perSecond / 1e6).toFixed(2)} million segments per CPU second`
    return `Middlebox ${name}: ${rate}, ${atOnce} connections at once, ${box.flows} flows at the end`
  })
}

/** Each connection opens, and closes when so many others have been opened after it. */
function churn(box: Middlebox, connections: number, atOnce: number, first: number): void {
  for (let index = first; index < first + connections; index++) {
    const now = index * gap
    play(box, now, index, SYN, SYN | ACK, ACK)
    if (index >= atOnce) play(box, now, index - atOnce, FIN | ACK, FIN | ACK, ACK)
  }
}

/** A segment of the client's, the answer to what it became, and another. */
function play(
  box: Middlebox,
  now: number,
  index: number,
  one: number,
  answer: number,
  three: number,
): void {
  const from = index % clients
  const port = 1024 + (Math.floor(index / clients) % 60_000)
  const to = server + (index % 1000)
  box.segment(now, from, port, to, 445, one, index)
  const { from: outside, fromPort } = box.passage
  box.segment(now, to, 445, outside, fromPort, answer, index)
  if ((one & FIN) !== 0) box.segment(now, from, port, to, 445, ACK, index)
  box.segment(now, from, port, to, 445, three, index)
}
