import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { Refusal } from "../model/refusal.ts"
import { findEvidence } from "./evidence-files.ts"
import { type ByteFeed, feedFile, feedPath, refuseUnread } from "./files.ts"

const root = mkdtempSync(join(tmpdir(), "fourtuple-files-"))
after(() => rmSync(root, { recursive: true }))

function place(name: string, content: string | Uint8Array = "State  Recv-Q\n"): string {
  const path = join(root, name)
  mkdirSync(join(path, ".."), { recursive: true })
  writeFileSync(path, content)
  return path
}

/** Keeps the text; calls a text that holds "State" known. */
function makeFeed(texts: string[]): () => ByteFeed {
  return () => {
    let text = ""
    return {
      push: (bytes) => {
        text += Buffer.from(bytes).toString("latin1")
      },
      end: () => {
        texts.push(text)
        const formats = text.includes("State") ? ["known"] : []
        const binary = text.includes("\0")
        return { path: "", encoding: "", lines: 0, linesUnread: 0, formats, binary }
      },
    }
  }
}

async function refusalOf(path: string): Promise<Refusal> {
  try {
    await feedPath(path, makeFeed([]))
  } catch (error) {
    assert(error instanceof Refusal)
    assert.notEqual(error.hint, "")
    return error
  }
  assert.fail(`"${path}" was not refused`)
}

const long = `State\n${"row of no meaning 0123456789\n".repeat(40_000)}`
for (const [name, bytes, compression] of [
  ["plain.txt", Buffer.from(long), undefined],
  ["packed.gz", gzipSync(long), "gzip"],
  ["packed-under-another-name.txt", zstdCompressSync(long), "zstd"],
] as const) {
  test(`feedPath streams ${name} whole`, async () => {
    const texts: string[] = []
    const { fed } = await feedPath(place(name, bytes), makeFeed(texts))
    assert.equal(texts[0], long)
    assert.equal(fed[0]?.compression, compression)
    assert.equal(fed[0]?.bytes, long.length)
    assert.equal(fed[0]?.cut, undefined)
  })
}

test("feedPath reads what there is of a truncated gzip and says it was cut", async () => {
  const packed = gzipSync(long)
  const texts: string[] = []
  const path = place("cut.gz", packed.subarray(0, packed.length - 20))
  const { fed } = await feedPath(path, makeFeed(texts))
  assert.match(fed[0]?.cut ?? "", /too early/)
  assert(texts[0]?.startsWith("State"))
})

test("feedPath reads files of /proc, whose size is 0", async () => {
  const texts: string[] = []
  await assert.rejects(feedPath("/proc/self/comm", makeFeed(texts)), { code: "nothing-readable" })
  assert.match(texts[0] ?? "", /node|MainThread/)
})

test("findEvidence lists a folder sorted, without hidden files, and skips what is no file", async () => {
  const folder = join(root, "case")
  for (const name of ["t1/ss.txt", "t0/ss.txt", "t0/.hidden", "b.txt"]) place(`case/${name}`)
  execFileSync("mkfifo", [join(folder, "pipe")])
  symlinkSync("/nonexistent", join(folder, "dangling"))
  const { files, skipped } = await findEvidence([folder])
  const names = files.map(({ path }) => path.slice(folder.length + 1))
  assert.deepEqual(names, ["b.txt", "t0/ss.txt", "t1/ss.txt"])
  assert.deepEqual(
    skipped.map(({ why }) => why),
    ["not there", "it is a FIFO"],
  )
})

test("feedPath refuses each thing it cannot read, with its reason", async () => {
  mkdirSync(join(root, "empty-folder"))
  const fifo = join(root, "fifo")
  execFileSync("mkfifo", [fifo])
  for (const [path, code, says] of [
    [join(root, "absent"), "not-found", /no such file/],
    [join(root, "empty-folder"), "nothing-readable", /folder is empty/],
    [fifo, "not-a-file", /FIFO/],
    ["/dev/null", "not-a-file", /device/],
    [place("zero.txt", ""), "empty", /it is empty/],
    [place("binary.dat", Buffer.from([0, 1, 2, 3, 255])), "nothing-readable", /not text/],
    [place("poem.txt", "no rows here\n"), "nothing-readable", /no known format/],
  ] as const) {
    const refusal = await refusalOf(path)
    assert.equal(refusal.code, code, path)
    assert.match(refusal.message, says)
  }
})

test("feedPath stops at once when aborted", async () => {
  const path = place("long.txt", long)
  const signal = AbortSignal.abort(new Error("enough"))
  await assert.rejects(feedPath(path, makeFeed([]), { signal }), /enough/)
})

test("a file that has gone since it was found is told, and the others are read", async () => {
  const folder = join(root, "leaving")
  mkdirSync(folder)
  for (const name of ["a.txt", "b.txt"]) writeFileSync(join(folder, name), "State\n")
  const { files } = await findEvidence([folder])
  rmSync(join(folder, "a.txt"))
  const fed = await Promise.all(files.map((file) => feedFile(file, makeFeed([])())))
  assert.deepEqual(
    fed.map(({ cut, bytes }) => [cut, bytes]),
    [
      ["not there", 0],
      [undefined, 6],
    ],
  )
  refuseUnread(fed)
})

test("findEvidence refuses a folder and a file without rights", async () => {
  const folder = join(root, "locked")
  mkdirSync(folder)
  chmodSync(root, 0o755)
  chmodSync(folder, 0)
  const file = place("locked.txt")
  chmodSync(file, 0)
  // Root may read everything: be somebody else for a moment.
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid?.(65534)
  try {
    await assert.rejects(findEvidence([folder]), { code: "no-permission" })
    await assert.rejects(findEvidence([file]), { code: "no-permission" })
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
})
