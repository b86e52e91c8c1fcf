/** For tests of what we sign: a token, changed by chance. */
import type { Random } from '../domain/basics/random.ts'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'

/**
 * So many tokens that are none: a letter more, another letter, a part of it, two letters swapped, a part between two dots
 * made anew. Each kind as often as the others, and never the token itself.
 */
export function* changedByChance(token: string, dice: Random, count: number): Generator<string> {
  const upTo = (most: number): number => Math.floor(dice.fraction() * most)
  const letter = (): string => LETTERS[upTo(LETTERS.length)]!
  const at = (): number => upTo(token.length)
  const changes = [
    () => token.slice(0, at()) + letter() + token.slice(at()),
    () => withLetter(token, at(), letter()),
    () => token.slice(0, at()),
    () => token + letter(),
    () => swapped(token, at(), at()),
    () => withPart(token, upTo(token.split('.').length), letter),
  ]
  for (let made = 0; made < count;) {
    const changed = changes[made % changes.length]!()
    if (changed === token) continue
    made += 1
    yield changed
  }
}

const withLetter = (token: string, i: number, letter: string): string => token.slice(0, i) + letter + token.slice(i + 1)

const swapped = (token: string, i: number, j: number): string =>
  withLetter(withLetter(token, i, token[j]!), j, token[i]!)

const withPart = (token: string, which: number, letter: () => string): string =>
  token
    .split('.')
    .map((part, i) => (i === which ? Array.from({ length: part.length }, letter).join('') : part))
    .join('.')
