/**
 * The profiles: complete, sourced, sane, in step with the arithmetic of the documents, and honest
 * where they conflict.
 */
import assert from "node:assert/strict"
import test from "node:test"
import { type PortRange, rangeSize } from "../model/ports.ts"
import type { HostProfile, Schedule, Sourced } from "../model/profile.ts"
import { ERRORS } from "./errors.ts"
import { HOST_PROFILES, MIDDLEBOX_PROFILES, PROFILES } from "./profiles.ts"
import { REGISTRY_VALUES, type RegistryValue } from "./registry-values.ts"

const seeds = [
  ...["lanman-2.1", "lanman-2.1a", "lanman-2.2", "nt-3.51", "nt-3.51-sp5", "nt-4.0", "win2000"],
  ...["xp-rtm", "xp-sp1", "xp-sp2", "xp-sp3", "2003-rtm", "2003-sp1", "2003-sp2"],
  ...["vista-rtm", "vista-sp1", "vista-sp2", "2008-rtm", "2008-sp2", "win7", "2008r2"],
]
const today = [
  ...["win8", "win8.1", "2012", "2012r2", "win10", "win11", "2016", "2019", "2022", "2025"],
  ...["linux-before-4.2", "linux-4.2", "linux-6.12", "linux-6.18", "macos", "freebsd"],
]
const boxes = [
  ...["isa-2000", "isa-2004", "isa-2006", "tmg-2010", "netfilter", "pf", "cisco-asa", "haproxy"],
  ...["fortigate", "palo-alto", "envoy", "openssh", "aws-nat-gateway", "aws-security-group"],
  ...["aws-nlb", "azure-lb", "azure-nat-gateway", "gcp-cloud-nat"],
]

function hostOf(id: string): HostProfile {
  const found = HOST_PROFILES.find((profile) => profile.id === id)
  assert.ok(found !== undefined, id)
  return found
}

function boxOf(id: string) {
  const found = MIDDLEBOX_PROFILES.find((profile) => profile.id === id)
  assert.ok(found !== undefined, id)
  return found
}

function portsOf(id: string): number {
  const range = hostOf(id).ephemeral?.value
  return range === undefined ? Number.NaN : rangeSize(range)
}

/** Verified: two documents, several captures, or a document and a measurement. */
const severalSources = /[;,]| and |captures|archives|measured/

/** Every sourced value of a profile with the path to it. */
function sourcedIn(value: unknown, path: string): readonly (readonly [string, Sourced<unknown>])[] {
  if (typeof value !== "object" || value === null) return []
  if ("mark" in value) return [[path, value as Sourced<unknown>]]
  return Object.entries(value).flatMap(([key, item]) => sourcedIn(item, `${path}.${key}`))
}

const everything = PROFILES.flatMap((profile) => sourcedIn(profile, profile.id))

test("ids are unique and plain", () => {
  const ids = PROFILES.map((profile) => profile.id)
  assert.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index || !/^[a-z0-9.-]+$/.test(id)),
    [],
  )
})

test("every system of the incidents and of today has a profile", () => {
  for (const id of [...seeds, ...today]) hostOf(id)
  for (const id of boxes) boxOf(id)
})

test("every value names its source, and both values exactly where sources conflict", () => {
  assert.ok(everything.length > 500)
  for (const [path, { mark, source, also = [], value, allowed = [] }] of everything) {
    assert.ok(source.trim().length > 2, path)
    assert.equal(also.length > 0, mark === "C", `${path}: mark ${mark} and ${also.length} others`)
    if (mark === "V") assert.match(source, severalSources, path)
    for (const other of also) {
      assert.ok(other.source.trim().length > 2, path)
      assert.notDeepEqual(other.value, value, path)
    }
    for (const { least, most, source: document } of allowed) {
      assert.ok(least < most && document.length > 2, path)
      if (typeof value === "number" && !path.includes("TcpTimedWaitDelay")) {
        assert.ok(
          least <= value && value <= most,
          `${path}: ${value} is not in ${least} to ${most}`,
        )
      }
    }
  }
})

