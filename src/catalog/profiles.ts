/** Every host and middlebox profile. */
import type { Profile } from "../model/profile.ts"

export const PROFILES: readonly Profile[] = []
