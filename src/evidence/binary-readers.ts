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