test("names of limits' signals and of errors are known", () => {
  const names = new Set(ERRORS.map((error) => error.name))
  for (const host of HOST_PROFILES) {
    for (const error of Object.values(host.errors ?? {})) {
      assert.ok(names.has(error.value), `${host.id}: ${error.value}`)
    }
  }
  for (const box of MIDDLEBOX_PROFILES) {
    assert.ok(box.limits.length > 0 && box.vendor.length > 2)
    for (const item of box.limits) {
      assert.ok(item.source.length > 2 && item.per.length > 2 && item.atLimit.length > 2, box.id)
    }
    for (const signal of box.signals) {
      assert.ok(signal.name.length > 2 && signal.meaning.length > 5 && signal.source.length > 2)
    }
  }
})

test("ranges of ports, times and counts are sane", () => {
  for (const host of HOST_PROFILES) {
    const { ephemeral, timeWaitMs, tcbMax, backlogMax } = host
    for (const range of valuesOf(ephemeral)) {
      assert.ok(range.first >= 1024 && range.first < range.last && range.last <= 65535, host.id)
    }
    for (const ms of valuesOf(timeWaitMs)) assert.ok(ms >= 30_000 && ms <= 240_000, host.id)
    for (const count of [...valuesOf(tcbMax), ...valuesOf(backlogMax)]) {
      assert.ok(count === null || count > 0, host.id)
    }
  }
})

test("every retransmission doubles, or waits a second again, and precedes the failure", () => {
  const schedules = HOST_PROFILES.flatMap((host) => [
    ...valuesOf(host.synSchedule),
    ...valuesOf(host.synAckSchedule),
  ])
  assert.ok(schedules.length > 30)
  for (const { retransmitSec, failSec } of schedules) {
    const gaps = retransmitSec.map((at, index) => at - (retransmitSec[index - 1] ?? 0))
    for (const [index, gap] of gaps.entries()) {
      const before = gaps[index - 1] ?? gap
      assert.ok(gap === before * 2 || gap === before, retransmitSec.join(" "))
    }
    assert.ok(failSec > (retransmitSec.at(-1) ?? 0))
  }
})

/** Transmissions at r(2^k - 1), failure at r(2^(n+1) - 1). */
function doubling(r: number, n: number): Schedule {
  const retransmitSec = Array.from({ length: n }, (_, index) => r * (2 ** (index + 1) - 1))
  return { retransmitSec, failSec: r * (2 ** (n + 1) - 1) }
}

const schedules: readonly (readonly [id: string, r: number, n: number])[] = [
  ["nt-3.51", 3, 3],
  ["nt-4.0", 3, 3],
  ["win2000", 3, 2],
  ["xp-sp2", 3, 2],
  ["win7", 3, 2],
  ["win10", 3, 2],
  ["win11", 1, 4],
  ["linux-6.1", 1, 6],
]
for (const [id, r, n] of schedules) {
  test(`${id} sends its SYN ${n} times more, doubling from ${r} s`, () => {
    assert.deepEqual(hostOf(id).synSchedule?.value, doubling(r, n))
  })
}

test("linear timeouts make Linux fail after 131 s instead of 127", () => {
  assert.equal(hostOf("linux-6.3").synSchedule?.value.failSec, 127)
  const { retransmitSec, failSec } = hostOf("linux-6.5").synSchedule?.value ?? doubling(1, 1)
  assert.equal(retransmitSec.length, 10)
  assert.equal(failSec, 131)
})

const poolSizes: readonly (readonly [id: string, ports: number])[] = [
  ["nt-3.51", 3976],
  ["2003-sp2", 3976],
  ["vista-rtm", 16_384],
  ["2025", 16_384],
  ["linux-before-4.2", 28_233],
  ["linux-6.18", 28_232],
  ["macos", 16_384],
  ["freebsd", 55_536],
]
for (const [id, ports] of poolSizes) {
  test(`${id} has ${ports} ephemeral ports`, () => assert.equal(portsOf(id), ports))
}

const churn: readonly (readonly [id: string, perSec: number])[] = [
  ["nt-3.51-sp5", 16.57],
  ["nt-4.0", 16.57],
  ["win2000", 16.57],
  ["xp-rtm", 33.13],
  ["2003-sp1", 33.13],
  ["win10", 68.27],
  ["linux-6.18", 470.53],
  ["macos", 546.13],
  ["freebsd", 925.6],
]
for (const [id, perSec] of churn) {
  test(`${id} opens at most ${perSec} short connections a second to one destination`, () => {
    const seconds = (hostOf(id).timeWaitMs?.value ?? Number.NaN) / 1000
    assert.ok(Math.abs(portsOf(id) / seconds - perSec) < 0.005)
  })
}

