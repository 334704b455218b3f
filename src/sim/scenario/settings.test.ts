import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { RUN_SETTINGS } from "./settings.ts"

const folder = fileURLToPath(new URL("../", import.meta.url))

test("every setting that a run is said to look at is named where a run looks", () => {
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /^(?:tcp|ports|engine|programs|middlebox)\/.*(?<!\.test)\.ts$/.test(name))
    .concat("scenario/resolve-hosts.ts")
    .map((name) => readFileSync(folder + name, "utf8"))
  const unheeded = Object.keys(RUN_SETTINGS).filter((name) => {
    const last = name.startsWith("net.ipv4.") ? name.slice("net.ipv4.".length) : name
    return !sources.some((text) => text.includes(last))
  })
  assert.deepEqual(unheeded, [])
})
