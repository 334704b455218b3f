/**
 * The incidents this program is for (ARCHITECTURE.md names their documents), as saved cases. Each is a folder in the
 * form of the gallery; here stands what must be explained beyond the first verdict.
 */
import assert from "node:assert/strict"
import { join } from "node:path"
import { test } from "node:test"
import type { Diagnosis, Verdict } from "../../src/model/diagnosis.ts"
import { checkCase } from "../gallery/check-case.ts"
import { diagnoseFiles, expectationOf, explain, savedFiles } from "../gallery/saved-case.ts"

function diagnoseIncident(name: string): Diagnosis {
  const folder = join(import.meta.dirname, name)
  const expected = expectationOf(folder)
  const diagnosis = diagnoseFiles(savedFiles(folder, expected.made))
  checkCase(diagnosis, expected)
  return diagnosis
}

function verdictOn(diagnosis: Diagnosis, limit: string): Verdict {
  const found = diagnosis.verdicts.find((verdict) => verdict.limit === limit)
  assert.ok(found !== undefined, explain(diagnosis))
  return found
}

test("the alarm provider's listings alone: read, and honest about what they cannot show", () => {
  const diagnosis = diagnoseIncident("000-alarm-provider")
  const verdict = verdictOn(diagnosis, "embryonic-outbound")
  assert.equal(verdict.standing, "untested")
  assert.match(verdict.says, /\d+ connections are ESTABLISHED and none is in SYN-SENT/)
  assert.match(verdict.says, /counts only unanswered attempts/)
  assert.match(diagnosis.collectNext[0]?.what ?? "", /4226.*netstat -no.*Windows version/)
  assert.equal(diagnosis.oddities.length, 2)
  assert.equal(diagnosis.vantage, "IOMLKF35454W")
})

test("the alarm provider's event 4226 proves the cap and names the systems that have it", () => {
  const diagnosis = diagnoseIncident("000-alarm-provider-event")
  const verdict = verdictOn(diagnosis, "embryonic-outbound")
  for (const name of ["XP SP2 or SP3", "Vista without or with SP1", "Vista SP2", "Windows 7"]) {
    assert.ok(verdict.says.includes(name), verdict.says)
  }
  assert.match(verdict.says, /EnableConnectionRateLimiting = 1/)
})

test("the management sweep: a firewall's quota, not the names, not the cap of its own system", () => {
  const diagnosis = diagnoseIncident("001-management-sweep")
  const firewall = verdictOn(diagnosis, "firewall-concurrent")
  assert.equal(firewall.capacity, 160)
  const embryonic = verdictOn(diagnosis, "embryonic-outbound")
  assert.ok(embryonic.confidence < firewall.confidence, explain(diagnosis))
  assert.match(explain(diagnosis), /the cap delays attempts and fails none/)
  assert.ok(diagnosis.collectNext.some(({ what }) => /firewall's log/.test(what)))
})

test("Windows NT out of ports: the remedy writes the registry", () => {
  const diagnosis = diagnoseIncident("002-nt-out-of-ports")
  const verdict = verdictOn(diagnosis, "ephemeral-ports")
  const files = verdict.remedies.flatMap((remedy) => remedy.files)
  const registry = files.find(({ name }) => name.endsWith(".reg"))?.content ?? ""
  assert.match(registry, /^REGEDIT4\r\n/)
  assert.match(registry, /\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\]/i)
  assert.match(registry, /"TcpTimedWaitDelay"=dword:0000001e/)
  assert.doesNotMatch(JSON.stringify(verdict.remedies), /netsh/)
})

for (const total of [7, 13, 17]) {
  test(`LAN Manager with ${total} control blocks`, () => {
    const diagnosis = diagnoseIncident(`003-lan-manager-${total}`)
    assert.match(explain(diagnosis), new RegExp(`${total} control blocks \\(6 NBSESSIONS \\+ 1`))
  })
}

test("Server 2003 hands out ports in TIME-WAIT: event and program together", () => {
  const diagnosis = diagnoseIncident("004-server-2003-collision")
  assert.equal(verdictOn(diagnosis, "ephemeral-ports").standing, "ruled-out")
})

test("Server 2003 hands out ports in TIME-WAIT: the program's log alone", () => {
  diagnoseIncident("004-server-2003-log-only")
})
