/** Every wrapped packet that our reader finds (capture-frames.ts), as tshark sees it. */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { SectionBuilder } from "./capture-builder.ts"
import { ICMP_FRAMES, LINK_FRAMES, TUNNEL_FRAMES } from "./capture-frames.ts"

const hasTshark = spawnSync("tshark", ["--version"]).status === 0
const needs = { skip: hasTshark ? false : "tshark is not installed" }
const frames = [...LINK_FRAMES, ...TUNNEL_FRAMES, ...ICMP_FRAMES]

test("tshark finds the same segments behind the same headers", needs, () => {
  const found = tsharkPorts()
  const differing = frames
    .filter(
      ({ unlike }, index) => (found[index] === "1118,445,305419896") === (unlike !== undefined),
    )
    .map(({ name, link }) => `${name} (${link})`)
  assert.deepEqual(differing, [])
})

/** Source port, destination port and sequence number of each frame, innermost. */
function tsharkPorts(): readonly string[] {
  const section = new SectionBuilder().header()
  for (const { link } of frames) section.interface(link)
  for (const [index, { bytes }] of frames.entries()) {
    section.packet(bytes, undefined, { interface: index })
  }
  const folder = mkdtempSync(join(tmpdir(), "fourtuple-frames-"))
  try {
    const path = join(folder, "frames.pcapng")
    writeFileSync(path, section.bytes)
    const fields = ["tcp.srcport", "tcp.dstport", "tcp.seq"].flatMap((field) => ["-e", field])
    const absolute = ["-o", "tcp.relative_sequence_numbers:FALSE"]
    const format = [...absolute, "-T", "fields", "-E", "separator=,", "-E", "occurrence=l"]
    const run = spawnSync("tshark", ["-r", path, ...format, ...fields], { encoding: "utf8" })
    return run.stdout.split("\n")
  } finally {
    rmSync(folder, { recursive: true })
  }
}
