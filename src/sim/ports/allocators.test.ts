/** What every allocator keeps: no port twice, every port once, none lost; and what is each one's own. */

import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { PROFILES } from "../../catalog/profiles.ts"
import { poolHas, poolSize } from "../../model/ports.ts"
import type { HostProfile } from "../../model/profile.ts"
import { Random } from "../random.ts"
import { second } from "../second.ts"
import type { Settings } from "../settings.ts"
import { type AllocatorContext, allocatorOf, poolOf } from "./allocator-of.ts"
import { HashedPorts } from "./hashed-ports.ts"
import { COLLISION, collidedPort, NO_PORT, type PortAllocator } from "./port-allocator.ts"

function profileOf(id: string): HostProfile {
  const found = PROFILES.find((profile) => profile.id === id)
  assert.equal(found?.kind, "host")
  return found as HostProfile
}

function make(id: string, settings: Settings = {}, context: Partial<AllocatorContext> = {}) {
  return allocatorOf(profileOf(id), settings, { random: new Random(1, "ports"), ...context })
}

/** Opens and closes at once; the port is in TIME-WAIT until then. */
function pass(allocator: PortAllocator, destination: number, now: number, until: number): number {
  const port = allocator.take(destination, now)
  if (port >= 0) allocator.release(destination, port, until, now)
  return port
}

type Entry = { readonly destination: number; readonly port: number; until: number }

type ModelRule = {
  readonly open: "host" | "destination"
  readonly wait: "host" | "destination"
  readonly mayCollide?: boolean
}

/** Every connection in a list: slow and plain. */
class PortModel {
  #entries: Entry[] = []
  readonly #size: number
  readonly #rule: ModelRule

  constructor(size: number, rule: ModelRule) {
    this.#size = size
    this.#rule = rule
  }

  advance(now: number): void {
    this.#entries = this.#entries.filter(({ until }) => until === 0 || until > now)
  }

  get held(): number {
    return this.#entries.filter(({ until }) => until === 0).length
  }

  get waiting(): number {
    return this.#entries.length - this.held
  }

  nthOpen(index: number): Entry | undefined {
    const open = this.#entries.filter(({ until }) => until === 0)
    return open[index % Math.max(1, open.length)]
  }

  nthWaiting(index: number): Entry | undefined {
    const waiting = this.#entries.filter(({ until }) => until > 0)
    return waiting[index % Math.max(1, waiting.length)]
  }

