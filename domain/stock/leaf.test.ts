/** Owner and leaves over memory stores: what they say gets lost, comes twice and late, and they forget what memory held. */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../basics/random.ts'
import type { LeafStatement, OwnerStatement } from '../message/lease-desk.ts'
import { StockKeeper } from './keeper.ts'
import { DRY_FOR_MS, Leaf, REST_MS } from './leaf.ts'
import { fairShare } from './lease.ts'
import { MemoryLeafStore, MemoryStockStore } from './memory-store.ts'
import { LeaseKeeper } from './owner.ts'
import { MINUTE, NOON, holdMove, offer } from './testing.ts'

const DROP = { id: 'drp_1', slug: 'friday', opensAt: 0, endsAt: null, paused: false, leaves: 3 }
const NAMES = ['store_test/book-0', 'store_test/book-1', 'store_test/book-2']

function tree(units: number) {
  const clock = { at: NOON, now: () => clock.at }
  const store = new MemoryStockStore()
  const keeper = new StockKeeper(store, clock)
  keeper.describe(offer({ drop: DROP, unitsPerVisitorMax: 1_000 }))
  keeper.adjust({ adjustmentId: 'initial', kind: 'initial', delta: units, reason: '' })
  const owner = new LeaseKeeper(keeper, store)
  const stores = NAMES.map(() => new MemoryLeafStore())
  const born = (i: number) => new Leaf(NAMES[i]!, stores[i]!, clock)
  const leaves = NAMES.map((_, i) => born(i))
  const restart = (i: number) => (leaves[i] = born(i))
  /** A question and its answer, neither of which gets lost. */
  const lease = (i: number, need: number, least = Math.min(1, need)) => {
    const said = leaves[i]!.statement({ units: need, least })
    const leased = owner.lease(said)!
    leaves[i]!.told(said.version)
    leaves[i]!.hear(leased.statement)
    return leased
  }
  const recall = (i: number) => {
    leaves[i]!.hear(owner.recall(NAMES[i]!)!)
    leaves[i]!.handOver()
    owner.hear(leaves[i]!.statement(null))
  }
  return { clock, keeper, owner, leaves, restart, lease, recall }
}

type Tree = ReturnType<typeof tree>

/** What is where, by everybody's own rows. Units under way are nobody's to sell. */
function whole({ keeper, owner, leaves }: Tree) {
  const proof = keeper.proof()!
  const leases = owner.said()
  const atLeaves = leaves.map((leaf) => leaf.proof()?.count)
  const sum = (figure: 'free' | 'held' | 'sold') => atLeaves.reduce((all, count) => all + (count?.[figure] ?? 0), 0)
  const leased = leases.reduce((all, { granted, takenBack }) => all + granted - takenBack, 0)
  const { here, atLeaves: believedFree } = owner.free()
  return { proof, leased, sellable: here + sum('free'), taken: sum('held') + sum('sold'), here, believedFree, atLeaves }
}

const HOUR = 60 * MINUTE

const holdAt = ({ leaves, clock }: Tree, i: number, holdId: string, units = 1) =>
  leaves[i]!.ask([holdMove({ holdId, visitorId: holdId, units, expiresAt: clock.at + MINUTE })])[0]!

