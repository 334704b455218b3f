/** Logs of ISA and TMG: every version and format, columns as they come, and what is no such log. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import test from "node:test"
import { isaLog } from "../../../test/isa-log.ts"
import type { LogObservation, Observation } from "../../model/observation.ts"
import { readText } from "../reading.ts"
import { IsaClock } from "./isa-clock.ts"
import { isaResult } from "./isa-result.ts"

const fixtures = new URL("../../../test/fixtures/isa-log/", import.meta.url)

function read(name: string, text: string) {
  const reading = readText(name, text)
  const rows = reading.observations.filter((each): each is LogObservation => each.kind === "log")
  return { ...reading, rows }
}

function fixture(name: string) {
  return read(name, readFileSync(new URL(name, fixtures), "utf8"))
}

function oddities(observations: readonly Observation[]): readonly string[] {
  return observations.flatMap((each) => (each.kind === "oddity" ? [each.name] : []))
}

/** One line a row, so that a change is seen at a glance. */
function brief({ time, did, protocol, from, to, result, connection, ms }: LogObservation): string {
  const clock = time === undefined ? "-" : new Date(time * 1000).toISOString().slice(5, 19)
  const end = (at: typeof from) => (at === undefined ? "-" : `${at.address}|${at.port ?? "*"}`)
  const rest = [did ?? "-", protocol ?? "-", end(from), end(to), result ?? "-", connection ?? "-"]
  return [clock, ...rest, ms ?? "-"].join(" ")
}

