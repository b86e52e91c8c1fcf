/**
 * The draw as a drop keeps it: closes the lots at the opening, has them put in order, and gives numbers to whoever comes
 * later. Every step is written down, so whoever was interrupted goes on with the next.
 */
import { assert } from '../basics/assert.ts'
import type { DrawEntry, DrawView, NumberRange, NumbersAsked } from '../message/drop-desk.ts'
import { bytesOfHex, hexOf, joined, type Digest } from './bytes.ts'
import { ALGORITHM, Draw, LOT_BYTES, commitmentOf, inOrder, mixOf, rootOf } from './draw.ts'
import type { DropRecord, DropStore, Turn } from './store.ts'

/** 160 kB of lots a row. */
const LOTS_PER_PAGE = 10_000
/** What one answer about the draw holds. */
const ENTRIES_MAX = 1000

export class LotsKeeper {
  readonly #store: DropStore
  readonly #digest: Digest

  constructor(store: DropStore, digest: Digest) {
    this.#store = store
    this.#digest = digest
  }

  /** When the opening's next step is due; null: none is, or it waits for the operator. */
  nextDue(): number | null {
    const drop = this.#store.drop()
    const room = this.#store.room()
    if (!drop?.terms.room || !room || room.phase === 'line' || drop.terms.paused) return null
    return room.phase === 'before' ? drop.terms.opensAt : 0
  }

  /**
   * Closes the lots when the time has come: from now on it is settled who takes part. Answers the objects that have not
   * handed over theirs, and for whom; null: it is not time, or there is nothing left to collect.
   */
  open({ drop, room, now }: Turn): { openedAt: number; missing: number[] } | null {
    if (!drop.terms.room || drop.terms.paused || now < drop.terms.opensAt) return null
    if (room.phase === 'before') {
      room.phase = 'collecting'
      room.openedAt = Math.max(drop.terms.opensAt, drop.changedAt)
    }
    if (room.phase !== 'collecting') return null
    const here = new Set(this.#store.shardsWithLots())
    return {
      openedAt: room.openedAt!,
      missing: Array.from({ length: drop.shards }, (_, shard) => shard).filter((shard) => !here.has(shard)),
    }
  }

  /** Takes over one object's lots, once. With the last of them the line can begin to be numbered. */
  keep({ room, drop }: Turn, shard: number, lots: Uint8Array): void {
    assert(lots.length % LOT_BYTES === 0, 'whole lots')
    if (room.phase !== 'collecting' || this.#store.lots(shard)) return
    this.#store.saveLots(shard, lots)
    if (this.#store.shardsWithLots().length < drop.shards) return
    const all = this.#allLots(drop)
    room.drawn = all.length / LOT_BYTES
    room.root = rootOf(all, this.#digest)
    room.counts = { ...room.counts, lastPosition: room.drawn }
    room.phase = 'drawing'
  }

  /** The draw to be carried out, in slices; null: it is not time, or it is done. */
  begin(): Draw | null {
    const room = this.#store.room()
    const drop = this.#store.drop()
    if (!drop || room?.phase !== 'drawing') return null
    const mix = mixOf(bytesOfHex(drop.seed), bytesOfHex(room.root!), this.#digest)
    return new Draw(this.#allLots(drop), mix, this.#digest)
  }

  /** Writes down what came out. From now on there is a line. */
  keepOrder({ room, drop, now }: Turn, order: Uint32Array): void {
    if (room.phase !== 'drawing') return
    assert(order.length === room.drawn, 'every lot has a position')
    const drawn = inOrder(this.#allLots(drop), order)
    const positions = new Uint32Array(order.length)
    order.forEach((lot, i) => (positions[lot] = i + 1))
    for (let page = 0; page * LOTS_PER_PAGE < order.length; page++) {
      const bytes = LOTS_PER_PAGE * LOT_BYTES
      this.#store.savePage(page, drawn.slice(page * bytes, (page + 1) * bytes))
    }
    let at = 0
    for (let shard = 0; shard < drop.shards; shard++) {
      const count = this.#store.lots(shard)!.length / LOT_BYTES
      this.#store.savePositions(shard, littleEndian(positions.subarray(at, (at += count))))
    }
    room.phase = 'line'
    room.drawnAt = now
  }

  positionsOf(shard: number): Uint8Array | null {
    return this.#store.positions(shard) ?? null
  }

  /** @param joinedSoFar what is told until the lots have been counted. */
  view(joinedSoFar: number): DrawView | null {
    const drop = this.#store.drop()
    const room = this.#store.room()
    if (!drop?.terms.room || !room) return null
    const isDone = room.phase === 'line'
    return {
      commitment: commitmentOf(bytesOfHex(drop.seed), this.#digest),
      algorithm: ALGORITHM,
      joined: room.phase === 'before' || room.phase === 'collecting' ? joinedSoFar : room.drawn,
      drawnAt: room.drawnAt,
      seed: isDone ? drop.seed : null,
      publicValue: isDone ? room.root : null,
      root: isDone ? room.root : null,
    }
  }

  entries(afterPosition: number): DrawEntry[] {
    const entries: DrawEntry[] = []
    const drawn = this.#store.room()?.phase === 'line' ? this.#store.room()!.drawn : 0
    let page: { number: number; lots: Uint8Array } | undefined
    for (let i = Math.max(0, afterPosition); i < drawn && entries.length < ENTRIES_MAX; i++) {
      const number = Math.floor(i / LOTS_PER_PAGE)
      if (page?.number !== number) page = { number, lots: this.#store.page(number)! }
      const at = (i % LOTS_PER_PAGE) * LOT_BYTES
      entries.push({ position: i + 1, lot: hexOf(page.lots.subarray(at, at + LOT_BYTES)) })
    }
    return entries
  }

  /**
   * Gives numbers to places that came after the opening. Null: the lots are not all here, so nobody knows yet with which
   * number the line begins. A repeat finds the numbers of the first time.
   */
  number({ room }: Turn, { shard, after, through }: NumbersAsked): NumberRange[] | null {
    if (room.phase === 'before' || room.phase === 'collecting') return null
    const last = this.#store.lastRange(shard)
    const numbered = last ? last.from + last.count - 1 : 0
    if (through > numbered) {
      const count = through - numbered
      this.#store.insertRange(shard, { from: numbered + 1, count, first: room.counts.lastPosition + 1 })
      room.counts = { ...room.counts, lastPosition: room.counts.lastPosition + count }
    }
    return this.#store.ranges(shard, after)
  }

  #allLots(drop: DropRecord): Uint8Array {
    return joined(...Array.from({ length: drop.shards }, (_, shard) => this.#store.lots(shard)!))
  }
}

function littleEndian(numbers: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 4)
  const view = new DataView(bytes.buffer)
  numbers.forEach((number, i) => view.setUint32(i * 4, number, true))
  return bytes
}
