/** What a whole process costs, its start included: that is what a person waits for. */
import { spawn } from "node:child_process"
import { readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openChildrenCpu } from "./live.ts"

export type Cost = { readonly wallMs: number; readonly cpuMs: number; readonly rssMiB: number }

// The command keeps compiled code between runs (bin/fourtuple.mjs); so does read-file.ts, itself included.
const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "fourtuple-bench-cache") }

const childrenCpuSec = openChildrenCpu()

/** Runs a program to its end, what it prints thrown away. Exit code 1 is a finding, no failure. */
export async function costOf([program = "", ...args]: readonly string[]): Promise<Cost> {
  const cpuBefore = childrenCpuSec()
  const started = performance.now()
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], env })
  let stderr = ""
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  let rssMiB = 0
  const watch = setInterval(async () => {
    rssMiB = Math.max(rssMiB, await peakMiB(child.pid))
  }, 10)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject)
    child.on("close", resolve)
  })
  const wallMs = performance.now() - started
  clearInterval(watch)
  if (code !== 0 && code !== 1) throw new Error(`${program} ended with ${code}: ${stderr}`)
  return { wallMs, cpuMs: (childrenCpuSec() - cpuBefore) * 1000, rssMiB }
}

/** The middle of each number. */
export function medianOf(costs: readonly Cost[]): Cost {
  const middle = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
  return {
    wallMs: middle(costs.map(({ wallMs }) => wallMs)),
    cpuMs: middle(costs.map(({ cpuMs }) => cpuMs)),
    rssMiB: middle(costs.map(({ rssMiB }) => rssMiB)),
  }
}

/** Aligned columns, the first `leftColumns` of them to the left. */
export function tableText(
  head: readonly string[],
  lines: readonly (readonly string[])[],
  leftColumns: number,
): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...lines.map((line) => line[column]?.length ?? 0)),
  )
  const print = (line: readonly string[]): string =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return column < leftColumns ? cell.padEnd(width) : cell.padStart(width)
      })
      .join("  ")
      .trimEnd()
  return [print(head), ...lines.map(print)].join("\n")
}

/** The kernel's own mark of the most memory that a process has held. */
async function peakMiB(pid: number | undefined): Promise<number> {
  try {
    const status = await readFile(`/proc/${pid}/status`, "utf8")
    return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
