/** Every reader of binary files. */
import type { BinaryReader } from "./binary-reader.ts"
import { captureReader } from "./capture/capture-reader.ts"
import { evtxReader } from "./evtx/evtx.ts"
import { cloudFileReaders } from "./logs/cloud-readers.ts"

export const BINARY_READERS: readonly BinaryReader[] = [
  captureReader,
  evtxReader,
  ...cloudFileReaders,
]
