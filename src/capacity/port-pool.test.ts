import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type HostParts, hostOf, rowsOf, tableOf } from "../../test/host-evidence.ts"
import { poolHas } from "../model/ports.ts"
import { ledgerOf } from "./ledger.ts"
import { familyOf, hostPool, isBeforeVista, type SystemFamily } from "./port-pool.ts"

const families: readonly (readonly [systems: readonly string[], family: SystemFamily])[] = [
  [["linux 6.18.44"], "linux"],
  [["Ubuntu 24.04", "iproute2"], "linux"],
  [["windows"], "windows"],
  [["Windows XP SP2 or SP3 (event 4226)"], "windows"],
  [["Win32NT 10.0.20348"], "windows"],
  [["windows nt 4.0"], "windows"],
  [["darwin 23.5.0"], "macos"],
  [["darwin23.5.0"], "macos"],
  [["macOS 14.5"], "macos"],
  [["freebsd 14.1"], "freebsd"],
  [["LAN Manager 2.2 for MS-DOS"], "lan-manager"],
  [["windows", "lan-manager"], "lan-manager"],
  [["solaris"], "unknown"],
  [[], "unknown"],
]

for (const [systems, family] of families) {
  test(`${systems.join(", ") || "no word"} is ${family}`, () => {
    assert.equal(familyOf(hostOf({ systems })), family)
  })
}

test("where no system is named, its settings tell it", () => {
  const settings = { "net.ipv4.ip_local_port_range": "32768 60999" }
  assert.equal(familyOf(hostOf({ systems: [], settings })), "linux")
  const registry = { "TcpTimedWaitDelay@HKLM\\SYSTEM\\Tcpip\\Parameters": 30 }
  assert.equal(familyOf(hostOf({ systems: [], settings: registry })), "windows")
})

const pools: readonly (readonly [
  name: string,
  parts: HostParts,
  want: readonly [first: number, last: number, size: number, sharing: string, assumed: boolean],
])[] = [
  [
    "Linux as set",
    { settings: { "net.ipv4.ip_local_port_range": "1024\t2047" } },
    [1024, 2047, 1024, "four-tuple", false],
  ],
  [
    "Linux less the reserved ports, inside the range or not",
    {
      settings: {
        "net.ipv4.ip_local_port_range": "1024 2047",
        "net.ipv4.ip_local_reserved_ports": "80,1030-1039,1035-1044",
      },
    },
    [1024, 2047, 1009, "four-tuple", false],
  ],
  ["Linux by default", {}, [32768, 60999, 28232, "four-tuple", true]],
  [
    "FreeBSD with first above last",
    {
      systems: ["freebsd"],
      settings: { "net.inet.ip.portrange.first": 49151, "net.inet.ip.portrange.last": 10000 },
    },
    [10000, 49151, 39152, "four-tuple", false],
  ],
  [
    "macOS, where a port has one owner",
    {
      systems: ["macos"],
      settings: { "net.inet.ip.portrange.first": 49152, "net.inet.ip.portrange.last": 65535 },
    },
    [49152, 65535, 16384, "host-wide", false],
  ],
  [
    "Windows since Vista less the excluded ranges",
    {
      systems: ["windows"],
      settings: {
        "dynamicport.ipv4.tcp.start": 49152,
        "dynamicport.ipv4.tcp.num": 16384,
        "excludedportrange.ipv4.tcp": "50000-50059,5357",
      },
    },
    [49152, 65535, 16324, "host-wide", false],
  ],
  [
    "Windows with a range beyond the last port",
    {
      systems: ["windows"],
      settings: { "dynamicport.ipv4.tcp.start": 60000, "dynamicport.ipv4.tcp.num": 16384 },
    },
    [60000, 65535, 5536, "host-wide", false],
  ],
  [
    "Windows before Vista with MaxUserPort",
    { systems: ["windows xp"], settings: { MaxUserPort: 65534 } },
    [1025, 65534, 64510, "host-wide", false],
  ],
  [
    "MaxUserPort below what is allowed",
    { systems: ["windows 2000"], settings: { MaxUserPort: 1000 } },
    [1025, 5000, 3976, "host-wide", false],
  ],
  [
    "MaxUserPort that is no number",
    { systems: ["windows xp"], settings: { MaxUserPort: "many" } },
    [1025, 5000, 3976, "host-wide", true],
  ],
  [
    "MaxUserPort on a Windows that ignores it",
    { systems: ["windows 2008"], settings: { MaxUserPort: 65534 } },
    [49152, 65535, 16384, "host-wide", true],
  ],
  [
    "Windows of unknown age by the ports it uses: old",
    { systems: ["windows"], moments: [{ rows: rowsOf(9, { localPort: 1100 }) }] },
    [1025, 5000, 3976, "host-wide", true],
  ],
  [
    "Windows of unknown age by the ports it uses: new",
    { systems: ["windows"], moments: [{ rows: rowsOf(9, { localPort: 50_000 }) }] },
    [49152, 65535, 16384, "host-wide", true],
  ],
]

for (const [name, parts, want] of pools) {
  test(`the pool of ${name}`, () => {
    const found = hostPool(hostOf(parts))
    assert.ok(found !== undefined)
    const { pool, size, sharing, assumed } = found
    assert.deepEqual([pool.range.first, pool.range.last, size, sharing, assumed], want)
  })
}

for (const [name, parts] of [
  ["no word of the system", { systems: [] }],
  ["a Windows of unknown age", { systems: ["windows"] }],
  [
    "a Windows of unknown age whose ports are from both ranges",
    {
      systems: ["windows"],
      moments: [{ rows: [...rowsOf(9, { localPort: 1100 }), ...rowsOf(9, { localPort: 50_000 })] }],
    },
  ],
  ["LAN Manager, which counts connections", { systems: ["lan-manager"] }],
] as const) {
  test(`${name} gives no pool rather than a guess`, () => {
    assert.equal(hostPool(hostOf(parts)), undefined)
  })
}

for (const [systems, old] of [
  [["windows nt 4.0"], true],
  [["Windows XP [Version 5.1.2600]"], true],
  [["windows 5.2.3790"], true],
  [["Windows Server 2003"], true],
  [["windows 6.1.7601"], false],
  [["Windows 10.0.20348"], false],
  [["Microsoft Windows Server 2016 Standard"], false],
  [["windows"], undefined],
] as const) {
  test(`${systems[0]} is ${old === undefined ? "of unknown age" : old ? "before" : "since"} Vista`, () => {
    assert.equal(isBeforeVista(hostOf({ systems })), old)
  })
}

test("ports held and ports free are the pool", () => {
  const settings = {
    "net.ipv4.ip_local_port_range": "40000 40063",
    "net.ipv4.ip_local_reserved_ports": "40010-40019,40015-40021",
  }
  const pool = hostPool(hostOf({ settings }))
  assert.ok(pool !== undefined)
  const port = fc.integer({ min: 39_990, max: 40_075 })
  fc.assert(
    fc.property(fc.uniqueArray(port), (ports) => {
      const use = ledgerOf(tableOf(ports.map((localPort) => ({ localPort }))), pool).uses[0]
      const free = Array.from({ length: 64 }, (_, index) => 40_000 + index).filter(
        (each) => poolHas(pool.pool, each) && !ports.includes(each),
      )
      assert.equal((use?.held ?? 0) + free.length, pool.size)
    }),
  )
})
