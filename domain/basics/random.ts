/** The dice, handed in: the platform's in production, a seed's in tests and in the simulation. */
export interface Random {
  /** A number in [0, 1). Never a secret. */
  fraction(): number
  /** Bytes for ids and secrets. In production these come from the platform's cryptographic source. */
  bytes(count: number): Uint8Array
}

/** Dice that fall the same way for the same seed (mulberry32). For tests and simulation, never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return {
    fraction: () => next() / 2 ** 32,
    bytes: (count) => Uint8Array.from({ length: count }, () => next() & 255),
  }
}