test("the other TIME-WAIT of Windows gives 136.53 a second", () => {
  const other = hostOf("win10").timeWaitMs?.also?.[0]?.value ?? Number.NaN
  assert.ok(Math.abs(portsOf("win10") / (other / 1000) - 136.53) < 0.005)
})

test("ten half-open slots of 21 s try 500 silent targets in 1,050 s", () => {
  const slots = hostOf("xp-sp2").embryonicOutbound?.value ?? Number.NaN
  const seconds = hostOf("xp-sp2").synSchedule?.value.failSec ?? Number.NaN
  assert.equal(Math.round((slots / seconds) * 1000), 476)
  assert.equal((500 * seconds) / slots, 1050)
})

const halfOpen: readonly (readonly [id: string, cap: number | null])[] = [
  ["xp-rtm", null],
  ["xp-sp1", null],
  ["xp-sp2", 10],
  ["xp-sp3", 10],
  ["2003-rtm", null],
  ["vista-rtm", 10],
  ["vista-sp1", 10],
  ["vista-sp2", null],
  ["2008-rtm", 10],
  ["2008-sp2", null],
  ["win7", null],
  ["2008r2", null],
  ["win11", null],
]
for (const [id, cap] of halfOpen) {
  test(`${id} has ${cap ?? "no"} half-open slots`, () => {
    assert.equal(hostOf(id).embryonicOutbound?.value, cap)
  })
}

test("LAN Manager's budget is its formula", () => {
  for (const [id, sum] of [
    ["lanman-2.1", 17],
    ["lanman-2.1a", 17],
    ["lanman-2.2", 13],
  ] as const) {
    const { settings, tcbMax } = hostOf(id)
    const parts = ["NBSESSIONS", "NUMSOCKETS", "NSESSIONS"].map((name) => settings[name]?.value)
    assert.equal(
      parts.reduce<number>((total, value) => total + Number(value), 1),
      sum,
    )
    assert.equal(tcbMax?.value, sum)
  }
})

/** Facts, section 10: where the documents disagree the profile has both. */
const conflicts: readonly (readonly [
  name: string,
  value: Sourced<unknown> | undefined,
  both: readonly unknown[],
])[] = [
  ["C1 TcpNumConnections", hostOf("xp-sp2").tcbMax, [0xfffffe, 10]],
  [
    "C2 first ephemeral port",
    hostOf("nt-4.0").ephemeral,
    [
      { first: 1025, last: 5000 },
      { first: 1024, last: 5000 },
    ],
  ],
  ["C3 TIME-WAIT of XP", hostOf("xp-sp2").timeWaitMs, [120_000, 240_000]],
  ["C3 TIME-WAIT of 2003", hostOf("2003-sp1").timeWaitMs, [120_000, 240_000]],
  ["C4 TIME-WAIT of Vista and later", hostOf("2022").timeWaitMs, [240_000, 120_000]],
  ["C6 half-open cap of Vista", hostOf("vista-rtm").embryonicOutbound, [10, 2, 25]],
  ["C7 half-open cap of 2008", hostOf("2008-rtm").embryonicOutbound, [10, null]],
  ["C7 half-open cap of 2003 SP1", hostOf("2003-sp1").embryonicOutbound, [null, 10]],
  ["C10 TcpMaxHalfOpen", hostOf("win2000").settings["TcpMaxHalfOpen"], [100, 500]],
  [
    "C13 unit of the limit per rule",
    boxOf("isa-2006").settings?.["RulePerSecondLimit"],
    ["1000 per second", "1000 per minute"],
  ],
  ["C15 LAN Manager 2.2", hostOf("lanman-2.2").tcbMax, [13, 17]],
  [
    "C16 SYN-ACK retries of NT",
    hostOf("nt-4.0").settings["TcpMaxConnectResponseRetransmissions"],
    [3, 2],
  ],
  ["C18 smart allocation", hostOf("2003-sp1").allocator, ["smart", "smart-by-destination"]],
  ["C20 SYNs of Windows 10", hostOf("win10").synSchedule, [doubling(3, 2), doubling(1, 4)]],
  ["C20 SYNs of Windows 11", hostOf("win11").synSchedule, [doubling(1, 4), doubling(3, 2)]],
]
for (const [name, value, both] of conflicts) {
  test(`${name}: both values are kept`, () => {
    assert.deepEqual([value?.value, ...(value?.also ?? []).map((other) => other.value)], both)
  })
}

