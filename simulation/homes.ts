/**
 * Finds out for a book, once a visitor, whether somebody whom the ring has sent here is at home in another book, as
 * durable-objects/order/homes.ts does it with promises. In memory: with an eviction every question in the air is forgotten.
 */
import type { HoldCommand } from '../domain/message/order-book.ts'
import type { HomeKeeper } from '../domain/order/homes.ts'
import type { Reply } from './network.ts'
import type { World } from './world.ts'

export interface HomesParts {
  world: World
  /** The name of this book. */
  self: string
  homes: HomeKeeper
  askLetGo: AskLetGo
  /** One turn of the book; null when it crashed. */
  touch: <Result>(work: () => Result) => Result | null
  isAlive: () => boolean
}

/** Asks the book of this name whether it lets a visitor go to another; hears the name of their home from now on. */
export type AskLetGo = (former: string, visitorId: string, to: string, done: Reply<string>) => void

/** The book to send a command on to; undefined: it is for us. */
type Elsewhere = { book: string | undefined }

export class HomesTalk {
  readonly #parts: HomesParts

  constructor(parts: HomesParts) {
    this.#parts = parts
  }

  /** `done` hears null when a former home did not answer: then nothing is known. */
  elsewhere({ visitorId, formerHomes = [] }: HoldCommand, done: Reply<Elsewhere>): void {
    const { homes, touch } = this.#parts
    const isOpen = formerHomes.length > 0 && homes.isNew(visitorId)
    const answer = (): void => done(touch(() => ({ book: homes.elsewhere(visitorId) ?? undefined })))
    if (!isOpen) return answer()
    this.#ask(visitorId, formerHomes, (home) => {
      if (home === null) return done(null)
      const settled = touch(() => {
        homes.settle([{ visitorId, home }])
        return true
      })
      if (settled) answer()
      else done(null)
    })
  }

  /** One former home after the other, until one of them keeps the visitor. */
  #ask(visitorId: string, former: readonly string[], done: Reply<string>): void {
    const { self, askLetGo, isAlive, world } = this.#parts
    const [first, ...others] = former
    if (first === undefined) return done(self)
    askLetGo(first, visitorId, self, (home) => {
      if (!isAlive()) return done(null)
      if (home === null) return done(null)
      world.sometimes(home === self ? 'a former home let a visitor go' : 'a former home kept a visitor')
      if (home === self) this.#ask(visitorId, others, done)
      else done(home)
    })
  }
}
