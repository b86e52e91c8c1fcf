/** Finds out, once a visitor, whether somebody whom the ring has sent here is at home in another book. */
import type { FormerHomeDesk, HoldCommand, OrderBookDesk } from '../../domain/message/order-book.ts'
import type { HomeKeeper } from '../../domain/order/homes.ts'
import { CALL_PATIENCE_MS, within } from '../basics/deadline.ts'
import { gather } from '../basics/gather.ts'
import { twice } from './stock-calls.ts'

/** Newcomers asked about in one call. */
const VISITORS_PER_CALL = 100

type Book = Pick<OrderBookDesk, 'hold'> & FormerHomeDesk
type Newcomer = Required<Pick<HoldCommand, 'visitorId' | 'formerHomes'>>

export class Homes {
  readonly #keeper: HomeKeeper
  readonly #self: string
  readonly #bookNamed: (name: string) => Book
  readonly #settleTogether: (newcomer: Newcomer) => Promise<void>

  constructor(keeper: HomeKeeper, self: string, bookNamed: (name: string) => Book) {
    this.#keeper = keeper
    this.#self = self
    this.#bookNamed = bookNamed
    this.#settleTogether = gather({
      flush: (newcomers) => this.#settle(newcomers),
      callsMax: VISITORS_PER_CALL,
      room: async () => undefined,
    })
  }

  /** The book to send this command on to; null: it is for us. Rejects when a former home does not answer. */
  async elsewhere({ visitorId, formerHomes = [] }: HoldCommand): Promise<Book | null> {
    if (formerHomes.length > 0 && this.#keeper.isNew(visitorId)) await this.#settleTogether({ visitorId, formerHomes })
    return this.movedTo(visitorId)
  }

  /** As `elsewhere`, of somebody who was for us a moment ago: asks nobody. */
  movedTo(visitorId: string): Book | null {
    const name = this.#keeper.elsewhere(visitorId)
    return name === null ? null : this.#bookNamed(name)
  }

  letGo(visitorIds: readonly string[], to: string): string[] {
    return this.#keeper.letGo(visitorIds, to)
  }

  async #settle(newcomers: readonly Newcomer[]): Promise<void[]> {
    const homes = new Map(newcomers.map(({ visitorId }) => [visitorId, this.#self]))
    for (const former of new Set(newcomers.flatMap(({ formerHomes }) => formerHomes))) {
      const concerned = newcomers.filter((one) => one.formerHomes.includes(former))
      const open = concerned.map(({ visitorId }) => visitorId).filter((id) => homes.get(id) === this.#self)
      const asking = twice(() => this.#bookNamed(former).letGo(open, this.#self))
      const answers = await within(CALL_PATIENCE_MS, `asking ${former} for ${open.length} visitors`, asking)
      open.forEach((visitorId, i) => homes.set(visitorId, answers[i]!))
    }
    this.#keeper.settle([...homes].map(([visitorId, home]) => ({ visitorId, home })))
    return newcomers.map(() => undefined)
  }
}
