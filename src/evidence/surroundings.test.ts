/**
 * What holds for every reader of settings and surroundings: damage never throws, citations stay
 * inside the text, every line is cheap however it is made, and no two of them fight over one
 * fixture.
 */
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import fc from "fast-check"
import type { Reader, SectionContext } from "./reader.ts"
import { READERS } from "./readers.ts"
import { readText } from "./reading.ts"

const fixtures = new URL("../../test/fixtures/", import.meta.url)
/** Folder → the format its files must be read as. */
const folders: Readonly<Record<string, readonly string[]>> = {
  "registry-export": ["registry-export"],
  "reg-query": ["reg-query"],
  "get-itemproperty": ["get-itemproperty", "get-itemproperty-table"],
  "netsh-dynamicport": ["netsh-dynamicport"],
  "netsh-excludedportrange": ["netsh-excludedportrange"],
  "netsh-tcp": ["netsh-tcp"],
  "get-nettcpsetting": ["get-nettcpsetting"],
  "lan-manager-ini": ["lan-manager-ini"],
  "net-use": ["net-use", "net-use-transcript", "net-statistics"],
  ping: ["ping"],
  ipconfig: ["ipconfig"],
  names: ["nslookup", "dig", "host", "getent-hosts", "resolve-dnsname"],
  notes: ["notes"],
  "port-test": ["test-netconnection", "telnet", "nc"],
  "system-version": ["system-version", "systeminfo", "transcript"],
  tasklist: ["tasklist", "get-process", "ps"],
  traceroute: ["traceroute"],
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(new URL(`${folder}/`, fixtures)).filter((file) => file !== "ORIGIN.md")
}

const all = Object.keys(folders).flatMap((folder) =>
  filesOf(folder).map((file) => ({
    folder,
    file,
    bytes: new Uint8Array(readFileSync(new URL(`${folder}/${file}`, fixtures))),
  })),
)

for (const { folder, file, bytes } of all) {
  test(`among all readers ${folder}/${file} is read as what it is`, () => {
    const { summary } = readText(file, bytes)
    const allowed = [...(folders[folder] ?? []), "transcript"]
    assert.deepEqual(
      summary.formats.filter((format) => !allowed.includes(format)),
      [],
    )
    // Prompts and a tool's first words may stay unread, its content may not.
    assert.ok(summary.linesUnread <= 2, `${summary.linesUnread} lines unread`)
  })
}

test("no truncation and no bit flip makes a reader throw or cite outside the text", () => {
  const damage = fc.record({
    source: fc.nat(all.length - 1),
    cut: fc.double({ min: 0, max: 1, noNaN: true }),
    flips: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(7)), {
      maxLength: 8,
    }),
  })
  fc.assert(
    fc.property(damage, ({ source, cut, flips }) => {
      const { file, bytes } = all[source] ?? { file: "", bytes: new Uint8Array() }
      const hurt = bytes.slice(0, Math.ceil(cut * bytes.length))
      for (const [where, bit] of flips) {
        const at = Math.floor(where * hurt.length)
        if (at < hurt.length) hurt[at] = (hurt[at] ?? 0) ^ (1 << bit)
      }
      const { observations, summary } = readText(file, hurt)
      for (const { at } of observations) {
        const line = at.line ?? 1
        assert.ok(line >= 1 && line <= Math.max(1, summary.lines), `${file}: line ${line}`)
      }
    }),
    { numRuns: 600, seed: 4226 },
  )
})

const hostile = [
  "[HKEY_LOCAL_MACHINE\\",
  '"a"=hex:00,',
  "    a  REG_DWORD  ",
  "tcp : ",
  "- ",
  " . . ",
  "\\\\a\\b  ",
  "Reply from 1.1.1.1: TTL=",
  "= 1, ",
  "::",
  "1.2.3.4 ",
  "a b ",
  "*** can't find ",
  '{"SettingName": ',
  "a=b;",
  "net use \\\\a\\b ",
  "(((",
  "PING 1.1.1.1 (",
  "1  * ",
  "{a: ",
]

function contextOf(name: string): SectionContext {
  return {
    file: { path: name, name },
    lineNumber: () => 1,
    here: (line = 1) => ({ source: name, line }),
    emit: () => undefined,
    odd: () => undefined,
    mark: () => undefined,
  }
}

const own: readonly Reader[] = READERS.filter((reader) =>
  Object.values(folders).flat().includes(reader.format),
)

const lengths: readonly (readonly [string, number])[] = [
  ["", 2000],
  [" ", 2000],
  ["PS C:\\> ", 2000],
  ["", 200_000],
]

for (const reader of own) {
  test(`${reader.format}: a line of any making is cheap`, () => {
    const started = performance.now()
    for (const piece of hostile) {
      for (const [lead, length] of lengths) {
        const line = lead + piece.repeat(Math.ceil(length / piece.length))
        reader.sniff(line, [line, line], { path: "protocol.ini", name: "protocol.ini" })
        const section = reader.open(contextOf("protocol.ini"))
        section.line(line)
        section.line(line)
        section.end?.()
      }
    }
    const ms = performance.now() - started
    assert.ok(ms < 4000, `${ms} ms`)
  })
}
