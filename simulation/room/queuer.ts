/** Somebody in a waiting room: joins, looks at the one number, comes in, and takes something or not. */
import type { PassGranted, PlaceKept } from '../../domain/message/drop-desk.ts'
import type { Room } from './life.ts'

/** * absent: joins and goes home. * late: sleeps through the call. * idle: comes in and takes nothing. */
type Manner = 'prompt' | 'absent' | 'late' | 'idle'

export class Queuer {
  readonly #id: string
  readonly #room: Room
  readonly #manner: Manner
  #place: PlaceKept | null = null
  #askedAt: number | undefined
  #hasSlept = false
  isDone = false
  /** What they know; for whoever asks why they are still here. */
  told = 'has not come yet'

  constructor(id: string, room: Room) {
    this.#id = id
    this.#room = room
    this.#manner = room.world.oneOf<Manner>(['prompt', 'prompt', 'absent', 'late', 'idle'])
  }

  comes(): void {
    const { world } = this.#room
    const askedAt = (this.#askedAt ??= world.clock.now())
    this.told = `${this.#id} joins`
    this.#room.join(this.#id, (place) => {
      if (!place) return world.later(this.#moment(), () => this.comes())
      this.#knows(place, askedAt)
      if (this.#manner !== 'absent') return this.#waits()
      world.sometimes('somebody went home')
      this.#staysUntilNumbered()
    })
    // A reload in the middle of it: the same place again.
    if (world.dice.fraction() < 0.2) {
      this.#room.join(this.#id, (place) => place && this.#knows(place, askedAt))
    }
  }

  #knows(place: PlaceKept, askedAt: number): void {
    this.#room.ledger.placeSeen(this.#id, place, askedAt)
    if (this.#place?.position == null) this.#place = place
    this.told = `${this.#id} is number ${this.#place.position}`
  }

  /** Gone, but the number comes all the same; a checker asks for it. */
  #staysUntilNumbered(): void {
    if (this.#place?.position != null) return void (this.isDone = true)
    this.#asksForNumber(() => this.#staysUntilNumbered())
  }

  #waits(): void {
    const { world } = this.#room
    world.later(this.#moment(), () => {
      const now = this.#room.now()
      if (!this.#place || this.#place.position === null) return this.#asksForNumber(() => this.#waits())
      const { free, held } = this.#room.stock
      if (free + held === 0) return void (this.isDone = true)
      if (now?.status !== 'open' || !now.room || this.#place.position > now.room.admittedThrough) return this.#waits()
      if (this.#manner !== 'late' || this.#hasSlept) return this.#asksToComeIn(this.#place)
      this.#hasSlept = true
      world.later(world.between(10_000, 120_000), () => this.#asksToComeIn(this.#place!))
    })
  }

  #asksForNumber(then: () => void): void {
    const { world } = this.#room
    const askedAt = this.#askedAt!
    this.#room.now()
    this.#room.find(this.#id, (place) => {
      if (place) this.#knows(place, askedAt)
      world.later(this.#moment(), then)
    })
  }

  #asksToComeIn(place: PlaceKept): void {
    this.told = `number ${place.position} asks to come in`
    this.#room.admit(place, (decision) => {
      if (decision?.ok) return this.#isInside(decision.value)
      const code = decision?.refusal.code
      if (code === 'place_has_left') {
        this.isDone = true
        return
      }
      if (code === 'not_your_turn_yet' && this.#hasSlept) this.#room.world.sometimes('somebody who came late waited')
      this.#waits()
    })
  }

  #isInside({ passId, expiresAt }: PassGranted): void {
    const { world, stock } = this.#room
    if (this.#hasSlept) world.sometimes('somebody came in late')
    if (this.#manner === 'idle') return void (this.isDone = true)
    world.later(world.between(500, 15_000), () => {
      if (world.clock.now() >= expiresAt) return void (this.isDone = true)
      if (stock.free === 0) {
        world.sometimes('somebody inside was refused')
        this.#room.tell({ what: 'refused', passId })
        return void (this.isDone = true)
      }
      stock.free -= 1
      stock.held += 1
      this.#room.tell({ what: 'used', passId })
      world.later(world.between(1_000, 30_000), () => this.#leaves(passId))
    })
  }

  #leaves(passId: string): void {
    const { world, stock, ledger } = this.#room
    stock.held -= 1
    if (world.dice.fraction() < 0.7) stock.sold += 1
    else {
      stock.free += 1
      world.sometimes('a unit came back')
    }
    ledger.passOver(passId)
    this.#room.tell({ what: 'over', passId })
    this.isDone = true
  }

  #moment(): number {
    return this.#room.world.between(1_000, 3_000)
  }
}