  #bars(entry: Entry, destination: number): boolean {
    const scope = entry.until === 0 ? this.#rule.open : this.#rule.wait
    return scope === "host" || entry.destination === destination
  }

  usedFor(destination: number): number {
    const barring = this.#entries.filter((entry) => this.#bars(entry, destination))
    return new Set(barring.map(({ port }) => port)).size
  }

  took(destination: number, taken: number): void {
    const barring = this.#entries.filter((entry) => this.#bars(entry, destination))
    if (taken === NO_PORT) assert.equal(this.usedFor(destination), this.#size)
    else if (taken < 0) {
      assert.ok(this.#rule.mayCollide)
      const port = collidedPort(taken)
      assert.ok(barring.some((entry) => entry.port === port && entry.until > 0))
      assert.ok(!barring.some((entry) => entry.port === port && entry.until === 0))
    } else {
      assert.ok(!barring.some(({ port }) => port === taken))
      this.#entries.push({ destination, port: taken, until: 0 })
    }
  }

  released(entry: Entry, until: number): void {
    entry.until = until
    if (until === 0) this.#entries = this.#entries.filter((each) => each !== entry)
  }
}

type Kind = { readonly name: string; readonly rule: ModelRule; readonly make: () => PortAllocator }

const nt = { MaxUserPort: 5000, ReservedPorts: "1065-4990,4995" }
const vista = { "dynamicport.ipv4.tcp.start": 50_000, "dynamicport.ipv4.tcp.num": 70 }
const linux = {
  "net.ipv4.ip_local_port_range": "40001 40071",
  "net.ipv4.ip_local_reserved_ports": "40010-40012",
}
const bsd = { "net.inet.ip.portrange.first": 10_000, "net.inet.ip.portrange.last": 10_040 }

const windows = { open: "host", wait: "destination" } as const
const kinds: readonly Kind[] = [
  ["nt-4.0", nt, { ...windows, mayCollide: true }],
  ["nt-4.0", { ...nt, "ports.tries": "all" }, windows],
  ["2003-rtm", nt, { ...windows, mayCollide: true }],
  ["2003-sp1", nt, { ...windows, mayCollide: true }],
  [
    "2003-sp1",
    { ...nt, "ports.allocator": "smart-by-destination" },
    { ...windows, mayCollide: true },
  ],
  ["win10", vista, windows],
  ["win10", { ...vista, "ports.start": "next" }, windows],
  ["win10", { ...vista, "ports.allocator": "random" }, { ...windows, mayCollide: true }],
  ["win10", { ...vista, "ports.allocator": "random", "ports.tries": "all" }, windows],
  ["linux-before-4.2", linux, { open: "destination", wait: "destination" }],
  ["linux-4.2", linux, { open: "destination", wait: "destination" }],
  ["linux-6.18", linux, { open: "destination", wait: "destination" }],
  ["linux-6.18", { ...linux, "ports.bind": "first" }, { open: "host", wait: "host" }],
  ["freebsd", bsd, { open: "destination", wait: "destination" }],
  ["macos", bsd, { open: "host", wait: "host" }],
].map(([id, settings, rule]) => ({
  name: `${id} ${JSON.stringify(settings)}`,
  rule: rule as ModelRule,
  make: () => make(id as string, settings as Settings),
}))

const steps = fc.array(
  fc.record({
    what: fc.constantFrom(
      "take",
      "take",
      "take",
      "take",
      "take",
      "take",
      "close",
      "wait",
      "wait",
      "short",
      "end",
    ),
    destination: fc.nat(3),
    which: fc.nat(200),
    later: fc.nat(3),
  }),
  { minLength: 1, maxLength: 300 },
)

for (const { name, rule, make: makeOne } of kinds) {
  test(`${name}: gives what a list of all connections says it may give`, () => {
    const run = (actions: typeof steps extends fc.Arbitrary<infer T> ? T : never): void => {
      const allocator = makeOne()
      const model = new PortModel(allocator.size, rule)
      let now = 0
      for (const { what, destination, which, later } of actions) {
        now += later * second
        model.advance(now)
        if (what === "take") model.took(destination, allocator.take(destination, now))
        else {
          const until = { close: 0, end: 0, wait: now + 60 * second, short: now + 7 * second }[what]
          const entry = what === "end" ? model.nthWaiting(which) : model.nthOpen(which)
          if (entry === undefined) continue
          allocator.release(entry.destination, entry.port, until ?? 0, now)
          model.released(entry, until ?? 0)
        }
        assert.equal(allocator.held, model.held)
        assert.equal(allocator.usedFor(destination, now), model.usedFor(destination))
        assert.equal(allocator.waiting, model.waiting)
      }
    }
    fc.assert(fc.property(steps, run), { numRuns: 60, seed: 4 })
  })

  test(`${name}: hands out its whole range, each port once, and all come back`, () => {
    const allocator = makeOne()
    for (let round = 0; round < 3; round++) {
      const ports = new Set<number>()
      let now = round * 1000 * second
      for (let tries = 0; ports.size < allocator.size; tries++) {
        assert.ok(tries < allocator.size, `${ports.size} of ${allocator.size}`)
        const port = allocator.take(0, ++now)
        assert.ok(port >= 0 && !ports.has(port), `${port} after ${ports.size}`)
        ports.add(port)
      }
      assert.equal(allocator.take(0, now), NO_PORT)
      for (const port of ports) allocator.release(0, port, now + 60 * second, now)
      assert.equal(allocator.held, 0)
      assert.equal(allocator.usedFor(0, now), allocator.size)
    }
  })
}

test("the pool is the range less what is reserved, for every profile", () => {
  for (const profile of PROFILES) {
    if (profile.kind !== "host" || profile.family === "lan-manager") continue
    const allocator = allocatorOf(profile, {}, { random: new Random(1, profile.id) })
    const pool = poolOf(profile, {})
    const isOdd = profile.allocator?.value.endsWith("parity") && poolSize(pool) % 2 === 1
    assert.equal(allocator.size, poolSize(pool) - (isOdd ? 1 : 0), profile.id)
    const port = allocator.take(0, 0)
    assert.ok(poolHas(pool, port), profile.id)
  }
})

test("NT: the next port in turn, whoever asks; MaxUserPort moves the end", () => {
  const allocator = make("nt-4.0", { MaxUserPort: 65_534 })
  assert.equal(allocator.size, 64_510)
  assert.deepEqual(
    [0, 1, 0, 2].map((destination) => allocator.take(destination, 0)),
    [1025, 1026, 1027, 1028],
  )
})

test("Vista and later do not look at MaxUserPort", () => {
  assert.equal(make("win10", { MaxUserPort: 65_534 }).size, 16_384)
})

test("NT: with every port in TIME-WAIT there is none; after a turn each is a collision", () => {
  const allocator = make("nt-4.0")
  for (let count = 0; count < 3976; count++) {
    assert.ok(pass(allocator, 0, count * 50_000, count * 50_000 + 240 * second) >= 0)
  }
  assert.equal(allocator.take(0, 200 * second), NO_PORT)
  assert.equal(allocator.take(1, 200 * second), 1026)
  // One port is free again, but its turn is over.
  assert.equal(allocator.take(0, 240 * second), COLLISION - 1027)
})

test("2003 before SP1 gives a port in TIME-WAIT out again, SP1 while it has another does not", () => {
  const range = { MaxUserPort: 5000, ReservedPorts: "1027-5000" }
  const blind = make("2003-rtm", range)
  const smart = make("2003-sp1", range)
  assert.equal(pass(blind, 0, 0, 120 * second), 1025)
  assert.equal(blind.take(0, 0), 1026)
  assert.equal(collidedPort(blind.take(0, 1)), 1025)
  assert.equal(pass(smart, 0, 0, 120 * second), 1025)
  assert.equal(pass(smart, 0, 0, 0), 1026)
  assert.equal(smart.take(0, 1), 1026)
  assert.equal(collidedPort(smart.take(0, 2)), 1025)
  assert.equal(smart.take(1, 3), 1025)
})

test("by destination, a port in TIME-WAIT to another is as good as any", () => {
  const settings = { "ports.allocator": "smart-by-destination", ReservedPorts: "1027-5000" }
  const allocator = make("2003-sp1", settings)
  assert.equal(pass(allocator, 0, 0, 120 * second), 1025)
  assert.equal(pass(allocator, 1, 0, 120 * second), 1026)
  assert.equal(allocator.take(1, 1), 1025)
})

test("Linux: the low end's parity first, steps of 2 to 16 ports", () => {
  const allocator = make("linux-6.18", { "ports.reseedSec": 0 })
  let last = allocator.take(0, 0)
  const steps = new Map<number, number>()
  for (let count = 0; count < 3000; count++) {
    const port = allocator.take(0, 0)
    const step = (port - last + 28_232) % 28_232
    steps.set(step, (steps.get(step) ?? 0) + 1)
    last = port
    assert.equal(port % 2, 0)
  }
  assert.deepEqual(
    [...steps.keys()].sort((a, b) => a - b),
    [2, 4, 6, 8, 10, 12, 14, 16],
  )
  assert.ok([...steps.values()].every((count) => Math.abs(count - 375) < 75))
})

test("Linux: 14,116 even ports, then the odd ones; ports are shared between destinations", () => {
  const allocator = make("linux-6.18")
  const ports = Array.from({ length: 28_232 }, () => allocator.take(0, 0))
  assert.ok(ports.slice(0, 14_116).every((port) => port % 2 === 0))
  assert.ok(ports.slice(14_116).every((port) => port % 2 === 1))
  assert.equal(allocator.take(0, 0), NO_PORT)
  assert.ok(allocator.take(1, 0) >= 0)
})

test("Linux: the start is another after 10 s, and another for each destination", () => {
  const startOf = (destination: number, now: number): number =>
    make("linux-6.18").take(destination, now)
  assert.equal(startOf(0, 0), startOf(0, 9.9 * second))
  assert.notEqual(startOf(0, 0), startOf(0, 10 * second))
  assert.notEqual(startOf(0, 0), startOf(1, 0))
})

test("Linux: candidates for one connect, as counted beside the kernel's rule", () => {
  // Connects a second and candidates for each, in TIME-WAIT of 60 s, start never changed.
  const counted = [
    [100, 1.25],
    [200, 3.6],
    [240, 2150],
    [400, 6925],
  ] as const
  for (const [perSec, expected] of counted) {
    const allocator = make("linux-6.18", { "ports.reseedSec": 0 })
    let before = 0
    for (let count = 0; count < perSec * 180; count++) {
      if (count === perSec * 120) before = allocator.candidates
      const now = Math.round((count / perSec) * second)
      pass(allocator, 0, now, now + 60 * second)
    }
    const mean = (allocator.candidates - before) / (perSec * 60)
    assert.ok(Math.abs(mean / expected - 1) < 0.02, `${mean} at ${perSec}/s`)
  }
})

test("Linux: tw_reuse takes a port after its delay, loopback only where so set", () => {
  const range = { "net.ipv4.ip_local_port_range": "40000 40001" }
  const all = { ...range, "net.ipv4.tcp_tw_reuse": 1, "net.ipv4.tcp_tw_reuse_delay": 250 }
  const cases = [
    [all, true],
    [{ ...all, "net.ipv4.tcp_timestamps": 0 }, false],
    [{ ...all, "net.ipv4.tcp_tw_reuse": 0 }, false],
    [{ ...all, "net.ipv4.tcp_tw_reuse": 2 }, false],
  ] as const
  for (const [settings, isTaken] of cases) {
    const allocator = make("linux-6.18", settings)
    pass(allocator, 0, 0, 60 * second)
    pass(allocator, 0, 0, 60 * second)
    assert.equal(allocator.take(0, 249_999), NO_PORT)
    assert.equal(allocator.take(0, 250_000) >= 0, isTaken)
  }
  const onLoopback = make(
    "linux-6.18",
    { ...all, "net.ipv4.tcp_tw_reuse": 2 },
    {
      isLoopback: (destination) => destination === 1,
    },
  )
  for (const destination of [0, 0, 1, 1]) pass(onLoopback, destination, 0, 60 * second)
  assert.equal(onLoopback.take(0, second), NO_PORT)
  assert.ok(onLoopback.take(1, second) >= 0)
})

test("Linux: bind(0) takes odd ports first, and its port from every connect until it is gone", () => {
  const setting = {
    pool: { range: { first: 40_000, last: 40_007 }, excluded: [] },
    byParity: true,
    cursor: "destination",
    steps: 8,
    reseedAfter: Number.POSITIVE_INFINITY,
  } as const
  const allocator = new HashedPorts(setting, new Random(1, "ports"))
  const bound = Array.from({ length: 4 }, (_, destination) => allocator.bind(destination, 0))
  assert.ok(bound.every((port) => port % 2 === 1))
  assert.equal(allocator.bind(0, 0) % 2, 0)
  const connected = Array.from({ length: 4 }, () => allocator.take(9, 0))
  assert.deepEqual(
    connected.map((port) => port >= 0),
    [true, true, true, false],
  )
  assert.equal(allocator.bind(5, 0), NO_PORT)
  allocator.release(0, bound[0] ?? 0, 60 * second, 0)
  assert.equal(allocator.take(9, 59 * second), NO_PORT)
  assert.equal(allocator.take(9, 60 * second), bound[0])
})

test("macOS: a port is the host's", () => {
  const allocator = make("macos")
  for (let count = 0; count < 16_384; count++) assert.ok(allocator.take(count % 40, 0) >= 0)
  assert.equal(allocator.take(41, 0), NO_PORT)
})

test("LAN Manager: as many connections as slots, back after the wait of 5 s", () => {
  const budgets = [
    ["lanman-2.1", {}, 17],
    ["lanman-2.2", {}, 13],
    ["lanman-2.2", { NUMSOCKETS: 8 }, 17],
    ["lanman-2.1", { NUMSOCKETS: 0, NSESSIONS: 0 }, 7],
    ["lanman-2.1", { TCPCONNECTIONS: 9 }, 9],
  ] as const
  for (const [id, settings, slots] of budgets) {
    const allocator = make(id, settings)
    assert.equal(allocator.size, slots)
    const ports = Array.from({ length: slots }, (_, destination) => allocator.take(destination, 0))
    assert.ok(ports.every((port) => port >= 0))
    assert.equal(allocator.take(0, 0), NO_PORT)
    ports.forEach((port, destination) => {
      allocator.release(destination, port, 5 * second, 0)
    })
    assert.equal(allocator.take(0, 5 * second - 1), NO_PORT)
    assert.ok(allocator.take(0, 5 * second) >= 0)
  }
})

test("a range of one port is one port, and ports of no range are passed over", () => {
  const settings = [
    ["linux-6.18", { "net.ipv4.ip_local_port_range": "40000 40000" }],
    ["linux-before-4.2", { "net.ipv4.ip_local_port_range": "40000 40000" }],
    ["freebsd", { "net.inet.ip.portrange.first": 40_000, "net.inet.ip.portrange.last": 40_000 }],
  ] as const
  for (const [id, set] of settings) {
    const allocator = make(id, set)
    assert.equal(allocator.size, 1)
    for (const port of [0, 39_999, 40_001, 65_535]) allocator.release(0, port, second, 0)
    assert.equal(allocator.waiting, 0)
    assert.equal(allocator.take(0, 0), 40_000)
    assert.equal(allocator.take(0, 0), NO_PORT)
    allocator.release(0, 40_000, 60 * second, 0)
    assert.equal(allocator.take(0, 60 * second), 40_000)
  }
})

test("TIME-WAIT ended before its time, or begun again, keeps its port no longer and no shorter", () => {
  const allocator = make("nt-4.0", { ReservedPorts: "1026-5000" })
  pass(allocator, 0, 0, 240 * second)
  allocator.release(0, 1025, 0, 1)
  assert.equal(pass(allocator, 0, 2, 100 * second), 1025)
  allocator.release(0, 1025, 300 * second, 50 * second)
  assert.equal(allocator.waiting, 1)
  assert.equal(allocator.take(0, 240 * second), NO_PORT)
  assert.equal(allocator.take(0, 300 * second), 1025)
})

test("a setting that is none is refused by name", () => {
  assert.throws(() => make("nt-4.0", { "ports.allocator": "first-fit" }), /ports\.allocator.*smart/)
  assert.throws(() => make("linux-6.18", { "net.ipv4.ip_local_port_range": "9 1" }), RangeError)
  assert.throws(() => make("nt-4.0", { ReservedPorts: "many" }), /ReservedPorts/)
})
