/** What is set on one machine: registry values, sysctls and INI keys by their catalogue names. */
export type Settings = Readonly<Record<string, number | string>>

/** The number a value stands for; undefined where it is absent, empty or none. */
export function numberOf(value: number | string | undefined): number | undefined {
  const number = Number(value ?? Number.NaN)
  return value !== "" && Number.isFinite(number) ? number : undefined
}
