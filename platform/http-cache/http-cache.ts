/**
 * The shared HTTP cache in front of an origin (RFC 9111): looks, asks the origin where it must, stores what it may. All
 * judgement is in domain/http-cache; here is the order in which it is asked for.
 *
 * Every answer from the store ends in `fromStore`, every other in `passedOn`. The store never sees a visitor's own
 * conditions or ranges, except where a part is all that was asked for.
 */
import type { Wishes } from '../../domain/http-cache/cache-control.ts'
import { NO_WISHES, wishesOf } from '../../domain/http-cache/cache-control.ts'
import type { Forwarded, TierName } from '../../domain/http-cache/cache-status.ts'
import { memberFor } from '../../domain/http-cache/cache-status.ts'
import { fieldOf, hasField, withoutFields } from '../../domain/http-cache/fields.ts'
import { alsoInvalidated, invalidates, isSafe } from '../../domain/http-cache/invalidation.ts'
import { missingAfter } from '../../domain/http-cache/ranges.ts'
import type { Trouble } from '../../domain/http-cache/reuse.ts'
import { isForbiddenStale, mayStandIn } from '../../domain/http-cache/reuse.ts'
import { canServePart } from '../../domain/http-cache/serving.ts'
import { decideStoring, isForGet } from '../../domain/http-cache/storing.ts'
import type { Received, StoredResponse } from '../../domain/http-cache/stored.ts'
import { factsOf, ttlAt } from '../../domain/http-cache/stored.ts'
import { groupsChanged } from '../../domain/http-cache/tags.ts'
import {
  asksTheOrigin,
  bringsForAll,
  conditionalFields,
  confirmable,
  CONDITIONS,
  restFields,
} from '../../domain/http-cache/validation.ts'
import { fromStore, madeUp, passedOn } from './answers.ts'
import { forwarded, Unreachable, type Surroundings } from './asking.ts'
import { announcedLength, isReadFirst, STORED_BYTES_MAX, teed, wholeBody } from './bodies.ts'
import { Figures } from './figures.ts'
import { Flights, type Landing } from './flights.ts'
import type { GatewayRequest } from './keeping.ts'
import { Keeping } from './keeping.ts'
import { Looking, type AskedTier, type Looked } from './looking.ts'
import type { Tiers } from './tiers.ts'

export class HttpCache {
  readonly #keeping: Keeping
  readonly #flights: Flights
  readonly #looking: Looking
  readonly figures = new Figures()

  constructor(tiers: Tiers, flights: Flights = new Flights()) {
    this.#keeping = new Keeping(tiers)
    this.#flights = flights
    this.#looking = new Looking(this.#keeping, flights)
  }

  /** Answers the request, from the store or from the origin. Never rejects because of the origin. */
  async answer(request: GatewayRequest, at: Surroundings): Promise<Response> {
    const { method } = request
    if (!isSafe(method)) return this.#change(request, at)
    if (method !== 'GET' && method !== 'HEAD') return this.#pass(request, at, 'method')
    if (asksTheOrigin(request.headers)) return this.#pass(request, at, 'bypass')
    const isHeard = at.policy.hearsRequests && request.headers.has('cache-control')
    const wishes = isHeard ? wishesOf(request.fields) : NO_WISHES
    const waiting = at.changes?.heard()
    if (waiting) await waiting
    const looked = await this.#looking.look(request, wishes, at)
    const ready = this.#atOnce(request, looked, at)
    if (ready) return ready
    if (wishes.onlyIfCached) return madeUp(504, 'destination_unavailable')
    if (method === 'HEAD') return this.#head(request, looked, wishes, at)
    return this.#together(request, looked, wishes, at)
  }

