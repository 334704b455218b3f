import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { netListingReader, netStatisticsReader } from "./net-listing.ts"
import { isNetSuccess, netUseReader, systemErrorOf } from "./net-use.ts"
import { readText } from "./reading.ts"

const readers = [netUseReader, netListingReader, netStatisticsReader]

function read(name: string, content?: string) {
  const url = new URL(`../../test/fixtures/net-use/${name}`, import.meta.url)
  const text =
    content ??
    new TextDecoder(name.startsWith("xp-g") ? "latin1" : "utf-8").decode(readFileSync(url))
  const { observations, summary } = readText(name, text, readers)
  return { observations, unread: summary.linesUnread }
}

function attemptsOf(name: string, content?: string) {
  return read(name, content).observations.flatMap((o) =>
    o.kind === "attempt"
      ? [`${o.to?.address ?? "?"}:${o.to?.port ?? ""} ${o.ok ? "ok" : o.error} @${o.at.line}`]
      : [],
  )
}

test("a batch of net use: each command with its outcome", () => {
  assert.deepEqual(attemptsOf("server2003-sweep.txt"), [
    "system01:445 ok @1",
    "system02:445 ok @5",
    "10.1.1.33:445 error 53 @9",
    "system04:445 error 64 @15",
    "system05:445 error 1203 @21",
  ])
  assert.ok(read("server2003-sweep.txt").unread <= 1)
})

test("a German batch and one without command lines", () => {
  assert.deepEqual(
    attemptsOf("xp-german-sweep.txt").map((text) => text.split(" @")[0]),
    ["pc17:445 ok", "pc18:445 error 53"],
  )
  assert.deepEqual(attemptsOf("echo-off.txt"), ["?: error 53 @1", "?: error 53 @5"])
})

test("a batch file alone claims nothing", () => {
  assert.deepEqual(
    attemptsOf("a.bat", "Net use \\\\system01\\ipc$\nNet use \\\\system02\\ipc$\n"),
    [],
  )
})

const errors: readonly [string, number][] = [
  ["System error 53 has occurred.", 53],
  ["Systemfehler 1203 aufgetreten.", 1203],
  ["L'erreur système 53 s'est produite.", 53],
  ["Error de sistema 53.", 53],
  ["Errore di sistema 64.", 64],
  ["Erro de sistema 53.", 53],
  ["Ocorreu o erro do sistema 53.", 53],
  ["Wystąpił błąd systemu 53.", 53],
  ["Системная ошибка 53.", 53],
  ["システム エラー 53 が発生しました。", 53],
  ["发生系统错误 53。", 53],
  ["Systeemfout 53 is opgetreden.", 53],
  ["Error 53: The computer name specified in the network path cannot be located.", 53],
]
for (const [line, number] of errors) {
  test(`systemErrorOf: ${line}`, () => assert.equal(systemErrorOf(line), number))
}

test("systemErrorOf and isNetSuccess leave other lines alone", () => {
  assert.equal(systemErrorOf("There were 53 errors in the system"), undefined)
  assert.equal(isNetSuccess("Команда выполнена успешно."), true)
  assert.equal(isNetSuccess("The command failed."), false)
})

test("net use listing: widths, wrapped remote, missing status", () => {
  const shares = read("xp-listing.txt").observations.flatMap((o) =>
    o.kind === "fact" ? [o.data] : [],
  )
  const network = "Microsoft Windows Network"
  assert.deepEqual(shares, [
    { server: "files1", share: "public", status: "OK", local: "P:", network },
    { server: "archive.department.example", share: "home", status: "Disconnected", local: "K:" },
    { server: "vboxsvr", share: "exchange", local: "X:", network: "VirtualBox Shared Folders" },
    { server: "10.1.1.5", share: "IPC$", status: "OK", network },
  ])
  const german = read("windows10-german-listing.txt")
  assert.deepEqual(
    german.observations.flatMap((o) => (o.kind === "fact" ? [o.data["status"]] : [])),
    ["OK", "Nicht verfügbar"],
  )
})

test("net session, net config server, net statistics", () => {
  const { observations } = read("server2008-sessions.txt")
  assert.deepEqual(
    observations.flatMap((o) => (o.kind === "counter" ? [`${o.name}=${o.value}`] : [])),
    ["smb.sessions=2"],
  )
  assert.deepEqual(
    read("windows7-german-config.txt").observations.flatMap((o) =>
      o.kind === "setting" ? [`${o.name}=${o.value}`] : [],
    ),
    ["Users=20", "MaxOpenFilesPerSession=16384", "AutoDisconnect=15"],
  )
  assert.deepEqual(
    read("server2003-statistics.txt").observations.flatMap((o) =>
      o.kind === "counter" ? [o.value] : [],
    ),
    [214, 7, 91],
  )
})
