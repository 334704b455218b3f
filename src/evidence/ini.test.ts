import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { iniReader } from "./ini.ts"
import { readText } from "./reading.ts"

function read(name: string, content?: string) {
  const url = new URL(`../../test/fixtures/lan-manager-ini/${name}`, import.meta.url)
  const reading = readText(name, content ?? readFileSync(url), [iniReader])
  const settings = reading.observations.flatMap((o) =>
    o.kind === "setting" ? [`${o.of}.${o.name}=${o.value}`] : [],
  )
  const oddities = reading.observations.flatMap((o) => (o.kind === "oddity" ? [o.name] : []))
  return { ...reading, settings, oddities }
}

test("PROTOCOL.INI of a LAN Manager 2.2 client", () => {
  const { settings, oddities, sections, observations } = read("protocol.ini")
  for (const want of [
    "TCPIP_XIF.NBSESSIONS=6",
    "TCPIP_XIF.NBSESSIONS=8",
    "TCPIP_XIF.TCPSEGMENTSIZE=1450",
    "TCPIP_XIF.TCPWINDOWSIZE=2900",
    "TCPIP_XIF.LANABASE=0",
    "TCPIP_XIF.UNLOAD=unloadt /notsr[dc]",
    "NETBEUI_XIF.SESSIONS=6",
    "ELNK3_NIF.IOADDRESS=768",
  ]) {
    assert.ok(settings.includes(want), want)
  }
  assert.deepEqual(oddities, ["key-duplicated"])
  assert.equal(sections[0]?.mark.system, "lan-manager")
  const address = observations.find((o) => o.kind === "fact")
  assert.equal(address?.kind === "fact" ? address.data["address"] : "", "10.4.7.68")
})

test("TCPUTILS.INI", () => {
  const { settings, oddities } = read("tcputils.ini")
  assert.deepEqual(settings, [
    "SOCKETS.NUMSOCKETS=4",
    "SOCKETS.POOLSIZE=3200",
    "TELNET.NSESSIONS=2",
  ])
  assert.deepEqual(oddities, [])
})

const tolerated: readonly [string, string, string, string[], string[]][] = [
  [
    "a pasted section in a mail",
    "mail.txt",
    "[TCPIP]\nNBSESSIONS=2\nBest regards\n",
    ["TCPIP.NBSESSIONS=2"],
    [],
  ],
  ["an INI of something else", "php.ini", "[PHP]\nmemory_limit=1\n", [], []],
  ["a number that is none", "protocol.ini", "[TCPIP]\nNBSESSIONS=six\n", [], ["value-malformed"]],
  ["a line that is nothing", "protocol.ini", "[TCPIP]\nhello\n", [], ["row-malformed"]],
]
for (const [name, file, text, settings, oddities] of tolerated) {
  test(`LAN Manager INI: ${name}`, () => {
    const got = read(file, text)
    assert.deepEqual([got.settings, got.oddities], [settings, oddities])
  })
}