describe('a leaf and its owner', () => {
  it('[LEA1] sells at leaves what the owner has, and not a unit more', () => {
    const shop = tree(10)
    expect(shop.lease(0, 3)).toMatchObject({ missing: 0 })
    expect([1, 2, 3].map((n) => holdAt(shop, 0, `h${n}`).ok)).toEqual([true, true, true])
    shop.lease(1, 20)
    const { count } = shop.leaves[1]!.proof()!
    expect(count.free + 3 + shop.leaves[0]!.count()!.free).toBe(10)
  })

  it('[LEA2] names who else may have a unit, and is dry only when nobody may', () => {
    const shop = tree(6)
    shop.lease(0, 4)
    shop.lease(1, 1)
    const short = shop.lease(2, 5)
    expect(short.missing).toBeGreaterThan(0)
    expect(short.mayHave).toEqual(NAMES.slice(0, 2))
    shop.recall(0)
    shop.recall(1)
    expect(shop.lease(2, 6)).toMatchObject({ missing: 0, mayHave: [] })
    expect(shop.lease(0, 1)).toMatchObject({ missing: 1, mayHave: [NAMES[2]] })
  })

  it('[LEA2] asks a leaf whose hold is over, although it has not noticed yet', () => {
    const shop = tree(2)
    shop.lease(0, 2)
    holdAt(shop, 0, 'h1', 2)
    shop.lease(0, 0)
    expect(shop.lease(1, 1)).toMatchObject({ missing: 1, mayHave: [] })
    shop.clock.at += MINUTE
    expect(shop.lease(1, 1)).toMatchObject({ missing: 1, mayHave: [NAMES[0]] })
    shop.recall(0)
    expect(shop.lease(1, 1)).toMatchObject({ missing: 0 })
  })

  it('[LEA2] leaves units that would complete nobody’s basket where they can complete somebody else’s', () => {
    const shop = tree(1)
    expect(shop.lease(0, 2, 2)).toMatchObject({ missing: 2, free: 1, mayHave: [] })
    expect(shop.owner.free()).toEqual({ here: 1, atLeaves: 0 })
    expect(shop.lease(1, 1)).toMatchObject({ missing: 0 })
    expect(holdAt(shop, 1, 'h1').ok).toBe(true)
  })

  it('[LEA2] meets a part of a need that is enough for somebody', () => {
    const shop = tree(3)
    expect(shop.lease(0, 5, 2)).toMatchObject({ missing: 2, free: 3 })
    expect(shop.leaves[0]!.count()!.free).toBe(3)
  })

  it('[LEA2] counts what a leaf was asked back for while it stood in line', () => {
    const shop = tree(3)
    shop.lease(0, 1)
    const said = shop.leaves[0]!.statement({ units: 2, least: 2 })
    shop.recall(0)
    expect(shop.owner.lease(said)).toMatchObject({ missing: 0 })
    expect(shop.owner.free()).toEqual({ here: 0, atLeaves: 3 })
  })

  it('[LEA2] hands over to the owner even what its buyers wait with, and of its own accord keeps that', () => {
    const shop = tree(2)
    shop.lease(0, 1)
    shop.leaves[0]!.hear(shop.owner.recall(NAMES[0]!)!)
    shop.leaves[0]!.awaits(1)
    expect(shop.leaves[0]!.giveBack()).toBe(0)
    expect(shop.leaves[0]!.handOver()).toBe(1)
  })

  it('[LEA3] believes that there is nothing for a second, and asks again then', () => {
    const shop = tree(1)
    shop.lease(0, 1)
    holdAt(shop, 0, 'h1')
    shop.leaves[1]!.awaits(1)
    const { statement } = shop.lease(1, 1)
    shop.leaves[1]!.hear({ ...statement, freeAnywhere: 0 })
    expect(shop.leaves[1]!.isDryOf(1)).toBe(true)
    shop.clock.at += DRY_FOR_MS
    expect(shop.leaves[1]!.isDryOf(1)).toBe(false)
  })

  it('[LEA2] refuses only whoever wants more than there is anywhere', () => {
    const shop = tree(10)
    shop.lease(0, 2)
    const { statement } = shop.lease(0, 2)
    shop.leaves[0]!.hear({ ...statement, freeAnywhere: 3 })
    expect([3, 4].map((units) => shop.leaves[0]!.isDryOf(units))).toEqual([false, true])
    holdAt(shop, 0, 'h1', 2) // as many may have come back elsewhere since
    expect([3, 4].map((units) => shop.leaves[0]!.isDryOf(units))).toEqual([false, true])
  })

  it('[LEA3] believes an answer that took its time only for those who waited for it', () => {
    const shop = tree(1)
    shop.lease(0, 1)
    holdAt(shop, 0, 'h1')
    shop.leaves[1]!.awaits(1)
    const { statement } = shop.lease(1, 1)
    shop.clock.at += DRY_FOR_MS + 500
    shop.leaves[1]!.hear({ ...statement, freeAnywhere: 0 })
    expect(shop.leaves[1]!.isDryOf(1)).toBe(true)
    shop.clock.at += 250
    expect(shop.leaves[1]!.isDryOf(1)).toBe(false)
  })

  it('[LEA3] gives back what nobody has asked for', () => {
    const shop = tree(100)
    shop.lease(0, 10)
    expect(shop.leaves[0]!.giveBack()).toBe(0)
    shop.clock.at += REST_MS
    expect(shop.leaves[0]!.settle()).toBe(true)
    shop.lease(0, 0)
    expect(shop.owner.free().here + shop.leaves[0]!.count()!.free).toBe(100)
  })

  it('[LEA6] loses, makes and strands no unit whatever gets lost, comes twice or late, over two thousand random steps', () => {
    const dice = seededRandom(7)
    const upTo = (most: number) => Math.floor(dice.fraction() * (most + 1))
    const pick = <Item>(items: readonly Item[]): Item | undefined => items[upTo(items.length - 1)]
    const shop = tree(60)
    const asked: LeafStatement[] = []
    const answered: { to: number; statement: OwnerStatement }[] = []
    let total = 60
    for (let step = 0; step < 2_000; step++) {
      const i = upTo(2)
      const leaf = shop.leaves[i]!
      switch (upTo(9)) {
        case 0:
        case 1:
          asked.push(leaf.statement(upTo(1) === 1 ? { units: upTo(4), least: upTo(2) } : null))
          break
        case 2:
        case 3: {
          const said = pick(asked) // any of them, new or old, and perhaps not for the first time
          const leased = said && shop.owner.lease(said)
          if (said && leased) answered.push({ to: NAMES.indexOf(said.leaf), statement: leased.statement })
          break
        }
        case 4:
        case 5: {
          const answer = pick(answered)
          if (answer) shop.leaves[answer.to]!.hear(answer.statement)
          break
        }
        case 6:
          holdAt(shop, i, `h${step}`, 1 + upTo(2))
          break
        case 7:
          leaf.ask([{ kind: 'release', holdId: `h${step - upTo(40)}` }])
          leaf.ask([{ kind: 'commit', holdId: `h${step - upTo(40)}`, orderId: 'o1' }])
          break
        case 8: {
          shop.clock.at += upTo(20_000)
          if (upTo(1) === 1) leaf.giveBack()
          else leaf.handOver()
          const delta = upTo(4) - 2
          const decision = shop.keeper.adjust({ adjustmentId: `a${step}`, kind: 'adjustment', delta, reason: '' })
          if (decision.ok) total += delta
          break
        }
        default:
          shop.restart(i)
      }
      const { proof, leased, sellable, taken, here, believedFree } = whole(shop)
      expect(sellable + taken).toBeLessThanOrEqual(total)
      expect(proof.count.total).toBe(total)
      expect(proof.count.free).toBe(here + believedFree)
      expect(here + leased).toBe(total)
    }
    for (const i of [0, 1, 2]) shop.recall(i)
    const { here, taken, atLeaves, proof } = whole(shop)
    expect(atLeaves.map((count) => count?.free ?? 0)).toEqual([0, 0, 0])
    expect(here + taken).toBe(total)
    expect(proof.recounted).toMatchObject({ held: proof.count.held, sold: proof.count.sold })
  })

  it('[LEA1] shares out less and less, and keeps half for those who come later', () => {
    const units = { count: { ...tree(100).keeper.count()!, free: 100 }, leavesFree: 0 }
    expect(fairShare(units, 5)).toBe(10)
    expect(fairShare({ ...units, leavesFree: 96 }, 5)).toBe(0)
  })

  it('[STK25] forgets at leaves what ended a day ago, an hour’s worth together', () => {
    const shop = tree(10)
    shop.lease(0, 2)
    expect(holdAt(shop, 0, 'h1', 2).ok).toBe(true)
    shop.clock.at += MINUTE
    expect(shop.leaves[0]!.nextForgetDue()).toBeNull() // it is over, and nobody has looked
    shop.leaves[0]!.expireDue()
    expect(shop.leaves[0]!.nextForgetDue()).toBe(shop.clock.at + 25 * HOUR)
    shop.clock.at += 24 * HOUR - 1
    expect([shop.leaves[0]!.forgetEnded(), shop.leaves[0]!.knows('h1')]).toEqual([0, true])
    shop.clock.at += 1
    expect([shop.leaves[0]!.forgetEnded(), shop.leaves[0]!.knows('h1')]).toEqual([1, false])
    expect(shop.leaves[0]!.nextForgetDue()).toBeNull()
  })
})
