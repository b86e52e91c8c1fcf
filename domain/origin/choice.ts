/**
 * Which origin of a pool is asked: one that is well, among those for the visitor's country, by weight; the same one for
 * the same visitor where the pool is sticky; a backup only when no other is well; a canary for its share of visitors.
 */
import type { Asking } from './health.ts'
import type { Origin, Pool } from './rule-file.ts'

export interface ChoiceFor {
  /** 0 up to 1, the same for the same visitor (sticky pools, canaries) or thrown anew. */
  visitorShare: number
  country: string | null
  /** Already asked in vain for this request. */
  tried: ReadonlySet<string>
  isCanaryWithdrawn: boolean
  mayAsk(origin: Origin): Asking
}

export interface Chosen {
  origin: Origin
  /** Its answer decides whether it is asked again: only one request at a time goes. */
  isProbe: boolean
}

/** Null: nobody may be asked now. */
export function chooseOrigin(pool: Pool, asked: ChoiceFor): Chosen | null {
  const open = pool.origins.filter((origin) => !asked.tried.has(origin.name))
  // One request at a time tries an origin that was given up on, before any other is chosen: or it would never recover.
  const probed = open.find((origin) => asked.mayAsk(origin) === 'probe')
  if (probed) return { origin: probed, isProbe: true }
  const well = open.filter((origin) => asked.mayAsk(origin) === 'ask')
  const canary = canaryFor(pool, asked, well)
  if (canary) return { origin: canary, isProbe: false }
  const chosen = byWeight(inTurn(well, pool.canary?.origin ?? null, asked.country), shareBeside(pool, asked))
  return chosen ? { origin: chosen, isProbe: false } : null
}

function canaryFor({ canary }: Pool, asked: ChoiceFor, well: readonly Origin[]): Origin | undefined {
  if (!canary || asked.isCanaryWithdrawn || asked.visitorShare >= canary.percent / 100) return undefined
  return well.find(({ name }) => name === canary.origin)
}

/** The visitors beside the canary's share are spread over all of 0 to 1 again. */
function shareBeside({ canary }: Pool, { visitorShare }: ChoiceFor): number {
  const taken = (canary?.percent ?? 0) / 100
  return visitorShare < taken || taken >= 1 ? visitorShare : (visitorShare - taken) / (1 - taken)
}

/** Those of the visitor's country, else those of everybody, else backups, else anybody who is well but the draining. */
function inTurn(well: readonly Origin[], canary: string | null, country: string | null): readonly Origin[] {
  const others = well.filter(({ name, isDraining }) => name !== canary && !isDraining)
  const near = others.filter(({ isBackup, countries }) => !isBackup && country !== null && countries.includes(country))
  const forAll = others.filter(({ isBackup, countries }) => !isBackup && countries.length === 0)
  const regular = others.filter(({ isBackup }) => !isBackup)
  return [near, forAll, regular, others, well].find((some) => some.some(({ weight }) => weight > 0)) ?? []
}

function byWeight(origins: readonly Origin[], share: number): Origin | undefined {
  const whole = origins.reduce((sum, { weight }) => sum + weight, 0)
  let left = share * whole
  for (const origin of origins) {
    left -= origin.weight
    if (left < 0) return origin
  }
  return origins.findLast(({ weight }) => weight > 0)
}
