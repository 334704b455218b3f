/**
 * Feeds a file of any kind and loads the readers of others than captures only where it is no capture: there are a hundred
 * of them, and a capture of a second should not wait for them.
 */
import { BinaryFeed } from "../evidence/binary-feed.ts"
import { captureReader } from "../evidence/capture/capture-reader.ts"
import type { FileSummary } from "../evidence/feed.ts"
import type { Sink } from "../evidence/reader.ts"
import type { ByteFeed } from "../host/files.ts"

/** What binary files are told by (evidence/binary-reader.ts). */
const headBytesMin = 8

type InnerFeed = { readonly push: (bytes: Uint8Array) => void; readonly end: () => FileSummary }

/** Where the observations of a file go. */
export type Sinks = {
  readonly capture: Sink
  /** Asked once at most, when the file is no capture. */
  readonly other: () => Promise<Sink>
}

/** A feed for that file; `afterPush` is awaited after each chunk. */
export function lazyFeed(path: string, sinks: Sinks, afterPush: () => Promise<void>): ByteFeed {
  let inner: InnerFeed | undefined
  let head = new Uint8Array(0)
  const open = async (): Promise<InnerFeed> => {
    if (captureReader.matches(head)) return new BinaryFeed(path, sinks.capture, captureReader)
    const { Feed } = await import("../evidence/feed.ts")
    return new Feed(path, await sinks.other())
  }
  return {
    push: async (bytes) => {
      if (inner === undefined) {
        head = joined(head, bytes)
        if (head.length < headBytesMin) return
        inner = await open()
        inner.push(head)
        head = new Uint8Array(0)
      } else inner.push(bytes)
      await afterPush()
    },
    end: async () => {
      if (inner === undefined) {
        inner = await open()
        inner.push(head)
      }
      return inner.end()
    },
  }
}

/** A copy: the bytes of a chunk are overwritten by the next. */
function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length)
  all.set(first)
  all.set(second, first.length)
  return all
}
