/**
 * The courier: takes signed events to the webhook address, a few at a time and in no promised order, and tries again
 * with longer and longer pauses until it is answered with a 2xx. Stripe goes on for three days; we give up after
 * about ten minutes, for a laptop's evening is short (`GET /v1/events?delivery_success=false` still finds the event).
 */
import type { Account } from './account.ts'
import { Turn } from './books.ts'
import type { Delivery } from './records.ts'
import { signatureHeader } from './signature.ts'
import { wireEvent } from './wire.ts'

const AT_ONCE = 16
const ATTEMPTS_MAX = 16
const PAUSE_MAX_MS = 60_000
const ANSWER_WITHIN_MS = 20_000

export class Courier {
  readonly #account: Account
  readonly #secret: string
  readonly #waiting: Delivery[] = []
  readonly #stop = new AbortController()
  readonly #wake: () => void
  #underWay = 0

  /** `wake` is called when a delivery made a new appointment. */
  constructor(account: Account, secret: string, wake: () => void) {
    this.#account = account
    this.#secret = secret
    this.#wake = wake
  }

  /** Takes a delivery that is due. While paused, or without an address, it waits here. */
  take(delivery: Delivery): void {
    this.#waiting.push(delivery)
    this.depart()
  }

  /** Sends what may be sent now; called again when a pause has ended or an address became known. */
  depart(): void {
    const { paused, url } = this.#account.controls.webhooks
    if (paused || url === null || this.#stop.signal.aborted) return
    while (this.#underWay < AT_ONCE) {
      const delivery = this.#waiting.shift()
      if (delivery === undefined) return
      this.#underWay += 1
      void this.#deliver(delivery, url).finally(() => {
        this.#underWay -= 1
        this.depart()
      })
    }
  }

  stop(): void {
    this.#stop.abort()
  }

  async #deliver(delivery: Delivery, url: string): Promise<void> {
    const event = this.#account.books.events.get(delivery.eventId)
    if (event === null) return
    this.#account.counts.webhooks.sent += 1
    const taken = await this.#post(url, JSON.stringify(wireEvent(event), null, 2))
    if (this.#stop.signal.aborted) return
    const turn = new Turn()
    if (taken) turn.put('events', { ...event, delivery: 'delivered' })
    turn.put('deliveries', taken ? { ...delivery, state: 'done' } : this.#again(delivery))
    this.#account.counts.webhooks[taken ? 'acknowledged' : 'failed'] += 1
    this.#account.record(turn)
    if (!taken) this.#wake()
  }

  #again(delivery: Delivery): Delivery {
    const attempts = delivery.attempts + 1
    if (attempts >= ATTEMPTS_MAX) {
      this.#account.counts.webhooks.gave_up += 1
      return { ...delivery, attempts, state: 'gave_up' }
    }
    const pauseMs = Math.min(this.#account.controls.webhooks.retry_ms * 2 ** delivery.attempts, PAUSE_MAX_MS)
    return { ...delivery, attempts, dueAt: this.#account.now() + pauseMs }
  }

  /** True for a 2xx. A redirect is a failure, as it is to Stripe; so is anything that goes wrong on the way. */
  async #post(url: string, payload: string): Promise<boolean> {
    const { extra_secret: extra, skew_ms: skewMs } = this.#account.controls.webhooks
    const secrets = extra === null ? [this.#secret] : [this.#secret, extra]
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
          'stripe-signature': signatureHeader(payload, secrets, this.#account.realNow() + skewMs),
        },
        body: payload,
      })
      await response.arrayBuffer()
      return response.ok
    } catch {
      return false // the address is away, or hung up: what becomes of it is the retry's business
    }
  }
}
