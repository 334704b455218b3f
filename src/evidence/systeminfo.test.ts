import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { formatEndpoint } from "../model/fourtuple.ts"
import { ncReader, telnetReader, testNetConnectionReader } from "./port-test.ts"
import { readText } from "./reading.ts"
import { systemLineReader, systemListReader } from "./systeminfo.ts"
import { getProcessReader, psReader, tasklistReader } from "./tasklist.ts"
import { tracerouteReader } from "./traceroute.ts"

const readers = [
  ...[systemLineReader, systemListReader, tasklistReader, getProcessReader, psReader],
  ...[testNetConnectionReader, telnetReader, ncReader, tracerouteReader],
]

function read(path: string) {
  const url = new URL(`../../test/fixtures/${path}`, import.meta.url)
  return readText(path, readFileSync(url), readers)
}

const systems: readonly [string, string, Readonly<Record<string, string>>][] = [
  ["xp-ver.txt", "windows 5.1", { family: "windows", version: "5.1", build: "2600" }],
  [
    "windows10-german-ver.txt",
    "windows 10.0",
    { family: "windows", version: "10.0", build: "19045.4291" },
  ],
  [
    "uname.txt",
    "linux 6.8.0-45-generic",
    { family: "linux", version: "6.8.0-45-generic", host: "web03", product: "Linux" },
  ],
  ["os-release", "linux", { family: "linux", product: "Debian GNU/Linux 12 (bookworm)" }],
  [
    "macos.txt",
    "macos 14.4.1",
    { family: "macos", product: "macOS", version: "14.4.1", build: "23E224" },
  ],
  [
    "systeminfo-german.txt",
    "windows 6.1",
    {
      family: "windows",
      product: "Microsoft Windows 7 Professional",
      version: "6.1",
      build: "7601",
      host: "DESK12",
    },
  ],
  [
    "computerinfo.txt",
    "windows 10.0",
    {
      family: "windows",
      product: "Windows Server 2022 Standard",
      version: "10.0",
      build: "20348.1.amd64fre.fe_release.210507-1500",
      host: "FILES1",
    },
  ],
]
for (const [file, system, data] of systems) {
  test(`system: ${file}`, () => {
    const { observations, sections, summary } = read(`system-version/${file}`)
    assert.deepEqual(
      observations.flatMap((o) => (o.kind === "fact" ? [o.data] : [])),
      [data],
    )
    assert.equal(sections[0]?.mark.system, system)
    assert.equal(summary.linesUnread, 0)
  })
}

const processes: readonly [string, string[]][] = [
  ["windows10.txt", ["0 System Idle Process", "812 svchost.exe", "4120 scanner.exe"]],
  ["windows-csv.txt", ["812 svchost.exe", "4120 scanner.exe"]],
  ["get-process.txt", ["812 svchost", "4120 scanner"]],
  ["ps-aux.txt", ["1 init", "812 nginx", "2 [kthreadd]"]],
  ["ps-ef.txt", ["1 init", "4120 postgres"]],
]
for (const [file, want] of processes) {
  test(`processes: ${file}`, () => {
    const { observations } = read(`tasklist/${file}`)
    assert.deepEqual(
      observations.flatMap((o) =>
        o.kind === "fact" ? [`${o.data["pid"]} ${o.data["name"]}`] : [],
      ),
      want,
    )
  })
}

function attempts(path: string) {
  return read(path).observations.flatMap((o) =>
    o.kind === "attempt"
      ? [`${o.to ? formatEndpoint(o.to) : "?"} ${o.ok ? "ok" : (o.error ?? "failed")}`]
      : [],
  )
}

test("Test-NetConnection and Windows telnet", () => {
  assert.deepEqual(attempts("port-test/windows-mixed.txt"), [
    "10.1.1.33:445 ok",
    "10.1.1.34:445 failed",
    "10.1.1.35:445 failed",
  ])
})

test("telnet and nc of Unix", () => {
  assert.deepEqual(attempts("port-test/linux-telnet-and-nc.txt"), [
    "192.0.2.17:80 ok",
    "192.0.2.18:81 ECONNREFUSED",
    "192.0.2.19:21 ETIMEDOUT",
    "192.0.2.20:443 ok",
    "192.0.2.21:80 ok",
  ])
})

test("traceroute and tracert give one fact and leave nothing unread", () => {
  const german = read("traceroute/windows-german.txt")
  assert.deepEqual(
    german.observations.flatMap((o) => (o.kind === "fact" ? [o.data] : [])),
    [{ destination: "10.2.0.33", hops: 3, answered: 2, reached: true }],
  )
  assert.equal(german.summary.linesUnread, 0)
  const [linux] = read("traceroute/linux.txt").observations
  assert.equal(linux?.kind === "fact" ? linux.data["reached"] : true, false)
})
