/** What each kind of person does at a stampede, from turning up to going home. */
import type { Dice } from '../dice.ts'
import type { Door } from './doors.ts'
import type { Line, SeenOrder } from './history.ts'
import type { Hopefuls } from './hopefuls.ts'
import type { Person } from './people.ts'
import { newKey, type Answer, type Asking, type Visitor } from './visitor.ts'

export interface Surroundings {
  drop: string
  door: Door
  hopefuls: Hopefuls
  /** After this nobody begins anything new: ms of the crowd's clock. */
  until: number
}

/** An order as its buyer knows it: the id, and the secret that opens it. */
export interface Placed {
  id: string
  secret: string
}

const GOOD_CARD = 'pm_card_visa'
const BAD_CARD = 'pm_card_visa_chargeDeclined'
const HESITATION_MS = 600
const BOT_TRIES = 3
const GREEDY_TRIES = 6
/** A refusal that will be another one later. */
const COME_BACK = new Set(['drop_not_open_yet', 'drop_paused'])
const FINAL = new Set(['paid', 'payment_failed', 'not_available', 'cancelled'])
const FIRST_LOOK_MS = 700
const LOOK_MOST_MS = 3_000

export class Life {
  readonly orders: Placed[] = []
  readonly #person: Person
  readonly #visitor: Visitor
  readonly #dice: Dice
  readonly #around: Surroundings
  #badge: Record<string, string> = {}

  constructor(person: Person, visitor: Visitor, dice: Dice, around: Surroundings) {
    this.#person = person
    this.#visitor = visitor
    this.#dice = dice
    this.#around = around
  }

  async live(): Promise<void> {
    if (this.#person.manner === 'skips_the_room') return this.#skips()
    const badge = await this.#around.door.enters(this.#visitor, this.#person)
    if (badge === null) return
    this.#badge = badge
    const first = await this.#holds()
    if (first === null) return
    await this.#visitor.pauses(this.#dice.between(0, HESITATION_MS))
    const { manner } = this.#person
    // Who has waited for units to come back does not walk away from them.
    if (manner === 'vanishes' && !first.waited) return
    if (manner === 'cancels') return this.#cancels(first.id)
    await this.#orders(first.id)
    if (manner === 'greedy') await this.#grabs()
    for (const order of this.orders) await this.#follows(order, this.#around.until)
  }

  /** How the order stands in the end, in the eyes of whoever placed it; it has until `until` to come to an end. */
  async looksBack(order: Placed, until: number): Promise<SeenOrder> {
    await this.#follows(order, until)
    const { id } = order
    const seen = await this.#looksAt(order)
    const { status, total, lines } = (seen?.status === 200 ? seen.body : {}) as {
      status?: string
      total?: { amount: number }
      lines?: Line[]
    }
    return {
      buyer: this.#person.id,
      id,
      status: status ?? null,
      amount: total?.amount ?? 0,
      lines: (lines ?? []).map(({ sku, quantity }) => ({ sku, quantity })),
    }
  }

  /** Until there are units, or none can come any more. */
  async #holds(): Promise<{ id: string; waited: boolean } | null> {
    let lines = this.#person.lines
    for (let waited = false; performance.now() < this.#around.until;) {
      const answer = await this.#asksForUnits(lines)
      if (answer?.status === 201) return { id: String(answer.body['id']), waited }
      if (answer?.code === 'not_enough_stock') {
        waited = true
        const other = this.#otherThan(lines)
        if (other !== null) lines = other
        else if (!(await this.#around.hopefuls.stays({ ...this.#person, lines }))) return null
      } else if (COME_BACK.has(answer?.code ?? '')) {
        await this.#visitor.pauses(answer?.retryAfterMs ?? LOOK_MOST_MS)
      } else {
        return null
      }
    }
    return null
  }

  /** What else there seems to be, for those who take it; null: nothing that was not just refused. */
  #otherThan(lines: readonly Line[]): Line[] | null {
    const sku = this.#person.takesAnything ? this.#around.hopefuls.anythingLeft() : null
    const isTheSame = lines.length === 1 && lines[0]!.sku === sku && lines[0]!.quantity === 1
    return sku === null || isTheSame ? null : [{ sku, quantity: 1 }]
  }

  #asksForUnits(lines: readonly Line[] = this.#person.lines): Promise<Answer | null> {
    const body = { drop: this.#around.drop, lines }
    return this.#posts('POST /api/v1/holds', '/api/v1/holds', { body, headers: this.#badge })
  }

  async #orders(holdId: string): Promise<void> {
    const { manner, id } = this.#person
    const body = {
      hold_id: holdId,
      email: `buyer-${id}@example.com`,
      payment_method: manner === 'declined' ? BAD_CARD : GOOD_CARD,
    }
    const answer = await this.#posts('POST /api/v1/orders', '/api/v1/orders', { body, first: true })
    if (answer?.status !== 202) return
    this.orders.push({ id: String(answer.body['id']), secret: String(answer.body['secret']) })
  }

  /** With a key of its own; whoever double-clicks sends it twice at the same moment. */
  async #posts(route: string, path: string, asking: Asking): Promise<Answer | null> {
    const keyed = { ...asking, key: newKey() }
    if (this.#person.manner !== 'double_clicks') return this.#visitor.insists(route, path, keyed)
    const [one, two] = await Promise.all([
      this.#visitor.insists(route, path, keyed),
      this.#visitor.insists(route, path, keyed),
    ])
    return one ?? two
  }

  async #grabs(): Promise<void> {
    for (let tries = 0; tries < GREEDY_TRIES; tries++) {
      const answer = await this.#asksForUnits()
      if (answer?.status !== 201) return
      await this.#orders(String(answer.body['id']))
    }
  }

  async #cancels(holdId: string): Promise<void> {
    const route = 'DELETE /api/v1/holds/{id}'
    await this.#visitor.insists(route, `/api/v1/holds/${holdId}`, { first: true })
    if (this.#dice.chance(0.3)) await this.#visitor.insists(route, `/api/v1/holds/${holdId}`, { first: true })
  }

  async #skips(): Promise<void> {
    for (let tries = 0; tries < BOT_TRIES; tries++) {
      await this.#asksForUnits()
      await this.#visitor.pauses(HESITATION_MS)
    }
  }

  async #follows(order: Placed, until: number): Promise<void> {
    for (let pause = FIRST_LOOK_MS; ; pause = Math.min(LOOK_MOST_MS, pause * 1.4)) {
      const seen = await this.#looksAt(order)
      if (FINAL.has(String(seen?.body['status'])) || performance.now() > until) return
      await this.#visitor.pauses(pause)
    }
  }

  #looksAt({ id, secret }: Placed): Promise<Answer | null> {
    const headers = { authorization: `Bearer ${secret}` }
    return this.#visitor.insists('GET /api/v1/orders/{id}', `/api/v1/orders/${id}`, { headers, first: true })
  }
}