const wanted: Readonly<Record<string, readonly string[]>> = {
  "isa2006-firewall.w3c": [
    "03-12T08:00:00 deny udp 10.1.1.40|138 10.1.1.255|138 0xc004000d - -",
    "03-12T08:00:00 deny igmp 10.1.1.41|* 224.0.0.1|* 0xc004000d - -",
    "03-12T08:00:01 open icmp 10.1.1.5|* 10.2.0.1|* 0x0 12:70001 -",
    "03-12T08:00:02 open tcp 10.1.1.5|1118 10.2.0.1|445 0x0 12:70002 -",
    "03-12T08:00:02 open tcp 10.1.1.5|1119 10.2.0.2|445 0x0 12:70003 -",
    "03-12T08:00:03 deny tcp 10.1.1.5|1120 10.2.0.3|445 0xc0040037 - -",
    "03-12T08:00:06 deny tcp 10.1.1.5|1120 10.2.0.3|445 0xc0040037 - -",
    "03-12T08:00:07 deny tcp 10.1.1.9|2001 10.2.0.9|23 0xc004000d - -",
    "03-12T08:00:29 - tcp 10.1.1.85|13122 10.2.0.195|135 0x0 2:233149 1799875",
    "03-12T08:00:30 fail tcp 10.1.1.6|1500 10.2.0.77|80 0xc0040038 13:70010 21031",
    "03-12T08:02:04 close tcp 10.1.1.5|1118 10.2.0.1|445 0x80074e20 12:70002 122031",
    "03-12T08:02:05 deny tcp 10.1.1.5|1118 10.2.0.1|445 0xc0040017 - -",
    "03-12T08:02:31 close - 10.1.1.5|1119 10.2.0.2|445 0x80074e24 12:70003 149000",
    "03-12T08:02:33 open - 10.1.1.5|1121 10.2.0.4|445 0x0 12:70012 -",
  ],
  "tmg2010-firewall.w3c": [
    "05-21T07:11:12 open tcp 10.1.1.5|50001 203.0.113.7|443 0x0 4:3105840 -",
    "05-21T07:11:12 open tcp 2001:db8:1::5|50002 2001:db8:2::7|443 0x0 4:3105841 -",
    "05-21T07:11:13 deny tcp 10.1.1.5|50003 203.0.113.8|443 0xc004003a - -",
    "05-21T07:11:13 deny icmpv6 fe80::1|* ff02::1|* 0xc0040041 - -",
    "05-21T07:12:13 close tcp 10.1.1.5|50001 203.0.113.7|443 0x80074e21 4:3105840 61000",
    "05-21T07:12:40 - tcp 2001:db8:1::5|50002 2001:db8:2::7|443 0x0 4:3105841 88000",
  ],
  "isa2006-native-firewall.log": [
    "03-12T09:00:02 open tcp 10.1.1.5|1118 10.2.0.1|445 0x0 12:70002 -",
    "03-12T09:00:03 deny tcp 10.1.1.5|1120 10.2.0.3|445 0xc0040037 - -",
    "03-13T00:02:04 close tcp 10.1.1.5|1118 10.2.0.1|445 0x80074e20 12:70002 54122031",
  ],
  "tmg2010-native-firewall.log": [
    "05-21T07:11:12 close udp 192.0.2.9|51000 192.0.2.53|53 0x80074e20 2:3105840 61000",
    "05-21T07:11:13 deny tcp 10.1.1.5|50001 203.0.113.7|445 0xc004000d - -",
    "05-21T07:11:14 open tcp 10.1.1.5|50002 203.0.113.7|443 0x0 3:3105841 -",
  ],
  "isa2000-FWSEXTD20010623.log": [
    "06-23T10:00:00 open tcp 10.1.1.5|* 10.2.0.1|445 0x0 5:17 -",
    "06-23T10:02:00 close tcp 10.1.1.5|* 10.2.0.1|445 20000 5:17 120016",
    "06-23T10:02:01 deny tcp 10.1.1.5|* 10.2.0.2|23 13301 5:18 -",
    "06-23T10:02:30 fail tcp 10.1.1.5|* 10.2.0.3|445 10060 5:19 21031",
    "06-23T10:02:31 - - 10.1.1.5|* fs1.example.net|* 0x0 5:20 -",
  ],
  "isa2000-native-firewall.log": [
    "06-23T10:00:00 open tcp 10.1.1.5|* 10.2.0.1|445 0x0 5:17 -",
    "06-23T10:02:00 close tcp 10.1.1.5|* 10.2.0.1|445 20000 5:17 120016",
  ],
  "isa2000-IPPEXTD20010623.log": [
    "06-23T10:00:00 deny tcp 203.0.113.9|4021 198.51.100.1|445 SYN - -",
    "06-23T10:00:01 - tcp 203.0.113.9|4021 198.51.100.1|80 ACK,FIN - -",
    "06-23T10:00:02 deny icmp 203.0.113.9|* 198.51.100.1|* - - -",
    "06-23T10:00:03 - udp 198.51.100.1|1030 203.0.113.53|53 - - -",
  ],
  "isa2004-web.w3c": [
    "11-12T00:00:00 - http 10.25.34.65|* 203.0.113.93|80 200 - 78",
    "11-12T00:00:02 - http 10.25.100.2|* 10.25.100.85|8080 12209 - 1",
    "11-12T00:00:03 - http 10.25.48.32|* - 12202 - 1",
    "11-12T00:00:24 - ssl-tunnel 10.25.48.33|* 203.0.113.50|443 10060 - 21015",
  ],
  "tmg2010-native-web.log": [
    "05-21T07:11:12 - http 10.1.1.20|* 203.0.113.20|80 200 - 187",
    "05-21T07:11:40 - http 10.1.1.20|* 203.0.113.21|80 10060 - 21000",
  ],
  "isa2006-log-viewer.txt": [
    "09-28T14:29:18 open tcp 10.1.1.15|1463 10.1.1.2|8080 0x0 - -",
    "09-28T14:36:14 close tcp 10.1.1.15|1463 10.1.1.2|8080 0x80074e20 - 416000",
    "09-28T14:36:15 deny tcp 10.1.1.5|1999 10.2.0.9|445 0xc0040037 - -",
    "09-28T14:36:15 - http 10.1.1.15|* 203.0.113.54|80 302 - 31",
  ],
  "tmg2010-database.csv": [
    "05-21T07:11:12 open tcp 10.1.1.5|50001 203.0.113.7|445 0x0 7:400001 -",
    "05-21T07:11:13 deny tcp 10.1.1.5|50002 203.0.113.7|445 0xc0040037 - -",
    "03-12T10:11:14 close tcp 10.1.1.5|50003 10.2.0.1|445 0x80074e20 7:400002 2000",
  ],
  "isa2004-rows-found.txt": [
    "03-12T08:00:02 open tcp 10.1.1.5|1118 10.2.0.1|445 0x0 12:70002 -",
    "03-12T08:00:03 deny tcp 10.1.1.5|1120 10.2.0.3|445 0xc0040037 - -",
  ],
}

