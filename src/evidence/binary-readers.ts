/** Every reader of binary files. */
import type { BinaryReader } from "./binary-reader.ts"

export const BINARY_READERS: readonly BinaryReader[] = []
