/**
 * Connections of a real kernel, captured by tcpdump in network namespaces: what the client did is what is listed, and
 * nothing that tshark and tcptrace say otherwise is without explanation.
 */
import assert from "node:assert/strict"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { statSync } from "node:fs"
import { after, before, describe, test } from "node:test"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { Lab, labObstacle } from "../lab/network.ts"
import { randomOf } from "../lab/random.ts"
import { compareWith, toolObstacle } from "./judged.ts"
import { type Listed, listConnections } from "./ours.ts"

const peer = fileURLToPath(new URL("./live-peer.ts", import.meta.url))
const obstacle = labObstacle() ?? toolObstacle("tcpdump")

/** Half of the segments of the long transfers pass a filter that loses some. */
const routerRules = `
table inet lossy {
  chain forward {
    type filter hook forward priority 0; policy accept;
    tcp dport 7005 numgen random mod 100 < 3 drop
    tcp dport 7011 reject with icmpx type admin-prohibited
  }
}`
const serverRules = `
table inet silent {
  chain input {
    type filter hook input priority 0; policy accept;
    tcp dport 7010 drop
  }
}`

type Made = {
  readonly host: string
  readonly asked: number
  readonly closed: number
  readonly wasReset: number
  readonly reset: number
  readonly refused: number
  readonly silent: number
  readonly rejected: number
  readonly sent: number
  readonly reused: number
}

describe("captures made live", {
  skip: obstacle === undefined ? false : `they need root and namespaces: ${obstacle}`,
}, () => {
  let lab: Lab
  let made: readonly Made[] = []
  let inside = ""
  let any = ""

  before(async () => {
    lab = await Lab.open(randomOf(4226, "captures"))
    inside = `${lab.directory}/inside.pcap`
    any = `${lab.directory}/any.pcap`
    await lab.nft(lab.router, routerRules)
    await lab.nft(lab.server, serverRules)
    const taps = [
      await tapOf(lab, lab.client, "eth0", inside),
      await tapOf(lab, lab.router, "any", any),
    ]
    const server = lab.spawn(lab.server, [process.execPath, peer, "server"])
    await said(server, /ready/)
    const hosts = [lab.address.server, lab.address.server6]
    const argv = [process.execPath, peer, "client", ...hosts]
    const { stdout } = await lab.exec(lab.client, argv, { timeoutMs: 120_000 })
    made = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    await isWritten([inside, any])
    for (const tap of taps) {
      tap.kill("SIGINT")
      await once(tap, "close")
    }
  })
  after(() => lab?.close())

  for (const where of ["at the client", "on all interfaces of the router"] as const) {
    test(`what was done is what is listed, captured ${where}`, async () => {
      const listed = await listConnections(where === "at the client" ? inside : any)
      assert.ok(made.length === 2)
      for (const each of made) assert.deepEqual(seenOf(listed, each.host), wantedOf(each))
    })
  }

  test("a port used again is told, with its gap and who held the TIME-WAIT", async () => {
    for (const { host, reused } of made) {
      const uses = (await listConnections(inside)).filter(
        ({ from, to }) => from.port === 40_000 && to.address === host,
      )
      assert.deepEqual(
        uses.map(({ incarnation }) => incarnation),
        Array.from({ length: reused }, (_, index) => index + 1),
      )
      for (const { earlier } of uses.slice(1)) {
        assert.equal(earlier?.timeWaitAt, "to")
        assert.ok((earlier?.gapMs ?? 0) > 200 && (earlier?.gapMs ?? 0) < 5000)
      }
    }
  })

  for (const tool of ["tshark", "tcptrace"] as const) {
    const missing = toolObstacle(tool)
    test(`nothing that ${tool} says otherwise is unexplained`, {
      skip: missing ?? false,
    }, async () => {
      const { unexplained } = await compareWith(tool, inside)
      assert.deepEqual(unexplained, [])
    })
  }

  test("on all interfaces tshark counts copies, and nothing else is unexplained", {
    skip: toolObstacle("tshark") ?? false,
  }, async () => {
    const { counts, unexplained } = await compareWith("tshark", any)
    assert.deepEqual(unexplained, [])
    assert.ok((counts.get("copies") ?? 0) > 100)
  })
})

/** How many of each kind are listed to that address. */
function seenOf(listed: readonly Listed[], host: string): Omit<Made, "host"> {
  const to = listed.filter((each) => each.to.address === host)
  const count = (port: number, isIt: (each: Listed) => boolean): number =>
    to.filter((each) => each.to.port === port && isIt(each)).length
  return {
    asked: count(7001, ({ state, closedBy }) => state === "SF" && closedBy === "from"),
    closed: count(7002, ({ state, closedBy, from }) => {
      return state === "SF" && closedBy === "to" && from.port !== 40_000
    }),
    wasReset: count(7003, ({ state }) => state === "RSTR"),
    reset: count(7001, ({ state }) => state === "RSTO"),
    refused: count(7009, ({ state, answer }) => state === "REJ" && answer === "rst"),
    silent: count(7010, ({ state, answer, synTimes }) => {
      return state === "S0" && answer === "none" && synTimes.length >= 3
    }),
    rejected: count(7011, ({ state, answer }) => {
      return state === "S0" && (answer === "icmp 3/13" || answer === "icmp 1/1")
    }),
    sent: count(7005, ({ state, bytes }) => state === "SF" && bytes?.from === 1_000_000),
    reused: count(7002, ({ from }) => from.port === 40_000),
  }
}

function wantedOf({ host: _host, ...counts }: Made): Omit<Made, "host"> {
  return counts
}

async function tapOf(
  lab: Lab,
  namespace: string,
  device: string,
  path: string,
): Promise<ChildProcess> {
  const options = ["-Z", "root", "-n", "-s", "160", "-B", "16384", "-U", "-w", path]
  const tap = lab.spawn(namespace, ["tcpdump", "-i", device, ...options, "tcp or icmp or icmp6"])
  await said(tap, /listening on/)
  return tap
}

/** The kernel hands over its ring when it likes: wait until nothing more comes. */
async function isWritten(paths: readonly string[]): Promise<void> {
  let quiet = 0
  let before = ""
  for (let rounds = 0; rounds < 40 && quiet < 6; rounds++) {
    await delay(250)
    const sizes = paths.map((path) => statSync(path).size).join(" ")
    quiet = sizes === before ? quiet + 1 : 0
    before = sizes
  }
}

async function said(child: ChildProcess, wanted: RegExp): Promise<void> {
  let text = ""
  const patience = AbortSignal.timeout(10_000)
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8")
    })
  }
  while (!wanted.test(text)) {
    patience.throwIfAborted()
    if (child.exitCode !== null) throw new Error(`It ended: ${text}`)
    await delay(20)
  }
}