for (const [name, rows] of Object.entries(wanted)) {
  test(`${name}: every row, in the same words for every version`, () => {
    const reading = fixture(name)
    assert.deepEqual(reading.rows.map(brief), rows)
    assert.ok(reading.rows.every(({ source }) => source === "isa"))
  })
}

test("rule, firewall and translation are kept", () => {
  const [first] = fixture("tmg2010-firewall.w3c").rows
  assert.equal(first?.rule, "Allow [web], all")
  assert.equal(first?.vantage, "TMG01")
  assert.deepEqual(first?.translatedFrom, { address: "198.51.100.1" })
  // A forwarder's head is no name, and a native file has a grave accent for a comma.
  assert.equal(fixture("tmg2010-native-firewall.log").rows[2]?.vantage, "TMG")
  assert.equal(fixture("isa2006-native-firewall.log").rows[2]?.rule, "Management, office")
})

test("actions are the log's own words, numbers of a database their names", () => {
  const actions = (name: string) => fixture(name).rows.map(({ action }) => action)
  assert.deepEqual(actions("tmg2010-database.csv"), ["Establish", "Denied", "Terminate"])
  assert.equal(actions("isa2006-firewall.w3c")[8], "Intermediate")
  assert.deepEqual(actions("isa2004-web.w3c"), ["Allowed", "Denied", "Denied", "Failed"])
})

test("local times are said to be of an unknown zone, once; UTC is not", () => {
  for (const [name, times] of [
    ["isa2006-native-firewall.log", 1],
    ["isa2000-native-firewall.log", 1],
    ["tmg2010-native-firewall.log", 0],
    ["isa2006-log-viewer.txt", 0],
    ["isa2006-firewall.w3c", 0],
  ] as const) {
    const names = oddities(fixture(name).observations)
    assert.equal(names.filter((each) => each === "time-zone-unknown").length, times, name)
  }
})

const head = "#Software: Microsoft Internet Security and Acceleration Server 2006\n"

test("columns in another order, and a day that only #Date names", () => {
  const fields = "#Fields: time\taction\tdestination\tsource\tstatus\tIP protocol\n"
  const text = `${head}#Date: 2007-03-12 23:59:58\n${fields}23:59:59\tDenied\t10.2.0.1:445\t10.1.1.5:1118\t0xc0040037\tTCP\n00:00:01\tDenied\t10.2.0.2:445\t10.1.1.5:1119\t0xc0040037\tTCP\n`
  assert.deepEqual(read("isa.w3c", text).rows.map(brief), [
    "03-12T23:59:59 deny tcp 10.1.1.5|1118 10.2.0.1|445 0xc0040037 - -",
    "03-13T00:00:01 deny tcp 10.1.1.5|1119 10.2.0.2|445 0xc0040037 - -",
  ])
})

test("a row that is cut or damaged is named, the rest is read", () => {
  const text = isaLog([1, 2, 3].map((second) => denied(1_173_686_400 + second, second)))
  const lines = text.split("\r\n")
  lines[5] = lines[5]?.replace("2007-03-12", "2007-33-12") ?? ""
  lines[6] = lines[6]?.slice(0, 60) ?? ""
  const reading = read("isa.w3c", lines.join("\r\n"))
  assert.equal(reading.rows.length, 1)
  assert.deepEqual(oddities(reading.observations), ["row-malformed", "row-malformed"])
})

test("what follows in a transcript is left to its own reader", () => {
  const text = `${isaLog([denied(1_173_686_400, 1)])}\nC:\\>netstat -an\n\nActive Connections\n\n  Proto  Local Address          Foreign Address        State\n  TCP    10.1.1.5:1118          10.2.0.1:445           ESTABLISHED\n`
  const reading = readText("transcript.txt", text)
  assert.ok(reading.summary.formats.includes("isa-w3c-log"))
  assert.ok(reading.observations.some((each) => each.kind === "socket"))
})

