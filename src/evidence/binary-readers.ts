/** Every reader of binary files. */
import type { BinaryReader } from "./binary-reader.ts"
import { captureReader } from "./capture/capture-reader.ts"
import { evtReader } from "./evtx/evt.ts"
import { evtxReader } from "./evtx/evtx.ts"
import { cloudFileReaders } from "./logs/cloud-readers.ts"

export const BINARY_READERS: readonly BinaryReader[] = [
  captureReader,
  evtxReader,
  evtReader,
  ...cloudFileReaders,
]

/** The reader of binary files that knows these first bytes. */
export function binaryReaderOf(head: Uint8Array): BinaryReader | undefined {
  return BINARY_READERS.find((reader) => reader.matches(head))
}
