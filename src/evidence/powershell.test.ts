import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import test from "node:test"
import { formatEndpoint } from "../model/fourtuple.ts"
import { readText } from "./reading.ts"

const fixtures = new URL("../../test/fixtures/", import.meta.url)

function linesOf(name: string): readonly string[] {
  const { observations } = readText(name, readFileSync(new URL(name, fixtures)))
  return observations.map((each) => {
    if (each.kind !== "socket") return each.kind
    const ends = `${formatEndpoint(each.local)} > ${formatEndpoint(each.remote)}`
    return `${each.protocol} ${each.state ?? "-"} ${ends} ${each.pid ?? "-"} ${each.process ?? "-"}`
  })
}

const cases: readonly (readonly [string, readonly string[]])[] = [
  [
    "powershell/windows-10-table.txt",
    [
      "tcp LISTEN [::]:49670 > [::]:0 708 -",
      "tcp ESTABLISHED [2001:db8:85a3:8d3:1319:8a2e:370:...]:50124 > [2001:db8::17]:443 7312 -",
      "tcp BOUND 10.1.1.5:50012 > 0.0.0.0:0 7312 -",
      "tcp SYN-SENT 10.1.1.5:50125 > 10.1.2.18:445 4 -",
      "tcp TIME-WAIT 10.1.1.5:50126 > 10.1.2.18:80 0 -",
    ],
  ],
  [
    "powershell/windows-2012-narrow.txt",
    ["tcp LISTEN 0.0.0.0:135 > 0.0.0.0:0 - -", "tcp CLOSE-WAIT 10.1.1.5:50125 > 10.1.2.18:445 - -"],
  ],
  [
    "powershell/windows-10-list.txt",
    ["tcp LISTEN [::]:49670 > [::]:0 708 -", "tcp FIN-WAIT-2 10.1.1.5:50125 > 10.1.2.18:445 4 -"],
  ],
  [
    "powershell/windows-10-csv.txt",
    [
      "tcp ESTABLISHED 10.1.1.5:50124 > 203.0.113.9:443 7312 -",
      "tcp TIME-WAIT 10.1.1.5:50126 > 10.1.2.18:80 0 -",
    ],
  ],
  [
    "powershell/windows-10-json.txt",
    [
      "tcp ESTABLISHED 10.1.1.5:50124 > 203.0.113.9:443 7312 -",
      "tcp TIME-WAIT 10.1.1.5:50126 > 10.1.2.18:80 0 -",
    ],
  ],
  ["powershell/windows-11-json-single.txt", ["tcp LISTEN [::]:49670 > [::]:0 708 -"]],
  ["powershell/windows-10-udp.txt", ["udp - [::]:5353 > *:* - -", "udp - 0.0.0.0:500 > *:* - -"]],
  [
    "lsof/linux-i.txt",
    [
      "tcp LISTEN *:80 > *:* 1608 nginx",
      "tcp CLOSE-WAIT 10.1.1.5:8080 > 10.1.9.9:40100 3120 java",
      "udp - 127.0.0.53:53 > *:* 640 systemd-r",
    ],
  ],
  [
    "lsof/macos-inp.txt",
    [
      "tcp LISTEN *:49152 > *:* 501 rapportd",
      "tcp ESTABLISHED [2001:db8::5]:50123 > [2001:db8::17]:443 777 Google H",
      "udp - *:* > *:* 600 identitys",
    ],
  ],
  [
    "lsof/macos-fields.txt",
    [
      "tcp LISTEN *:49152 > *:* 501 rapportd",
      "tcp ESTABLISHED 10.1.1.5:50123 > 10.1.2.17:443 777 Google Chrome",
    ],
  ],
]

for (const [name, want] of cases) {
  test(`${name} is read row for row`, () => assert.deepEqual(linesOf(name), want))
}
