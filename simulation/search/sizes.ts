/** How large the searched models are: small enough to end, large enough for everything to cross everything else. */
import type { Size } from './lease-model.ts'

/** In the suite: the last unit, wanted by both buyers, with two messages to cross in the air. */
export const SHORT: Size = { units: 1, unitsLeast: 1, unitsMost: 1, buyers: 2, messagesMost: 2, overtakenMost: 1 }

/** `npm run search`. */
export const LONG: readonly Size[] = [
  { units: 3, unitsLeast: 2, unitsMost: 4, buyers: 2, messagesMost: 1, overtakenMost: 1 },
  { units: 3, unitsLeast: 3, unitsMost: 3, buyers: 2, messagesMost: 1, overtakenMost: 2 },
  { units: 2, unitsLeast: 2, unitsMost: 2, buyers: 1, messagesMost: 2, overtakenMost: 1 },
  SHORT,
]

/** Far above what any of them has. A search that meets it has proved nothing. */
export const STATES_MOST = 3_000_000
