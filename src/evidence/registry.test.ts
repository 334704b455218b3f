import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { readText } from "./reading.ts"
import { registryReader } from "./registry.ts"
import { itemPropertyReader, itemTableReader, regQueryReader } from "./registry-query.ts"

const readers = [registryReader, regQueryReader, itemPropertyReader, itemTableReader]

function read(path: string, content?: string) {
  const url = new URL(`../../test/fixtures/${path}`, import.meta.url)
  const { observations, summary } = readText(path, content ?? readFileSync(url), readers)
  const settings = observations.flatMap((o) =>
    o.kind === "setting" ? [`${o.name}=${o.value}@${o.of?.split("\\").at(-1) ?? ""}`] : [],
  )
  const oddities = observations.flatMap((o) =>
    o.kind === "oddity" ? [`${o.name}:${o.at.line}`] : [],
  )
  return { settings, oddities, unread: summary.linesUnread, observations }
}

test("a UTF-16 export of Server 2003 is read with strings, lists, deletions", () => {
  const { settings, oddities, unread } = read("registry-export/server2003-long-time-wait.reg")
  assert.deepEqual(settings, [
    "DataBasePath=%SystemRoot%\\etc@Parameters",
    "Hostname=billing07@Parameters",
    "TcpTimedWaitDelay=240@Parameters",
    "MaxUserPort=65534@Parameters",
    "ReservedPorts=1433-1434,6000-6002@Parameters",
    "KeepAliveTime=7200000@Parameters",
    "TcpInitialRtt=3000@{6B1C7C3E-52A0-4A58-9D11-7C0B59A1E0F2}",
  ])
  assert.deepEqual(oddities, ["value-malformed:12"])
  assert.equal(unread, 0)
})

test("REGEDIT4 with the KB's misspelt key and malformed value", () => {
  const { settings, oddities, observations } = read("registry-export/nt4-kb-malformed.reg")
  assert.deepEqual(
    settings,
    [
      "TcpTimedWaitDelay=10@Parameters",
      "MaxWorkItems=8192@Parameters",
      'ServerName=\\\\QUOTE"D"@',
      "Paths=c:\\a,d:\\b@Parameters",
    ].map((text) => (text.endsWith("@") ? `${text}Parameters` : text)),
  )
  assert.deepEqual(oddities, ["key-misspelt:3", "value-out-of-range:4", "value-malformed:7"])
  const first = observations.find((o) => o.kind === "setting")
  assert.match(first?.kind === "setting" ? (first.of ?? "") : "", /\\CurrentControlSet\\/)
})

test("reg query of Windows 10 with a localized end and of XP with tabs", () => {
  const windows10 = read("reg-query/windows10-tcpip.txt")
  assert.deepEqual(windows10.settings, [
    "DataBasePath=%SystemRoot%\\System32\\drivers\\etc@Parameters",
    "NV Hostname=desk-114@Parameters",
    "TcpTimedWaitDelay=30@Parameters",
    "MaxUserPort=65534@Parameters",
    "ReservedPorts=1433-1434,6000-6002@Parameters",
    "DhcpSubnetMaskOpt=255.255.255.0@Parameters",
    "UseDelayedAcceptance=0@Winsock",
  ])
  assert.deepEqual(windows10.oddities, [])
  assert.deepEqual(read("reg-query/xp-tabs.txt").settings, ["TcpTimedWaitDelay=30@Parameters"])
})

test("Get-ItemProperty: the wrapped PSPath gives the key", () => {
  const { settings, oddities } = read("get-itemproperty/server2012-tcpip.txt")
  assert.deepEqual(settings, [
    "TcpTimedWaitDelay=30@Parameters",
    "MaxUserPort=65534@Parameters",
    "Hostname=web03@Parameters",
  ])
  assert.deepEqual(oddities, [])
})

test("the key in the prose of KB Q149532 is only named as misspelt", () => {
  const text =
    "   HKEY_LOCAL_MACHINE\\System\\CurrectControlSet\\services\\Tcpip\\Parameters\n\nThe\n"
  const { settings, oddities } = read("q149532.txt", text)
  assert.deepEqual(settings, [])
  assert.deepEqual(oddities, ["key-misspelt:1"])
})

const odd: readonly [string, string, string[], string[]][] = [
  ["a hex value cut in the middle", '"A"=hex(7):31,00,\\\n', [], ["section-truncated:4"]],
  ["a byte that is none", '"A"=hex(b):zz,00\n', [], ["value-malformed:4"]],
  ["a key that is not closed", "[HKEY_LOCAL_MACHINE\\X\n", [], ["row-malformed:4"]],
  ["a type nobody knows", '"A"=qword:1\n', [], ["value-malformed:4"]],
  ["a big-endian number", '"A"=hex(5):00,00,01,00\n', ["A=256@Y"], []],
  ["a missing continuation", '"A"=hex(b):01,\\\n"B"=dword:2\n', ["B=2@Y"], ["row-truncated:5"]],
]
for (const [name, text, settings, oddities] of odd) {
  test(`registry export: ${name}`, () => {
    const head = "REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\X\\Y]\n"
    const got = read("a.reg", head + text)
    assert.deepEqual([got.settings, got.oddities], [settings, oddities])
  })
}

test("Get-ItemProperty: selected values as a table", () => {
  const head = "TcpTimedWaitDelay MaxUserPort\n----------------- -----------\n"
  const { settings } = read("a.txt", `${head}               30       65534\n`)
  assert.deepEqual(settings, ["TcpTimedWaitDelay=30@", "MaxUserPort=65534@"])
})