  /** The answer, when what is stored may be used without asking. */
  #atOnce(request: GatewayRequest, { stored, reuse, asked, tier }: Looked, at: Surroundings): Response | null {
    if (!stored || !reuse || reuse.kind === 'confirm') return null
    if (reuse.kind === 'stale' && reuse.refresh) this.#refreshBehind(request, stored, at)
    this.figures.count(reuse.kind === 'stale' ? 'stale' : `hit ${tier}`)
    const blindly = at.changes?.isBlind ? { detail: 'epochs-away' } : {}
    const hit = memberFor(tier, { hit: true, ttlMs: ttlAt(at.now(), stored), ...blindly })
    const nearer = asked.slice(
      0,
      asked.findIndex((one) => one.tier === tier),
    )
    const members = nearer.toReversed().map((one) => memberFor(one.tier, { fwd: one.fwd, stored: true }))
    return fromStore(stored, request, [hit, ...members], at.now())
  }

  /** Asks the origin behind the visitor's back (RFC 5861 section 3), one flight at a time. */
  #refreshBehind(request: GatewayRequest, stored: StoredResponse, at: Surroundings): void {
    if (this.#flights.isInAir(request.key)) return
    const asked: AskedTier[] = [{ tier: 'mem', fwd: 'stale' }]
    const looked: Looked = { stored, reuse: { kind: 'confirm', why: 'stale' }, fwd: 'stale', asked, tier: 'mem' }
    const { headers } = request
    const fields = withoutFields(request.fields, CONDITIONS)
    // The key of what comes may be another: the origin has the last word on it (search-rules.ts).
    const key = (): string => request.key
    const behind: GatewayRequest = {
      ...{ method: 'GET', headers, fields },
      get key() {
        return key()
      },
    }
    const refresh = this.#fly(behind, looked, NO_WISHES, at, undefined)
    at.waitUntil(refresh.then((answer) => answer.arrayBuffer()).catch(() => undefined))
  }

  /** With all who ask the same at this moment: one asks the origin, the others wait for what that brings. */
  async #together(request: GatewayRequest, looked: Looked, wishes: Wishes, at: Surroundings): Promise<Response> {
    const isPlain = bringsForAll(request.fields, looked.stored) && !wishes.noCache
    const ahead = isPlain ? this.#flights.join(request.key, at.now()) : undefined
    if (ahead === undefined) return this.#fly(request, looked, wishes, at, undefined, isPlain)
    const landing = await ahead
    const again = this.#looking.judge(request, wishes, at)
    if (landing === 'stored' && again.stored && again.reuse && again.reuse.kind !== 'confirm') {
      this.figures.count('collapsed')
      const members = [memberFor('mem', { fwd: looked.fwd, collapsed: true })]
      return fromStore(again.stored, request, members, at.now())
    }
    if (landing === 'failed') return this.#inTrouble(request, looked, wishes, { kind: 'unreachable' }, at)
    return this.#fly(request, looked, wishes, at, false, false)
  }

  async #fly(
    request: GatewayRequest,
    looked: Looked,
    wishes: Wishes,
    at: Surroundings,
    collapsed: false | undefined,
    isPlain = true,
  ): Promise<Response> {
    const flight =
      isPlain && !this.#flights.isInAir(request.key) ? this.#flights.begin(request.key, () => at.now()) : null
    const asking = this.#ask(request, looked, wishes, at, collapsed)
    const landed = asking.then(
      ({ landing }) => landing.then((how) => flight?.land(how)),
      () => flight?.land('failed'),
    )
    at.waitUntil(landed)
    try {
      return (await asking).response
    } catch (cause) {
      if (!(cause instanceof Unreachable)) throw cause
      return this.#inTrouble(request, looked, wishes, { kind: 'unreachable' }, at, cause)
    }
  }

  /** Asks the origin, with what confirms a stored response where there is one. Rejects when it cannot be reached. */
  async #ask(
    request: GatewayRequest,
    looked: Looked,
    wishes: Wishes,
    at: Surroundings,
    collapsed: false | undefined,
  ): Promise<Brought> {
    const { stored } = looked
    const members: Members = (status, ttlMs) =>
      looked.asked.toReversed().map(({ tier, fwd }) =>
        memberFor(tier, {
          fwd,
          status,
          ...(ttlMs !== null && ttlMs >= leastTtlOf(tier, at) ? { stored: true } : {}),
          ...(collapsed === undefined ? {} : { collapsed }),
        }),
      )
    const about =
      looked.asksPlainly || looked.fwd === 'partial' ? [] : confirmable(stored, this.#keeping.near(request.key, at))
    const rest = stored && !hasField(request.fields, 'range') ? missingAfter(stored) : null
    const fields =
      about.length > 0 ? conditionalFields(request.fields, about) : restFields(request.fields, stored, rest)
    const { response, received } = await forwarded(fields, at)
    if (about.length > 0 && response.status === 304) {
      const confirmed = this.#keeping.confirm(request, about, received, at)
      if (confirmed) {
        this.figures.count('confirmed')
        const again = fromStore(confirmed, request, members(304, ttlAt(at.now(), confirmed)), at.now(), true)
        return { response: again, landing: Promise.resolve('stored') }
      }
      // It named something we do not have: the whole of it, then.
      return this.#ask(request, { ...looked, stored: undefined, asksPlainly: true }, wishes, at, collapsed)
    }
    const trouble: Trouble = { kind: 'status', status: response.status }
    if (stored && stored.part === null && mayStandIn(stored, wishes, trouble, at.now(), at.policy)) {
      await response.body?.cancel()
      // Whoever waited is served as if the origin were away: it has enough to do.
      return { response: this.#standIn(request, stored, looked, at), landing: Promise.resolve('failed') }
    }
    if (rest !== null && stored && (response.status === 206 || response.status === 416)) {
      const whole = await this.#keeping.completed(request, stored, response, received, at)
      if (whole) {
        this.figures.count('fetched')
        const completed = fromStore(whole, request, members(206, ttlAt(at.now(), whole)), at.now(), true)
        return { response: completed, landing: Promise.resolve('stored') }
      }
      return this.#ask(request, { ...looked, stored: undefined, asksPlainly: true }, wishes, at, collapsed)
    }
    return this.#received(request, response, received, members, at)
  }

  /** Passes an answer on, and keeps what of it may be kept. */
  async #received(
    request: GatewayRequest,
    response: Response,
    received: Received,
    members: Members,
    at: Surroundings,
  ): Promise<Brought> {
    this.figures.count('fetched')
    const { status } = response
    const storing = decideStoring(request, received, at.policy)
    const length = announcedLength(response)
    if (!storing.store || (length ?? 0) > STORED_BYTES_MAX) {
      return { response: passedOn(response, members(status, null), at.now()), landing: Promise.resolve('alone') }
    }
    const { lifetimeMs, initialAgeMs } = factsOf(received)
    const ttlMs = lifetimeMs - initialAgeMs
    const keep = (body: Uint8Array<ArrayBuffer>): void => this.#keeping.store(request, received, body, at)
    if (isReadFirst(response)) {
      const body = await wholeBody(response).catch((cause: unknown) => {
        throw new Unreachable('http_response_incomplete', { cause })
      })
      keep(body)
      return {
        response: passedOn(response, members(status, ttlMs), at.now(), body),
        landing: Promise.resolve('stored'),
      }
    }
    const { stream, over } = teed(response, keep)
    at.waitUntil(over)
    const landing = over.then((isWhole): Landing => (isWhole ? 'stored' : 'alone'))
    return { response: passedOn(response, members(status, ttlMs), at.now(), stream), landing }
  }

  /** A HEAD is never stored, but it may tell that what is stored is good, or is not (RFC 9111 section 4.3.5). */
  async #head(request: GatewayRequest, looked: Looked, wishes: Wishes, at: Surroundings): Promise<Response> {
    try {
      const { response, received } = await forwarded(request.fields, at)
      const { stored } = looked
      const trouble: Trouble = { kind: 'status', status: response.status }
      if (stored && stored.part === null && mayStandIn(stored, wishes, trouble, at.now(), at.policy)) {
        return this.#standIn(request, stored, looked, at)
      }
      this.#keeping.hearHead(request, received, at)
      return passedOn(response, [memberFor('mem', { fwd: looked.fwd, status: response.status })], at.now())
    } catch (cause) {
      if (!(cause instanceof Unreachable)) throw cause
      return this.#inTrouble(request, looked, wishes, { kind: 'unreachable' }, at, cause)
    }
  }

  /** What may change something goes to the origin; when it has, what was stored is no longer good (section 4.4). */
  #change(request: GatewayRequest, at: Surroundings): Promise<Response> {
    return this.#pass(request, at, 'method', async (response, received, members) => {
      const { status, fields } = received
      if (!invalidates(request.method, status)) return null
      const also = alsoInvalidated(fields).map((address) => at.keyOf(address))
      for (const key of new Set([request.key, request.address ?? request.key, ...also])) {
        if (key !== null) this.#keeping.forget(key, at)
      }
      const groups = groupsChanged(fields, request.key)
      if (groups.length > 0) await at.changes?.changed(groups)
      const about = fieldOf(fields, 'content-location')
      const isAboutItsAddress = about !== null && at.keyOf(about) === request.key
      if (!isForGet(request.method, received, isAboutItsAddress, at.policy)) return null
      const { key, headers, fields: asked } = request
      const get = { method: 'GET', key, headers, fields: asked }
      return (await this.#received(get, response, received, members, at)).response
    })
  }

  /** @param then what else to do with the answer; where that gives none of its own, it is passed on as it came. */
  async #pass(
    request: GatewayRequest,
    at: Surroundings,
    fwd: Forwarded,
    then?: (response: Response, received: Received, members: Members) => Promise<Response | null>,
  ): Promise<Response> {
    try {
      const { response, received } = await forwarded(request.fields, at)
      const members: Members = (status, ttlMs) => [
        memberFor('mem', { fwd, status, ...(ttlMs === null ? {} : { stored: true }) }),
      ]
      const own = await then?.(response, received, members)
      if (own) return own
      this.figures.count('passed')
      return passedOn(response, members(response.status, null), at.now())
    } catch (cause) {
      if (!(cause instanceof Unreachable)) throw cause
      this.figures.count('passed')
      return madeUp(cause.error.includes('timeout') ? 504 : 502, cause.error)
    }
  }

  /** The origin cannot be asked: something stored stands in for it where that is allowed, or the trouble is told. */
  #inTrouble(
    request: GatewayRequest,
    looked: Looked,
    wishes: Wishes,
    trouble: Trouble,
    at: Surroundings,
    cause: Unreachable = new Unreachable('destination_unavailable'),
  ): Response {
    const { stored } = looked
    const isAll = stored !== undefined && (stored.part === null || canServePart(stored, request))
    if (isAll && mayStandIn(stored, wishes, trouble, at.now(), at.policy)) {
      return this.#standIn(request, stored, looked, at)
    }
    this.figures.count('failed')
    // What must be confirmed and cannot be is a gateway's timeout (RFC 9111 section 5.2.2.2).
    const isBound = stored !== undefined && isForbiddenStale(stored)
    return madeUp(isBound || cause.error.includes('timeout') ? 504 : 502, cause.error)
  }

  #standIn(request: GatewayRequest, stored: StoredResponse, looked: Looked, at: Surroundings): Response {
    this.figures.count('stood in')
    const hit = memberFor(looked.tier, { hit: true, ttlMs: ttlAt(at.now(), stored), detail: 'stale-if-error' })
    return fromStore(stored, request, [hit], at.now())
  }
}

interface Brought {
  response: Response
  /** Resolves when the body has come to its end, with what that means for those who wait. */
  landing: Promise<Landing>
}

/** `Cache-Status` of an answer that the origin was asked for; `ttlMs` null: it is not stored. */
type Members = (status: number, ttlMs: number | null) => string[]

/** Far tiers leave out what is stale soon. */
const leastTtlOf = (tier: TierName, { far }: Surroundings): number =>
  far.find(({ name }) => name === tier)?.ttlMsMin ?? -Infinity
