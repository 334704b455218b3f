import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import { dynamicPortReader, excludedPortReader } from "./netsh.ts"
import { netshTcpReader } from "./netsh-tcp.ts"
import { netTcpSettingReader } from "./nettcpsetting.ts"
import { readText } from "./reading.ts"

const readers = [dynamicPortReader, excludedPortReader, netshTcpReader, netTcpSettingReader]
const fixtures = new URL("../../test/fixtures/", import.meta.url)

function read(path: string, content?: string) {
  const { observations, summary } = readText(
    path,
    content ?? readFileSync(new URL(path, fixtures)),
    readers,
  )
  const values = observations.flatMap((o) => {
    if (o.kind === "setting") return [`${o.of === undefined ? "" : `${o.of} `}${o.name}=${o.value}`]
    return o.kind === "counter" ? [`${o.name}=${o.value}`] : []
  })
  const oddities = observations.flatMap((o) => (o.kind === "oddity" ? [o.name] : []))
  return { values, oddities, unread: summary.linesUnread }
}

const languages = readdirSync(new URL("netsh-dynamicport/", fixtures)).filter((file) =>
  file.startsWith("windows10-"),
)
for (const file of languages) {
  test(`dynamic port range: ${file}`, () => {
    const { values, oddities, unread } = read(`netsh-dynamicport/${file}`)
    assert.deepEqual(values, ["dynamicport.ipv4.tcp.start=49152", "dynamicport.ipv4.tcp.num=16384"])
    assert.deepEqual([oddities, unread], [[], 0])
  })
}

test("dynamic port range: family and protocol come from the command line", () => {
  const { values, oddities } = read("netsh-dynamicport/server2016-four-pairs.txt")
  assert.deepEqual(values, [
    "dynamicport.ipv4.tcp.start=1025",
    "dynamicport.ipv4.tcp.num=64510",
    "dynamicport.ipv4.udp.start=49152",
    "dynamicport.ipv4.udp.num=16384",
    "dynamicport.ipv6.tcp.start=49153",
    "dynamicport.ipv6.tcp.num=16383",
    "dynamicport.ipv6.udp.start=49154",
    "dynamicport.ipv6.udp.num=16382",
  ])
  assert.deepEqual(oddities, [])
})

test("dynamic port range: cut, impossible, and named by a collector", () => {
  const cut =
    "Protocol tcp Dynamic Port Range\n---------------------------------\nStart Port : 49152\n"
  assert.deepEqual(read("a.txt", cut), {
    values: [],
    oddities: ["section-truncated"],
    unread: 0,
  })
  const big = `${cut}Number of Ports : 60000\n`
  assert.deepEqual(read("a.txt", big).oddities, ["value-out-of-range"])
  const v6 = `${cut}Number of Ports : 16384\n`
  assert.deepEqual(read("dynamicport-ipv6.txt", v6).values.length, 2)
  assert.match(read("dynamicport-ipv6.txt", v6).values[0] ?? "", /ipv6/)
})

test("excluded port ranges: administered, localized, none", () => {
  assert.deepEqual(read("netsh-excludedportrange/windows11-hyperv.txt").values, [
    "excludedportrange.ipv4.tcp=80-80,5357-5357,49690-49789,49790-49889,50000-50059",
  ])
  assert.deepEqual(read("netsh-excludedportrange/windows10-chinese.txt").values, [
    "excludedportrange.ipv4.udp=50000-50059",
  ])
  assert.deepEqual(read("netsh-excludedportrange/windows10-none.txt").values, [
    "excludedportrange.ipv4.tcp=",
  ])
})

test("show global of Windows 11", () => {
  const { values, oddities } = read("netsh-tcp/windows11-global.txt")
  assert.deepEqual(values, [
    "ReceiveSideScaling=enabled",
    "AutoTuningLevel=normal",
    "CongestionProvider=default",
    "EcnCapability=disabled",
    "Timestamps=allowed",
    "InitialRto=1000",
    "ReceiveSegmentCoalescing=enabled",
    "NonSackRttResiliency=disabled",
    "MaxSynRetransmissions=4",
    "FastOpen=enabled",
    "FastOpenFallback=enabled",
    "HyStart=enabled",
    "ProportionalRateReduction=enabled",
    "PacingProfile=off",
  ])
  assert.deepEqual(oddities, [])
})

test("show global of Server 2008 R2 and localized ones", () => {
  const old = read("netsh-tcp/server2008r2-global.txt")
  assert.ok(old.values.includes("Chimney=automatic"))
  assert.ok(old.values.includes("Timestamps=disabled"))
  for (const language of ["german", "russian"]) {
    const { values } = read(`netsh-tcp/windows10-${language}-global.txt`)
    assert.ok(values.includes("InitialRto=3000"), language)
    assert.ok(values.includes("MaxSynRetransmissions=2"), language)
    assert.ok(values.includes("Timestamps=disabled"), language)
    assert.ok(values.includes("EcnCapability=disabled"), language)
  }
})

test("show tcpstats gives counters", () => {
  const { values } = read("netsh-tcp/windows7-tcpstats.txt")
  assert.equal(values.length, 10)
  assert.ok(values.includes("TcpAttemptFails=17321"))
})

test("Get-NetTCPSetting: list and JSON, per template", () => {
  const { values, oddities } = read("get-nettcpsetting/windows11-list.txt")
  assert.ok(values.includes("InternetCustom InitialRto=1000"))
  assert.ok(values.includes("Datacenter DynamicPortRangeNumberOfPorts=2000"))
  assert.ok(!values.some((value) => value.startsWith("Automatic")))
  assert.deepEqual(oddities, [])
  const json = read("get-nettcpsetting/server2022.json")
  assert.ok(json.values.includes("Internet MaxSynRetransmissions=4"))
  assert.ok(json.values.includes("Datacenter InitialRto=3000"))
  assert.deepEqual(json.oddities, [])
})

test("Get-NetTCPSetting: a cut JSON is read as far as it goes", () => {
  const text = readFileSync(new URL("get-nettcpsetting/server2022.json", fixtures), "utf8")
  const { values, oddities } = read("a.json", text.slice(0, text.length - 60))
  assert.deepEqual(oddities, ["section-truncated"])
  assert.ok(values.includes("Internet InitialRto=1000"))
  assert.ok(values.some((value) => value.endsWith("InitialRto=3000")))
})
