/**
 * Connections of a real kernel, captured where they begin and in the middle: each ends the way its program ended it, and
 * the router, which sees every packet come and go, tells the same of it as the client.
 */
import assert from "node:assert/strict"
import { once } from "node:events"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { fileURLToPath } from "node:url"
import { compare, type Difference } from "../captures/compare.ts"
import { EXPLANATIONS, tsharkExpects } from "../captures/explained.ts"
import { type Listed, listConnections } from "../captures/ours.ts"
import { tsharkConnections } from "../captures/tshark.ts"
import { capture } from "./captures/taps.ts"
import { Lab, labObstacle } from "./network.ts"
import { randomOf } from "./random.ts"
import { type Kind, PORTS } from "./wire-traffic.ts"

const program = fileURLToPath(new URL("./wire-traffic.ts", import.meta.url))
const rules = `table ip wire {
  chain forward {
    type filter hook forward priority 0
    tcp dport ${PORTS.silent} drop
    tcp dport ${PORTS.forbidden} reject with icmp admin-prohibited
  }
}`

/** State and what else can only be so. */
const expected: Readonly<Record<Kind, Partial<Listed>>> = {
  clientCloses: { state: "SF", closedBy: "from", bytes: { from: 5, to: 5 }, answer: "syn-ack" },
  serverCloses: { state: "SF", closedBy: "to", bytes: { from: 5, to: 5 } },
  halfClosed: { state: "SF", closedBy: "from", bytes: { from: 5, to: 5000 } },
  serverResets: { state: "RSTR", closedBy: "to", bytes: { from: 5, to: 0 } },
  refused: { state: "REJ", answer: "rst", refusals: 1, closedBy: "to" },
  silent: { state: "S0", answer: "none" },
  forbidden: { state: "S0", answer: "icmp 3/13" },
  clientResets: { state: "RSTO", closedBy: "from", bytes: { from: 5, to: 5 } },
  reused: { state: "SF", closedBy: "to" },
  large: { state: "SF", closedBy: "from", bytes: { from: 5, to: 3_000_000 } },
}

describe("connections of a real kernel", { skip: labObstacle() ?? false }, () => {
  let lab: Lab
  let atClient = ""
  let listed: readonly Listed[] = []
  let routed: readonly Listed[] = []

  before(async () => {
    lab = await Lab.open(randomOf(4226, "wire"))
    await lab.nft(lab.router, rules)
    const server = lab.spawn(lab.server, [process.execPath, program, "server", lab.address.server])
    if (server.stdout !== null) await once(server.stdout, "data")
    atClient = join(lab.directory, "client.pcap")
    const [one, other] = await Promise.all([
      capture(lab, { namespace: lab.client, device: "eth0", path: atClient }),
      capture(lab, {
        namespace: lab.router,
        device: "any",
        path: join(lab.directory, "router.pcap"),
      }),
    ])
    await lab.exec(lab.client, [process.execPath, program, "client", lab.address.server])
    await Promise.all([one.stop(), other.stop()])
    listed = await listConnections(one.path)
    routed = await listConnections(other.path)
  })
  after(() => lab.close())

  for (const [kind, port] of Object.entries(PORTS)) {
    test(kind, () => {
      const found = listed.filter(({ to }) => to.port === port)
      assert.equal(found.length, kind === "reused" ? 3 : 1)
      for (const connection of found) {
        assert.equal(connection.from.address, lab.address.client)
        assert.partialDeepStrictEqual(connection, expected[kind as Kind])
      }
    })
  }

  test("SYNs without answer are repeated by the kernel, and seen as one attempt", () => {
    const silent = listed.find(({ to }) => to.port === PORTS.silent)
    assert.ok((silent?.synTimes.length ?? 0) >= 3, JSON.stringify(silent))
  })

  test("the half-closed time is the program's", () => {
    const { halfClosedMs = 0 } = listed.find(({ to }) => to.port === PORTS.halfClosed) ?? {}
    assert.ok(halfClosedMs >= 299 && halfClosedMs < 2000, String(halfClosedMs))
  })

  test("a port that is used again into the server's TIME-WAIT says so", () => {
    const [first, ...more] = listed.filter(({ to }) => to.port === PORTS.reused)
    assert.deepEqual([first?.incarnation, first?.earlier], [1, undefined])
    for (const [index, { incarnation, earlier }] of more.entries()) {
      assert.deepEqual([incarnation, earlier?.timeWaitAt], [index + 2, "to"])
      assert.match(earlier?.reopenedBy ?? "", /^(sequence|timestamp)$/)
    }
  })

  test("who answered for the forbidden port is the router", () => {
    const { answeredBy } = listed.find(({ to }) => to.port === PORTS.forbidden) ?? {}
    assert.equal(answeredBy, lab.address.routerInside)
  })

  test("the router sees every packet twice and tells the same", () => {
    const told = ({ from, to, state, history, bytes, packets, retransmits }: Listed) => {
      return { from, to, state, history, bytes, packets, retransmits }
    }
    assert.deepEqual(routed.map(told), listed.map(told))
    for (const { copies, packets, to } of routed) {
      const isStopped = to.port === PORTS.silent || to.port === PORTS.forbidden
      assert.equal(copies, isStopped ? undefined : (packets?.from ?? 0) + (packets?.to ?? 0))
    }
  })

  test("tshark says the same, or why is known", async () => {
    const rivals = await tsharkConnections(atClient)
    const { differences, strangers } = compare(listed, rivals, tsharkExpects)
    const unknown = differences.filter(
      (difference) =>
        !isOvertaken(difference) &&
        !EXPLANATIONS.some(
          ({ tools, accounts }) => tools.includes("tshark") && accounts(difference, "tshark"),
        ),
    )
    assert.deepEqual(unknown, [])
    assert.deepEqual(strangers, [])
  })
})

/**
 * A busy kernel loses or delays some of a burst: tshark then takes what was merely overtaken for sent again as well.
 * That ours are enough is seen by the bytes: no segment carries more than 64 KiB.
 */
function isOvertaken({ field, ours, theirs, end }: Difference): boolean {
  if (field !== "again" || end === undefined || Number(theirs) < Number(ours)) return false
  const again = end.bytes - end.span
  return again > 0 && again <= Number(ours) * 65_535
}
