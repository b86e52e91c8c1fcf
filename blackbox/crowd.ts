/**
 * A crowd in front of a drop with a waiting room, over HTTP: each with a cookie of their own. They join, wait, come in
 * when they are called, and hold one unit each, if they are of those who mean it. One of them reads the small number for
 * all, as a cache does in the world.
 */
import { randomUUID } from 'node:crypto'

export interface RoomNow {
  status: string
  again_available: boolean
  units_left: number | null
  room: { phase: string; admitted_through: number; waiting: number; inside: number } | null
}

interface Person {
  cookie: string
  placeId: string
  position: number | null
  /** Comes in and only looks, until they are told to take something after all. */
  hesitates: boolean
  pass: string | null
  holdId: string | null
  /** Was told no by the stock, and leaves it at that. */
  isRefused: boolean
}

/** What one may be told who was called, and what one may be told who is in. */
const PASS_REFUSALS = new Set(['not_your_turn_yet', 'room_closed', 'place_has_left', 'drop_paused'])
const HOLD_REFUSALS = new Set(['not_enough_stock', 'drop_paused'])
/** What anybody may be told who comes with two thousand others; they come back. */
const BUSY = new Set(['reduced_capacity', 'too_many_requests'])

/** So many questions at a time: a crowd of thousands has no more connections than that to one laptop. */
const AT_A_TIME = 40
const IN_TEN_WHO_HESITATE = 3

export class Crowd {
  readonly #url: string
  readonly #drop: string
  readonly #sku: string
  readonly people: Person[] = []
  /** Statuses that nobody expected, with what was asked. */
  readonly surprises: string[] = []
  #goesOn = true

  constructor(url: string, drop: string, sku: string) {
    this.#url = url
    this.#drop = drop
    this.#sku = sku
  }

  /** Everybody takes a place. */
  async joins(count: number): Promise<void> {
    await inTurns(
      Array.from({ length: count }, (_, i) => i),
      async (i) => {
        const answer = await this.#asksForPlace()
        const place = await answer.json<{ id: string }>()
        if (answer.status !== 201) return this.#surprised('join', answer.status, place)
        const cookie = answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
        const hesitates = i % 10 < IN_TEN_WHO_HESITATE
        this.people.push({
          cookie,
          placeId: place.id,
          position: null,
          hesitates,
          pass: null,
          holdId: null,
          isRefused: false,
        })
      },
    )
  }

  /** Asks again when told that there is too much to do, as often as it takes. */
  async #asksForPlace(): Promise<Response> {
    for (;;) {
      const answer = await fetch(`${this.#url}/api/v1/drops/${this.#drop}/places`, { method: 'POST' })
      if (answer.status !== 503 || !BUSY.has(await codeOf(answer.clone()))) return answer
      await new Promise((resolve) => setTimeout(resolve, 1_000 * Number(answer.headers.get('retry-after') ?? 1)))
    }
  }

  /** From the draw on: whoever is called comes in, and holds unless they hesitate. Ends when the crowd is told to. */
  async comesIn(): Promise<void> {
    while (this.#goesOn) {
      const { status, room } = await this.now()
      if (status === 'open' && room?.phase === 'line') {
        await this.#learnsPositions()
        // Many are called together and let in one after the other: who was not yet, asks again.
        const through = room.admitted_through
        const called = this.people.filter((person) => wants(person) && (person.position ?? Infinity) <= through)
        await inTurns(called, (person) => this.#goesIn(person))
      }
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }

  /** Those who hesitated take what is left; answers how many got something. */
  async takesTheRest(): Promise<number> {
    const before = this.held
    const hesitant = this.people.filter(({ hesitates, pass, holdId }) => hesitates && pass !== null && holdId === null)
    await inTurns(hesitant, (person) => this.#holds(person))
    return this.held - before
  }

  get held(): number {
    return this.people.filter(({ holdId }) => holdId !== null).length
  }

  /** So many of them change their minds. */
  async givesBack(count: number): Promise<void> {
    await inTurns(this.people.filter(({ holdId }) => holdId !== null).slice(0, count), async (person) => {
      await fetch(`${this.#url}/api/v1/holds/${person.holdId}`, {
        method: 'DELETE',
        headers: { cookie: person.cookie, 'idempotency-key': randomUUID() },
      })
      person.holdId = null
    })
  }

  async now(): Promise<RoomNow> {
    const answer = await fetch(`${this.#url}/api/v1/drops/${this.#drop}/now`)
    return await answer.json<RoomNow>()
  }

  goesHome(): void {
    this.#goesOn = false
  }

  #learnsPositions(): Promise<void> {
    const unknowing = this.people.filter(({ position }) => position === null)
    return inTurns(unknowing, async (person) => {
      const answer = await fetch(`${this.#url}/api/v1/places/${person.placeId}`, { headers: { cookie: person.cookie } })
      if (answer.ok) person.position = (await answer.json<{ position: number | null }>()).position
    })
  }

  async #goesIn(person: Person): Promise<void> {
    if (person.pass === null) {
      const { status, body } = await this.#posts(person, `/api/v1/places/${person.placeId}/pass`)
      const code = String(body['code'])
      if (status === 200) person.pass = String(body['pass'])
      else if (!PASS_REFUSALS.has(code) && !BUSY.has(code)) this.#surprised('pass', status, body)
    }
    if (person.pass !== null && !person.hesitates) await this.#holds(person)
  }

  async #holds(person: Person): Promise<void> {
    const { status, body } = await this.#posts(person, '/api/v1/holds', {
      lines: [{ sku: this.#sku, quantity: 1 }],
      drop: this.#drop,
    })
    const code = String(body['code'])
    if (status === 201) person.holdId = String(body['id'])
    else if (code === 'not_enough_stock') person.isRefused = true
    else if (!HOLD_REFUSALS.has(code) && !BUSY.has(code)) this.#surprised('hold', status, body)
  }

  async #posts(
    person: Person,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const answer = await fetch(this.#url + path, {
      method: 'POST',
      headers: {
        cookie: person.cookie,
        'idempotency-key': randomUUID(),
        ...(person.pass === null ? {} : { 'onrush-pass': person.pass }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: await answer.json<Record<string, unknown>>() }
  }

  #surprised(what: string, status: number, body: unknown): void {
    this.surprises.push(`${what}: ${status} ${JSON.stringify(body)}`)
  }
}

/** Has not come in, or has and means it, and has heard neither yes nor no. */
const wants = ({ pass, holdId, hesitates, isRefused }: Person): boolean =>
  pass === null || (!hesitates && holdId === null && !isRefused)

const codeOf = async (answer: Response): Promise<string> => String((await answer.json<{ code?: string }>()).code)

/** Does something for each, a few at a time. */
async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const rest = items.values()
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (const item of rest) await work(item)
    }),
  )
}