test("C5: both lower bounds of TcpTimedWaitDelay are kept", () => {
  const allowed = hostOf("2003-rtm").settings["TcpTimedWaitDelay"]?.allowed ?? []
  assert.deepEqual(
    allowed.map(({ least, most }) => [least, most]),
    [
      [30, 300],
      [0, 300],
    ],
  )
})

test("C22: NT tries once more than Windows 2000", () => {
  assert.equal(hostOf("nt-4.0").synSchedule?.value.failSec, 45)
  assert.equal(hostOf("win2000").synSchedule?.value.failSec, 21)
})

test("C24: ISA 2000 resets the oldest, later versions refuse the newest", () => {
  assert.equal(boxOf("isa-2000").limits[0]?.answer, "reset-oldest")
  assert.equal(boxOf("isa-2004").limits[0]?.answer, "silence")
})

test("flood mitigation: 160 at once, 600 a minute, 80 half-open, and the exceptions' numbers", () => {
  for (const id of ["isa-2006", "tmg-2010"]) {
    const rows = boxOf(id).limits.map((item) => [
      item.limit,
      item.capacity?.value,
      item.custom?.value,
    ])
    assert.deepEqual(rows, [
      ["firewall-concurrent", 160, 400],
      ["firewall-rate", 600, 6000],
      ["firewall-embryonic", 80, 200],
      ["firewall-rate", 600, 6000],
    ])
  }
  assert.deepEqual(
    boxOf("isa-2004").limits.map((item) => item.limit),
    ["firewall-concurrent"],
  )
})

test("every version of Linux has exactly one profile", () => {
  const spans = HOST_PROFILES.filter(({ family }) => family === "linux").map(({ versions }) => {
    const [, from, to] = /^linux(?: >= ([\d.]+))?(?: < ([\d.]+))?$/.exec(versions) ?? []
    return { from, to }
  })
  assert.equal(spans[0]?.from, undefined)
  assert.equal(spans.at(-1)?.to, undefined)
  for (const [index, { to }] of spans.slice(0, -1).entries()) {
    assert.ok(to !== undefined && to === spans[index + 1]?.from, to)
  }
})

test("versions of Windows say what systeminfo and the registry say, and none is claimed twice", () => {
  const pattern =
    /^windows (\d+\.\d+) build (\d+)(?: to (\d+))?(?: service pack (\d)(?: to (\d))?)?(?: (server|workstation))?$/
  const claims: string[] = []
  for (const { family, id, versions } of HOST_PROFILES) {
    if (family !== "windows") continue
    for (const version of versions.split(", ")) {
      const match = pattern.exec(version)
      assert.ok(match !== null, `${id}: ${version}`)
      const [, release, first, last = first, pack = "-", packTo = pack, product = "-"] = match
      const packs = pack === "-" ? ["-"] : numbersFrom(Number(pack), Number(packTo))
      for (const each of packs) claims.push([release, first, last, each, product].join(" "))
    }
  }
  assert.equal(new Set(claims).size, claims.length)
})

test("registry values keep to the documented ranges of their reader", () => {
  const table: Readonly<Record<string, RegistryValue>> = REGISTRY_VALUES
  for (const host of HOST_PROFILES.filter(({ family }) => family === "windows")) {
    for (const [name, { value }] of Object.entries(host.settings)) {
      const { min, max } = table[name] ?? {}
      if (typeof value !== "number" || min === undefined || max === undefined) continue
      assert.ok(min <= value && value <= max, `${host.id}: ${name} ${value}`)
    }
  }
})

function numbersFrom(first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => String(first + index))
}

function valuesOf<T>(sourced: Sourced<T> | undefined): readonly T[] {
  return sourced === undefined
    ? []
    : [sourced.value, ...(sourced.also ?? []).map(({ value }) => value)]
}

test("a range is what ports.ts takes for one", () => {
  const ranges: readonly PortRange[] = HOST_PROFILES.flatMap((host) => valuesOf(host.ephemeral))
  assert.ok(ranges.length > 30)
})
