/**
 * What is put into the store and how it changes there: new responses, parts that become one, news that freshens what is
 * stored, and what is forgotten. Always by address, and for the request that brought it about.
 */
import type { Fields } from '../../domain/http-cache/fields.ts'
import { fieldOf, withoutFields } from '../../domain/http-cache/fields.ts'
import type { CachePolicy } from '../../domain/http-cache/policy.ts'
import { combined, contentRangeOf, isComplete } from '../../domain/http-cache/ranges.ts'
import { decideStoring, isWithdrawn } from '../../domain/http-cache/storing.ts'
import type { Part, Received, StoredResponse } from '../../domain/http-cache/stored.ts'
import { factsOf, keptFields, strongValidator } from '../../domain/http-cache/stored.ts'
import { afterHead, freshened, meantBy } from '../../domain/http-cache/validation.ts'
import { isFor, select, selectingOf } from '../../domain/http-cache/vary.ts'
import { wholeBody } from './bodies.ts'
import { unchanged, type Changes } from './changes.ts'
import type { FarTier, Tiers, TiersAt } from './tiers.ts'

/** A request as it came, and its fields as they travel on. */
export interface GatewayRequest {
  method: string
  /** The public address: with whose answers are stored together. */
  readonly key: string
  /** The address itself, where the key may say less. */
  address?: string
  headers: Headers
  /** Made when first asked for. */
  readonly fields: Fields
}

/** What keeping needs of the request it works for. */
export interface KeepingAt extends TiersAt {
  policy: CachePolicy
  /** Null: nobody counts what changes, and copies live by their lifetimes alone. */
  changes: Changes | null
}

export class Keeping {
  readonly #tiers: Tiers

  constructor(tiers: Tiers) {
    this.#tiers = tiers
  }

  /** What is at hand of this address, and not known to have changed. */
  near(key: string, at: KeepingAt): readonly StoredResponse[] {
    return unchanged(this.#tiers.near(key), key, at.changes)
  }

  bringNearer(tier: FarTier, key: string): Promise<readonly StoredResponse[]> {
    return this.#tiers.bringNearer(tier, key)
  }

  /** Stores a whole body, or the part that it is. */
  store(request: GatewayRequest, received: Received, body: Uint8Array<ArrayBuffer>, at: KeepingAt): void {
    const selecting = selectingOf(received.fields, request.fields)
    const part = received.status === 206 ? contentRangeOf(fieldOf(received.fields, 'content-range')) : null
    if (selecting === null || (part !== null && part.last - part.first + 1 !== body.byteLength)) return
    const stored: StoredResponse = {
      ...received,
      fields: keptFields(received),
      facts: factsOf(received),
      body,
      part,
      selecting,
    }
    this.#keep(request, part === null ? stored : this.#withParts(request, { ...stored, part }, at), at)
  }

  /** Parts of the same thing become one; the parts that make up all of it become the whole. */
  #withParts(request: GatewayRequest, later: StoredResponse & { part: Part }, at: KeepingAt): StoredResponse {
    const earlier = select(this.near(request.key, at), request.fields, false)
    if (!earlier || earlier.part === null) return asWholeIfComplete(later)
    const together = combined(
      { body: earlier.body, part: earlier.part, validator: strongValidator(earlier.facts) },
      { body: later.body, part: later.part, validator: strongValidator(later.facts) },
    )
    return asWholeIfComplete(together ? { ...later, ...together } : later)
  }

  /** The stored beginning and the rest that was fetched, as the whole; null: they do not fit together. */
  async completed(
    request: GatewayRequest,
    beginning: StoredResponse,
    response: Response,
    received: Received,
    at: KeepingAt,
  ): Promise<StoredResponse | null> {
    const part = contentRangeOf(fieldOf(received.fields, 'content-range'))
    const body = await wholeBody(response).catch(() => null)
    if (!part || !body || !beginning.part) return null
    const facts = factsOf(received)
    const together = combined(
      { body: beginning.body, part: beginning.part, validator: strongValidator(beginning.facts) },
      { body, part, validator: strongValidator(facts) },
    )
    if (!together || !isComplete(together.part)) return null
    const selecting = selectingOf(received.fields, request.fields) ?? beginning.selecting
    const fields = keptFields(received)
    const whole = asWholeIfComplete({ ...received, fields, facts, selecting, ...together })
    if (decideStoring(request, received, at.policy).store) this.#keep(request, whole, at)
    return whole
  }

  /** Takes the place of all that this request would have found. */
  #keep(request: GatewayRequest, stored: StoredResponse, at: KeepingAt): void {
    const others = this.near(request.key, at).filter(
      (other) => !(isFor(other, request.fields) && (stored.part === null || other.part !== null)),
    )
    this.#tiers.keep(request.key, [stored, ...others], at)
  }

  /**
   * Takes in what a 304 said. Gives back the response it chose for this request, if it is one of ours: one that was
   * stored for other requests is from now on for this one as well.
   */
  confirm(
    request: GatewayRequest,
    about: readonly StoredResponse[],
    received: Received,
    at: KeepingAt,
  ): StoredResponse | undefined {
    const near = this.near(request.key, at)
    const all = near.length > 0 ? near : about
    const news = at.policy.isStorefront
      ? { ...received, fields: withoutFields(received.fields, new Set(['set-cookie'])) }
      : received
    const fresh = new Map(meantBy(news, all, about).map((stored) => [stored, freshened(stored, news, request.fields)]))
    const first = [...fresh.values()].find(({ part }) => part === null)
    if (!first) return undefined
    const kept = [...fresh.values(), ...all.filter((stored) => !fresh.has(stored))]
    const chosen = select([...fresh.values()], request.fields, true)
    const adopted = chosen ?? { ...first, selecting: selectingOf(first.fields, request.fields) ?? [] }
    this.#keepAll(request.key, chosen ? kept : [adopted, ...kept], at)
    return adopted
  }

  /** What a 200 to HEAD tells of what is stored for the same request. */
  hearHead(request: GatewayRequest, news: Received, at: KeepingAt): void {
    const all = this.near(request.key, at)
    if (news.status !== 200 || all.length === 0) return
    const after = all.map((one) => (isFor(one, request.fields) ? afterHead(one, news, request.fields) : one))
    this.#keepAll(request.key, after, at)
  }

  /** News may also say that nothing of it is to be kept any longer; then nothing here or further away is. */
  #keepAll(key: string, all: readonly StoredResponse[], at: KeepingAt): void {
    if (all.some(isWithdrawn)) this.#tiers.forget(key, at)
    else this.#tiers.keep(key, all, at)
  }

  forget(key: string, at: KeepingAt): void {
    this.#tiers.forget(key, at)
  }
}

const OF_A_PART = new Set(['content-range', 'content-length'])

function asWholeIfComplete(stored: StoredResponse): StoredResponse {
  if (stored.part === null || !isComplete(stored.part)) return stored
  return { ...stored, status: 200, part: null, fields: withoutFields(stored.fields, OF_A_PART) }
}
