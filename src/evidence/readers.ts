/** Every text reader, one line a format. The order only breaks ties between equal sniffs. */
import type { Reader } from "./reader.ts"

export const READERS: readonly Reader[] = []
