/**
 * Checks a published draw by other means than those that made it: Node's own SHA-256 and nothing of ours. Pure; says
 * everything it looked at, and the first thing that is wrong.
 */
import { createHash } from 'node:crypto'

/** A draw as the API publishes it, and as `verify-draw --save` keeps it in a file. */
export interface PublishedDraw {
  drop: string
  commitment: string
  algorithm: string
  joined: number
  drawn_at: string | null
  seed: string | null
  public_value: string | null
  root: string | null
  entries: { position: number; lot: string }[]
}

export type Verdict =
  | { outcome: 'confirmed'; checked: string[] }
  | { outcome: 'refused'; checked: string[]; wrong: string }
  | { outcome: 'not_drawn'; commitment: string }

const ALGORITHM = 'onrush-draw-1: key = SHA-256(SHA-256(seed || public_value) || lot), ascending'

/** @param knownCommitment the commitment as somebody wrote it down before the opening, if anybody did. */
export function checkDraw(draw: PublishedDraw, knownCommitment?: string): Verdict {
  const { seed, public_value: publicValue, root } = draw
  const known = knownCommitment?.toLowerCase()
  if (draw.drawn_at === null) {
    return known === undefined || known === draw.commitment
      ? { outcome: 'not_drawn', commitment: draw.commitment }
      : { outcome: 'refused', checked: [], wrong: `the commitment is ${draw.commitment} now, and was ${known}` }
  }
  const checked: string[] = []
  const refuse = (wrong: string): Verdict => ({ outcome: 'refused', checked, wrong })
  const check = (holds: boolean, what: string): boolean => {
    if (holds) checked.push(what)
    return holds
  }
  if (!check(draw.algorithm === ALGORITHM, 'the algorithm is the one we know')) {
    return refuse(`the algorithm is “${draw.algorithm}”`)
  }
  if (![seed, publicValue, root].every((value) => /^[0-9a-f]{64}$/.test(value ?? ''))) {
    return refuse('seed, public value and root are not 32 bytes each')
  }
  if (known !== undefined && !check(known === draw.commitment, 'the commitment is the one you wrote down')) {
    return refuse(`the commitment is ${draw.commitment}, and not ${known}`)
  }
  if (!check(sha256(seed!) === draw.commitment, 'the seed fits the commitment')) {
    return refuse(`SHA-256 of the seed is ${sha256(seed!)}, and the commitment ${draw.commitment}`)
  }
  const { entries } = draw
  if (!check(entries.length === draw.joined, `all ${draw.joined} lots are there`)) {
    return refuse(`${entries.length} lots are listed, and ${draw.joined} took part`)
  }
  const misshapen = entries.findIndex(({ position, lot }, i) => position !== i + 1 || !/^[0-9a-f]{32}$/.test(lot))
  if (misshapen >= 0)
    return refuse(`line ${misshapen + 1} is no lot in its place: ${JSON.stringify(entries[misshapen])}`)
  const lots = entries.map(({ lot }) => lot)
  const twice = firstTwice(lots)
  if (twice !== undefined) return refuse(`lot ${lots[twice]!} stands at position ${twice + 1} for the second time`)
  const rootNow = sha256(lots.toSorted().join(''))
  if (!check(rootNow === root && root === publicValue, 'the lots are those that were fixed at the opening')) {
    return refuse(
      `SHA-256 of the lots is ${rootNow}; published are the root ${root} and the public value ${publicValue}`,
    )
  }
  const mix = sha256(seed! + publicValue!)
  const keyed = lots.map((lot) => ({ lot, key: sha256(mix + lot) }))
  const misplaced = keyed.findIndex(({ key }, i) => i > 0 && keyed[i - 1]!.key > key)
  if (misplaced > 0) {
    const [before, after] = [keyed[misplaced - 1]!, keyed[misplaced]!]
    return refuse(
      `position ${misplaced} (lot ${before.lot}, key ${before.key}) must come after position ${misplaced + 1} (lot ${after.lot}, key ${after.key})`,
    )
  }
  checked.push(`all ${entries.length} positions follow from seed, public value and lots`)
  return { outcome: 'confirmed', checked }
}

const sha256 = (hex: string): string => createHash('sha256').update(Buffer.from(hex, 'hex')).digest('hex')

function firstTwice(lots: readonly string[]): number | undefined {
  const seen = new Set<string>()
  for (const [i, lot] of lots.entries()) {
    if (seen.has(lot)) return i
    seen.add(lot)
  }
  return undefined
}