test("of rows cut out of a log with chosen columns only the beginning is read", () => {
  const row =
    "FW5|2012-12-23|00:00:02|TCP|10.1.1.5:1280|10.2.0.1:445|10.1.1.5|Internal|External|Denied|0xc004000d|Default rule||CIFS|0|0|0|0|-|-|-|-|0|0|-|-|4|7|-|0|-"
  const { rows } = read("found.txt", `${row.replaceAll("|", "\t")}\n`)
  assert.deepEqual(rows.map(brief), [
    "12-23T00:00:02 deny tcp 10.1.1.5|1280 10.2.0.1|445 0xc004000d - -",
  ])
})

const others = [
  [
    "IIS",
    "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2024-01-01 00:00:00\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken\n2024-01-01 00:00:00 10.0.0.1 GET / - 80 - 10.0.0.2 Mozilla 200 0 0 15\n",
  ],
  [
    "Windows Firewall",
    "#Version: 1.5\n#Software: Microsoft Windows Firewall\n#Time Format: Local\n#Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path\n\n2024-01-01 00:00:00 DROP TCP 10.0.0.2 10.0.0.1 50000 445 52 S 1 0 8192 - - - RECEIVE\n",
  ],
  ["a table with dates", "name\t2024-01-01\t10:00:00\tTCP\ta\tb\tc\td\te\tf\tg\th\ti\n"],
  [
    "a CSV with an action",
    "time,user,action,source,target\n2024-01-01 10:00:00,ann,login,web,crm\n",
  ],
] as const

for (const [name, text] of others) {
  test(`${name} is no log of ISA`, () => {
    const { formats } = readText("x.log", text).summary
    assert.deepEqual(
      formats.filter((format) => format.startsWith("isa-")),
      [],
    )
  })
}

test("days of local dates: by their sign, by a day above 12, by the file's name", () => {
  const stamp = (name: string, ...stamps: readonly string[]) => {
    const clock = new IsaClock({ path: name, name })
    const times = stamps.map((text) => clock.timeOfStamp(text))
    return times.map((time) => (time === undefined ? "-" : new Date(time * 1000).toISOString()))
  }
  assert.deepEqual(stamp("x", "3/4/2010 4:05:06 PM"), ["2010-03-04T16:05:06.000Z"])
  assert.deepEqual(stamp("x", "3.4.2010 16:05:06"), ["2010-04-03T16:05:06.000Z"])
  assert.deepEqual(stamp("x", "13/4/2010 0:00:00", "3/4/2010 12:00:00 AM"), [
    "2010-04-13T00:00:00.000Z",
    "2010-04-03T00:00:00.000Z",
  ])
  assert.deepEqual(stamp("isalog_20100403_fws_000.iis", "3/4/2010 1:02:03"), [
    "2010-04-03T01:02:03.000Z",
  ])
  assert.deepEqual(stamp("x", "2/31/2010 1:02:03", "1/1/2010 25:00:00", "now"), ["-", "-", "-"])
})

test("names of objects are texts like any other", () => {
  const row = denied(1_173_686_400, 1)
  for (const name of ["__proto__", "constructor", "toString"]) {
    const reading = read(
      "isa.w3c",
      isaLog([{ ...row, protocol: name, rule: name }], { computer: name }),
    )
    assert.equal(reading.rows[0]?.protocol, name.toLowerCase())
    assert.equal(reading.rows[0]?.rule, name)
    assert.equal(reading.rows[0]?.vantage, name)
  }
})

test("seed 001: rows of the management computer carry the codes that name the firewall", () => {
  const codes = [0xc0040037, 0xc004000d, 0xc0040017]
  const log = codes.map((code, index) => ({ ...denied(1_173_686_400 + index, index), code }))
  const { rows } = read("isa.w3c", isaLog(log))
  assert.ok(rows.every(({ from, did }) => from?.address === "10.1.1.5" && did === "deny"))
  const limits = rows.map(({ result = "" }) => isaResult(result)?.limits[0])
  assert.deepEqual(limits, ["firewall-rate", "firewall-policy", "firewall-idle-timeout"])
})

function denied(time: number, index: number) {
  const from = { address: "10.1.1.5", port: 1118 + index }
  return { time, from, to: { address: `10.2.0.${index + 1}`, port: 445 }, isAllowed: false }
}
