import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { digReader } from "./dig.ts"
import { ipconfigReader } from "./ipconfig.ts"
import { getentReader, hostReader, nslookupReader, resolveDnsReader } from "./names.ts"
import { readText } from "./reading.ts"

const readers = [
  nslookupReader,
  digReader,
  hostReader,
  getentReader,
  resolveDnsReader,
  ipconfigReader,
]

function read(path: string) {
  const bytes = readFileSync(new URL(`../../test/fixtures/${path}`, import.meta.url))
  const text = new TextDecoder(path.includes("polish") ? "latin1" : "utf-8").decode(bytes)
  const reading = readText(path, text, readers)
  const facts = reading.observations.flatMap((o) => {
    if (o.kind !== "fact") return []
    const { name = "", answers, error, server, ms } = o.data
    if (o.name === "name-answer") {
      return [[name, error ?? answers, server, ms].filter((part) => part !== undefined).join(" ")]
    }
    return [[o.name, o.data["address"] ?? o.data["gateway"] ?? name].join(" ")]
  })
  return { ...reading, facts }
}

const answers: readonly [string, string[]][] = [
  [
    "nslookup-windows",
    [
      "www.corp.example 2001:db8::17,192.0.2.17,192.0.2.18 10.1.1.2",
      "gone.corp.example NXDOMAIN 10.1.1.2",
      "slow.corp.example timeout 10.1.1.2",
    ],
  ],
  ["nslookup-french", ["www.corp.example 2001:db8::17,192.0.2.17 10.1.1.2"]],
  ["nslookup-japanese", ["www.corp.example 192.0.2.17 10.1.1.2"]],
  [
    "nslookup-bind",
    [
      "web.corp.example 192.0.2.17,2001:db8::17 127.0.0.53",
      "gone.corp.example NXDOMAIN 127.0.0.53",
      "slow.corp.example timeout",
    ],
  ],
  [
    "dig",
    [
      "www.corp.example 192.0.2.17,192.0.2.18 192.0.2.53 3",
      "gone.corp.example NXDOMAIN 192.0.2.53 12",
      "slow.corp.example timeout",
    ],
  ],
  [
    "host-and-getent",
    [
      "gone.corp.example NXDOMAIN",
      "web.corp.example 192.0.2.17,2001:db8::17",
      "db1.corp.example 192.0.2.40",
    ],
  ],
  ["resolve-dnsname", ["www.corp.example 2001:db8::17,192.0.2.17", "gone.corp.example NXDOMAIN"]],
]
for (const [file, want] of answers) {
  test(`name answers: ${file}`, () => {
    assert.deepEqual([...read(`names/${file}.txt`).facts].sort(), [...want].sort())
  })
}

for (const language of ["german", "japanese", "french"]) {
  test(`ipconfig of Windows 10: ${language}`, () => {
    assert.deepEqual(read(`ipconfig/windows10-${language}.txt`).facts, [
      "address fe80::52cc:24f9:afc:a9dd%13",
      "address 10.1.1.5",
      "route 10.1.1.1",
    ])
  })
}

test("ipconfig /all and ipconfig of XP", () => {
  const { facts, sections } = read("ipconfig/windows10-all.txt")
  assert.deepEqual(facts, [
    "host MGMT01",
    "address fe80::9c2b:11d:4f7e:cafe%7",
    "address 10.1.1.5",
    "route fe80::1%7",
    "route 10.1.1.1",
  ])
  assert.equal(sections[0]?.mark.host, "MGMT01")
  assert.deepEqual(read("ipconfig/xp-polish.txt").facts, ["address 10.1.1.5", "route 10.1.1.1"])
})
