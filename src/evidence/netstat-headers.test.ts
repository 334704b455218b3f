import assert from "node:assert/strict"
import { test } from "node:test"
import { WINDOWS_WORDINGS, windowsHeadingOf } from "./netstat-headers.ts"

test("the headings of every language are recognised, with any blanks", () => {
  for (const [language, title, local, foreign] of WINDOWS_WORDINGS) {
    const header = `  Proto  ${local.replace(" ", "  ")}          ${foreign}        State`
    for (const [line, kind] of [
      [title, "title"],
      [` ${title}:`, "title"],
      [header, "header"],
    ]) {
      assert.equal(windowsHeadingOf(line ?? "")?.kind, kind, `${language}: ${line}`)
    }
  }
})

test("running text is no heading", () => {
  for (const line of ["", "connections are active", "the local address is 10.0.0.1", "PID 4"]) {
    assert.equal(windowsHeadingOf(line), undefined, line)
  }
})
