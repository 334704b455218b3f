/** What is wrong with a scenario file, by where it is, and what is worth a note though it is not wrong. */

/** Keys and indexes from the top of the file. */
export type Place = readonly (string | number)[]

export type Fault = {
  readonly place: Place
  /** Without the place: "no profile "xp-sp9"; did you mean xp-sp2?" */
  readonly says: string
  /** It is about the key itself, not about its value. */
  readonly isKey?: boolean
}

export const faultsMost = 100

export class Faults {
  readonly #list: Fault[] = []
  readonly #notes: Fault[] = []

  /** More are not worth the search for the nearest names. */
  get isFull(): boolean {
    return this.#list.length >= faultsMost
  }

  add(place: Place, says: string): void {
    if (!this.isFull) this.#list.push({ place, says })
  }

  note(place: Place, says: string): void {
    this.#notes.push({ place, says })
  }

  get list(): readonly Fault[] {
    return this.#list
  }

  get notes(): readonly Fault[] {
    return this.#notes
  }
}
