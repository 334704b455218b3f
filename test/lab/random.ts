/**
 * The lab's numbers: seeded, so that a miss can be run again with the same ranges, limits and rates. Each
 * fault draws from a stream of its own, so `--only` and the whole table see the same numbers. The generator
 * is mulberry32 (Tommy Ettinger, public domain), the seed of a stream an FNV-1a hash.
 */

export type Random = {
  /** A whole number from `low` to `high`, both included. */
  readonly integer: (low: number, high: number) => number
  readonly pick: <T>(choices: readonly T[]) => T
}

/** The stream of numbers that belongs to one seed and one name. */
export function randomOf(seed: number, name: string): Random {
  const next = mulberry32(hashOf(`${seed}:${name}`))
  const integer = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  return {
    integer,
    pick: (choices) => {
      const chosen = choices[integer(0, choices.length - 1)]
      if (chosen === undefined) throw new RangeError("Cannot pick: there is no choice")
      return chosen
    },
  }
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  }
  return hash
}
