/** What is stored for a request, tier by tier, until one has what may be used. */
import type { Wishes } from '../../domain/http-cache/cache-control.ts'
import type { Forwarded, TierName } from '../../domain/http-cache/cache-status.ts'
import type { Reuse } from '../../domain/http-cache/reuse.ts'
import { decideReuse, isWorthLookingFurther } from '../../domain/http-cache/reuse.ts'
import { canServePart } from '../../domain/http-cache/serving.ts'
import type { StoredResponse } from '../../domain/http-cache/stored.ts'
import { select } from '../../domain/http-cache/vary.ts'
import type { Flights } from './flights.ts'
import type { GatewayRequest, Keeping, KeepingAt } from './keeping.ts'

export interface AskedTier {
  tier: TierName
  fwd: Forwarded
}

export interface Judged {
  stored: StoredResponse | undefined
  reuse: Reuse | undefined
  /** Why the origin has to be asked, where it has. */
  fwd: Forwarded
}

export interface Looked extends Judged {
  /** All tiers that were asked, nearest first, and what each could not help with. */
  asked: readonly AskedTier[]
  /** The tier that had what is stored. */
  tier: TierName
  /** What was asked about what is stored led nowhere: ask for the whole. */
  asksPlainly?: true
}

export class Looking {
  readonly #keeping: Keeping
  readonly #flights: Flights

  constructor(keeping: Keeping, flights: Flights) {
    this.#keeping = keeping
    this.#flights = flights
  }

  /** What is for one visitor alone is not looked for far away. */
  async look(request: GatewayRequest, wishes: Wishes, at: KeepingAt): Promise<Looked> {
    let found = this.judge(request, wishes, at)
    let tier: TierName = 'mem'
    const asked: AskedTier[] = [{ tier, fwd: found.fwd }]
    const far = this.#flights.isAlone(request.key, at.now()) ? [] : at.far
    for (const further of far) {
      if (!isWorthLookingFurther(found.stored, found.reuse)) break
      await this.#keeping.bringNearer(further, request.key)
      const before = found.stored
      found = this.judge(request, wishes, at)
      const isNews = found.stored !== before
      if (isNews) tier = further.name
      asked.push({ tier: further.name, fwd: isNews ? found.fwd : 'uri-miss' })
    }
    return { ...found, asked, tier }
  }

  /** Of what is at hand, in the same turn. */
  judge(request: GatewayRequest, wishes: Wishes, at: KeepingAt): Judged {
    const all = this.#keeping.near(request.key, at)
    // A request's fields are a list only once somebody needs them: most hits do not.
    const fields = all.some(({ selecting }) => selecting.length > 0) ? request.fields : []
    const whole = select(all, fields, true)
    const part = whole ? undefined : select(all, fields, false)
    const stored = whole ?? part
    if (!stored) return { stored, reuse: undefined, fwd: all.length === 0 ? 'uri-miss' : 'vary-miss' }
    if (stored.part !== null && !canServePart(stored, request)) return { stored, reuse: undefined, fwd: 'partial' }
    const reuse = decideReuse(stored, wishes, at.now(), at.policy)
    return { stored, reuse, fwd: reuse.kind === 'confirm' ? reuse.why : 'stale' }
  }
}
