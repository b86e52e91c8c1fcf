/**
 * The board of one drop, named `<store>/<drop>`: asks the drop's objects how they stand, at most once a second, together
 * for all who watch, wherever they sit. So ten operators cost the drop as much as one, and none cost nothing.
 *
 * It keeps nothing on disk. If it dies the chart of admissions begins anew, and everything else is asked again.
 */
import { DurableObject } from 'cloudflare:workers'
import type { BoardAsk, BoardDesk, BoardLook } from '../../domain/message/board-desk.ts'
import { secondsUpTo, salesOf, type Admitted } from '../../domain/order/board.ts'
import { PULSE_SECONDS } from '../../domain/order/pulse.ts'
import { orderBookName } from '../../domain/sharding/bucket.ts'
import { dropOf, pacerOf, pulseOf, stockTreeOf } from '../../platform/desks.ts'
import { systemClock } from '../../platform/dice.ts'
import { Questions } from './ask-all.ts'

/** A little less than a second, so that whoever looks once a second always sees something new. */
const GOOD_FOR_MS = 900
interface Look {
  key: string
  at: number
  /** However slow the drop's objects are, they are asked by one at a time. */
  isUnderWay: boolean
  look: Promise<BoardLook>
}

export class BoardObject extends DurableObject<Env> implements BoardDesk {
  #look: Look | undefined
  #admitted: Admitted[] = []

  async look(ask: BoardAsk): Promise<BoardLook> {
    const now = systemClock.now()
    const key = JSON.stringify(ask)
    const known = this.#look
    if (known?.key === key && (known.isUnderWay || now < known.at + GOOD_FOR_MS)) return known.look
    const look: Look = {
      key,
      at: now,
      isUnderWay: true,
      look: this.#gather(ask).finally(() => (look.isUnderWay = false)),
    }
    this.#look = look
    return look.look
  }

  async lookAnew(): Promise<void> {
    this.#look = undefined
  }

  async #gather({ skus, books }: BoardAsk): Promise<BoardLook> {
    const [storeId = '', dropId = ''] = (this.ctx.id.name ?? '').split('/')
    const after = Math.floor(systemClock.now() / 1000) - PULSE_SECONDS - 1
    const questions = new Questions(systemClock)
    const live = questions.add('drop', () => dropOf(this.env, storeId, dropId).live())
    const pressure = questions.add('pacer', () => pacerOf(this.env, storeId).pressure())
    const trees = skus.map((sku) => questions.add(`stock/${sku}`, () => stockTreeOf(this.env, storeId, sku).tree()))
    const pulses = Array.from({ length: books }, (_, book) =>
      questions.add(`book-${book}`, () => pulseOf(this.env, orderBookName(storeId, book)).pulse(skus, after)),
    )
    await questions.askAll()

    const at = systemClock.now()
    if (live.answer) this.#remember({ at: live.answer.at, admitted: live.answer.admitted })
    const heard = pulses.flatMap(({ answer }) => answer ?? [])
    return {
      at,
      live: live.answer,
      stock: skus.map((sku, i) => ({ sku, tree: trees[i]!.answer })),
      sales: salesOf(heard),
      pressure: pressure.answer,
      seconds: secondsUpTo(at, heard, this.#admitted),
      silent: questions.silent.toSorted(),
    }
  }

  /** A look that was overtaken by a later one is none. */
  #remember(look: Admitted): void {
    if (look.at <= (this.#admitted.at(-1)?.at ?? 0)) return
    this.#admitted = [...this.#admitted.filter(({ at }) => at > look.at - PULSE_SECONDS * 1000), look]
  }
}
