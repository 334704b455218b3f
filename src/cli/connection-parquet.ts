/**
 * Connections as a Parquet file (decision 0012): columns as in CSV, times as timestamps of a microsecond in UTC, the
 * times of SYNs as a list. Written a group of rows at a time beside the file's name and moved there when it is whole.
 */
import { type FileHandle, open, rename, rm } from "node:fs/promises"
import { ByteWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer"
import { formatMany } from "../model/quantity.ts"
import { Refusal } from "../model/refusal.ts"
import {
  type Cell,
  CONNECTION_COLUMNS,
  type ConnectionColumn,
} from "../report/connection-columns.ts"
import type { ConnectionRow } from "../report/connection-row.ts"
import type { RowTaker } from "./connection-output.ts"
import type { Terminal } from "./terminal.ts"

const rowsPerGroup = 50_000

const stored = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  whole: { type: "INT64" },
  number: { type: "DOUBLE" },
  time: { type: "INT64", converted_type: "TIMESTAMP_MICROS" },
} as const

const schema: SchemaElement[] = [
  { name: "connections", num_children: CONNECTION_COLUMNS.length },
  ...CONNECTION_COLUMNS.flatMap(schemaOf),
]

function schemaOf({ name, kind }: ConnectionColumn): readonly SchemaElement[] {
  if (kind !== "times") return [{ name, repetition_type: "OPTIONAL", ...stored[kind] }]
  return [
    { name, repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", repetition_type: "REQUIRED", ...stored.time },
  ]
}

/** Whole numbers are 64 bits wide in the file, times are microseconds. */
function storedCell(kind: ConnectionColumn["kind"], cell: Cell): unknown {
  if (cell === undefined) return null
  if (typeof cell === "object") return cell.map(micros)
  if (typeof cell === "string" || kind === "number") return cell
  return kind === "time" ? micros(cell) : BigInt(Math.round(cell))
}

function micros(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e6))
}

/** An output that writes the file; a Refusal when it cannot be made. */
export async function openParquet(path: string, terminal: Terminal): Promise<RowTaker> {
  const draft = `${path}.${process.pid}.part`
  const file = await orRefuse(path, () => open(draft, "w"))
  const table = new ParquetTable(file)
  return {
    row: (row) => table.add(row),
    flush: () => orRefuse(path, () => table.flush(false)),
    end: async () => {
      await orRefuse(path, async () => {
        await table.end()
        await file.close()
        await rename(draft, path)
      })
      terminal.say(`Wrote ${formatMany(table.rows, "connection", "connections")} to ${path}`)
    },
    discard: async () => {
      await file.close().catch(() => undefined)
      await rm(draft, { force: true }).catch(() => undefined)
    },
  }
}

class ParquetTable {
  rows = 0
  readonly #file: FileHandle
  readonly #bytes = new ByteWriter()
  readonly #writer = new ParquetWriter({ writer: this.#bytes, schema, createdBy: "fourtuple" })
  #columns: Cell[][] = CONNECTION_COLUMNS.map(() => [])
  #waiting = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  add(row: ConnectionRow): void {
    for (const [at, { of }] of CONNECTION_COLUMNS.entries()) this.#columns[at]?.push(of(row))
    this.rows++
    this.#waiting++
  }

  async flush(isLast: boolean): Promise<void> {
    if (this.#waiting < (isLast ? 1 : rowsPerGroup)) return
    const columnData = CONNECTION_COLUMNS.map(({ name, kind }, at) => ({
      name,
      data: (this.#columns[at] ?? []).map((cell) => storedCell(kind, cell)),
    }))
    await this.#writer.write({ columnData, rowGroupSize: this.#waiting })
    this.#columns = CONNECTION_COLUMNS.map(() => [])
    this.#waiting = 0
    await this.#drain()
  }

  async end(): Promise<void> {
    await this.flush(true)
    await this.#writer.finish()
    await this.#drain()
  }

  async #drain(): Promise<void> {
    const bytes = this.#bytes
    await this.#file.write(bytes.getBytes())
    bytes.index = 0
  }
}

async function orRefuse<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^[A-Z]+: /, "") : String(error)
    const message = `Cannot write "${path}": ${why.split(",")[0]}`
    throw new Refusal("write-failed", message, "Give a path that can be written", error)
  }
}
