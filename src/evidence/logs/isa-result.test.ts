/** Every result code by every form of its number, and what seed 001 concludes from three of them. */
import assert from "node:assert/strict"
import test from "node:test"
import { ISA_RESULTS, WEB_PROXY_RESULTS } from "../../catalog/isa-results.ts"
import { LIMITS } from "../../catalog/limits.ts"
import { isaResult } from "./isa-result.ts"

test("the table has every code of the header, each once", () => {
  const codes = ISA_RESULTS.map(({ code }) => code)
  assert.equal(new Set(codes).size, codes.length)
  const wanted = [0, 0x80074e20, 0x80074e21, 0x80074e24, 0x800700b7]
  for (let code = 0xc0040001; code <= 0xc004005f; code++) {
    // The header leaves these two out.
    if (code !== 0xc0040006 && code !== 0xc0040008) wanted.push(code)
  }
  assert.deepEqual(
    wanted.filter((code) => !codes.includes(code)),
    [],
  )
  const symbols = ISA_RESULTS.map(({ symbol }) => symbol)
  assert.equal(new Set(symbols).size, symbols.length)
})

for (const { code, symbol, meaning, limits, aliases } of ISA_RESULTS) {
  const hex = code.toString(16).padStart(8, "0")
  test(`${hex} ${symbol} is found by its numbers and names`, () => {
    const names = (aliases ?? []).map(String)
    const forms = [`0x${hex}`, `0x${hex.toUpperCase()}`, String(code), String(code | 0), symbol]
    const bare = code >= 0x80000000 ? [hex, hex.toUpperCase()] : []
    for (const form of [...forms, ...bare, ...names, `0x${hex} ${symbol}`]) {
      const result = isaResult(form)
      assert.equal(result?.symbol, symbol, form)
      assert.equal(result?.meaning, meaning, form)
      assert.deepEqual(result?.limits, limits, form)
    }
    assert.equal(isaResult(code)?.symbol, symbol)
  })
}

test("limits and sources of the codes exist", () => {
  const ids = new Set<string>(LIMITS.map(({ id }) => id))
  for (const { limits, meaning, source, symbol } of [...ISA_RESULTS, ...WEB_PROXY_RESULTS]) {
    for (const limit of limits) assert.ok(ids.has(limit), `${symbol}: ${limit}`)
    assert.ok(meaning.length > 2 && source.length > 2, symbol)
  }
})

test("the misspelt name of seed 001 is the code it stands beside", () => {
  const misspelt = isaResult("FWX_E_TXP_SYN_PACKET_ DROPPED".replace(" ", ""))
  assert.equal(misspelt?.text, "0xc0040017")
  assert.equal(misspelt?.symbol, "FWX_E_TCP_NOT_SYN_PACKET_DROPPED")
  assert.equal(isaResult("FWX_E_TCP_RATE_QUO-\nTA_EXCEEDED_DROPPED")?.text, "0xc0040037")
})

test("the three codes of seed 001 lead to the firewall, not to names, not to the tool", () => {
  const placeOf = new Map(LIMITS.map(({ id, place }) => [id, place]))
  for (const code of ["0xc0040037", "0xc004000d", "0xc0040017"]) {
    const limits = isaResult(code)?.limits ?? []
    assert.ok(limits.length > 0, code)
    for (const limit of limits) {
      assert.equal(placeOf.get(limit), "path", `${code}: ${limit}`)
      assert.match(limit, /^firewall-/)
    }
  }
  assert.deepEqual(isaResult("0xc0040037")?.limits, ["firewall-rate", "firewall-concurrent"])
  assert.deepEqual(isaResult("0xc004000d")?.limits, ["firewall-policy"])
})

const families = [
  ["10060", "winsock", "WSAETIMEDOUT", ["target-silent", "path-loss"]],
  ["10061 A connection was refused", "winsock", "WSAECONNREFUSED", ["target-refused"]],
  ["0x8007274c", "winsock", "WSAETIMEDOUT", ["target-silent", "path-loss"]],
  ["10055", "winsock", "WSAENOBUFS", ["ephemeral-ports"]],
  ["11001 Host not found", "winsock", "WSAHOST_NOT_FOUND", ["name-resolution"]],
  ["53", "win32", "error 53", ["target-silent", "path-loss"]],
  ["64", "win32", "error 64", []],
  ["5", "win32", undefined, []],
  ["200 OK.", "http", undefined, []],
  ["995", "win32", "ERROR_OPERATION_ABORTED", []],
  ["12202 The Forefront TMG denied the URL", "web-proxy", "12202", ["firewall-policy"]],
  ["12302", "web-proxy", "12202", ["firewall-policy"]],
  ["12299", "web-proxy", undefined, []],
  ["0xc0040060", "firewall", undefined, []],
] as const

for (const [text, family, symbol, limits] of families) {
  test(`${text} is of the family ${family}`, () => {
    const result = isaResult(text)
    assert.equal(result?.family, family)
    assert.equal(result?.symbol, symbol)
    assert.deepEqual(result?.limits, limits)
  })
}

for (const text of ["-", "", "Denied", "0x", "0xc00400370", "99999999999", "-9999999999", "1e5"]) {
  test(`"${text}" is no result code`, () => assert.equal(isaResult(text), undefined))
}
