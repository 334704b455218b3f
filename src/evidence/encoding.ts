/** Placeholder signature; see the encoding reader's own commit. */
export type Decoder = {
  readonly encoding: string
  readonly push: (bytes: Uint8Array) => string
  readonly end: () => string
}

/** A decoder for the encoding the head shows; undefined when the bytes are not text. */
export function openDecoder(_head: Uint8Array): Decoder | undefined {
  const decoder = new TextDecoder("utf-8")
  return {
    encoding: "utf-8",
    push: (bytes) => decoder.decode(bytes, { stream: true }),
    end: () => decoder.decode(),
  }
}
