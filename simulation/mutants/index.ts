/** The planted faults. Each says what a programmer might have got wrong, and stays because it taught us something. */
import { PLAN } from '../../domain/order/settlement.ts'
import { Leaf } from '../../domain/stock/leaf.ts'
import { SANE, type Mutant } from './mutant.ts'

const mutant = (name: string, broken: Partial<Mutant>): Mutant => ({ ...SANE, ...broken, name })

/** Puts a value into a table for one seed. */
function swap<Row extends object, Key extends keyof Row>(row: Row, key: Key, value: Row[Key]): () => void {
  const before = row[key]
  row[key] = value
  return () => {
    row[key] = before
  }
}

export const MUTANTS: readonly Mutant[] = [
  mutant('a hold is granted beyond the last unit', {
    stockStore: (store) => {
      const account = store.account.bind(store)
      store.account = () => {
        const found = account()
        return (
          found && { ...found, count: { ...found.count, free: found.count.free + 1, total: found.count.total + 1 } }
        )
      }
      return store
    },
  }),
  mutant('holds never expire', {
    stockStore: (store) => {
      store.endHoldsExpiredBy = () => ({ holds: 0, units: 0 })
      return store
    },
  }),
  mutant('an expired hold stays on the books', {
    stockStore: (store) => {
      const end = store.endHoldsExpiredBy.bind(store)
      store.endHoldsExpiredBy = (now) => ({ ...end(now), units: 0 })
      return store
    },
  }),
  mutant('an adjustment is not recognised the second time', {
    stockStore: (store) => {
      store.adjustment = () => undefined
      const insert = store.insertAdjustment.bind(store)
      let n = 0
      store.insertAdjustment = (adjustment) =>
        insert({ ...adjustment, adjustmentId: `${adjustment.adjustmentId}/${n++}` })
      return store
    },
  }),
  mutant('answers are forgotten', {
    bookStore: (store) => {
      store.answer = () => undefined
      return store
    },
  }),
  mutant('the outbox forgets what it has told', { keepsOutbox: false }),
  mutant('each try to pay has a key of its own', {
    noticedBy: 8,
    bendStep: (step, world) =>
      step.kind === 'authorise' ? { ...step, how: 'ask', key: `${step.key}/${world.steps}` } : step,
  }),
  mutant('each try to refund has a key of its own', {
    bendStep: (step, world) =>
      step.kind === 'refund' ? { ...step, searchFirst: false, key: `${step.key}/${world.steps}` } : step,
  }),
  mutant('a refused cancellation is asked for again under its old key', {
    noticedBy: 12,
    bendStep: (step) => (step.kind === 'cancel_payment' ? { ...step, key: `${step.orderId}/cancel` } : step),
  }),
  mutant('money is captured before the units are committed', {
    breakTable: () => swap(PLAN.sell.claimed, 'authorised', 'capture'),
  }),
  mutant('units are given back while the payment may still succeed', {
    breakTable: () => swap(PLAN.giveUp.claimed, 'requires_action', 'release'),
  }),
  mutant('units that are gone are taken for sold', {
    bendNews: (news) =>
      news.kind === 'units' && (news.move === 'claim' || news.move === 'commit')
        ? { ...news, lines: news.lines.map((line) => ({ ...line, refusal: null })) }
        : news,
  }),
  mutant('a buyer who never confirms is waited for, for ever', {
    bookStore: (store) => {
      const save = store.saveOrder.bind(store)
      store.saveOrder = (order) => save({ ...order, deadlineAt: Infinity })
      return store
    },
  }),
  mutant('an older record overwrites a newer one', { noticedBy: 21, guardsRecords: false }),
  mutant('the limit per visitor is forgotten', {
    noticedBy: 82,
    stockStore: (store) => {
      store.unitsTakenBy = () => 0
      return store
    },
  }),
  mutant('what was granted beside a refusal is kept', {
    noticedBy: 57,
    bookStore: (store) => {
      const save = store.saveOutbox.bind(store)
      store.saveOutbox = (row) => {
        if (row.topic !== 'release') save(row)
      }
      return store
    },
  }),
  mutant('units of a refund are taken for restocked without asking their owner', {
    noticedBy: 49,
    bendStep: (step) =>
      step.kind === 'units' && step.move === 'restock'
        ? { ...step, asks: step.asks.map((ask) => ({ ...ask, moves: [] })) }
        : step,
  }),
  mutant('lost alarms are never swept', { sweeps: false }),
  mutant('an owner forgets what it has leased', {
    stockStore: (store) => {
      store.saveLease = () => {}
      return store
    },
  }),
  mutant('an owner takes old words of a leaf for new ones', {
    stockStore: (store) => {
      const lease = store.lease.bind(store)
      store.lease = (leaf) => {
        const known = lease(leaf)
        return known && { ...known, version: -1 }
      }
      return store
    },
  }),
  mutant('a recall lets leaves keep what they have', {
    bendWord: (said) => (said.keep === 0 ? { ...said, keep: 100 } : said),
  }),
  mutant('a leaf receives a unit more than it was granted', {
    bendWord: (said) => (said.granted > 0 ? { ...said, granted: said.granted + 1 } : said),
  }),
  mutant('new terms do not reach the leaves', {
    bendWord: (said) => ({ ...said, offer: { ...said.offer, version: 1 } }),
  }),
  mutant('what a leaf has free is taken back before it has given it back', {
    bendStatement: (said) => ({ ...said, returned: said.returned + said.free, free: 0 }),
  }),
  mutant('what a leaf gives back is forgotten', {
    bendStatement: (said) => ({ ...said, returned: 0, free: 0 }),
  }),
  mutant('what a leaf has sold is forgotten', { bendStatement: (said) => ({ ...said, sold: 0 }) }),
  // A leaf's holds are ended by their baskets, too; only where neither does it is it missed.
  mutant('holds of leaves never expire, nor do their baskets', {
    leafStore: (store) => {
      store.endHoldsExpiredBy = () => ({ holds: 0, units: 0 })
      return store
    },
    bookStore: (store) => Object.assign(store, { holdsDue: () => [], nextHoldDue: () => null }),
  }),
  mutant('the limit per visitor is forgotten at leaves', {
    noticedBy: 38,
    leafStore: (store) => {
      store.unitsTakenBy = () => 0
      return store
    },
  }),
  mutant('an owner says that there are no more without asking its leaves', {
    stockStore: (store) => {
      const leases = store.leases.bind(store)
      store.leases = () => leases().map((lease) => ({ ...lease, free: 0, nextHoldEnd: null }))
      return store
    },
  }),
  mutant('a leaf takes too few for none', {
    noticedBy: 51,
    bendWord: (said) => (said.freeAnywhere === null ? said : { ...said, freeAnywhere: 0 }),
  }),
  mutant('a leaf that has heard that there are no more believes it for ever', {
    breakTable: () => {
      const known = new WeakMap<Leaf, number>()
      const isDryOf: (this: Leaf, units: number) => boolean = Reflect.get(Leaf.prototype, 'isDryOf')
      return swap(Leaf.prototype, 'isDryOf', function (this: Leaf, units) {
        if (isDryOf.call(this, units)) known.set(this, Math.min(units, known.get(this) ?? units))
        return units >= (known.get(this) ?? Infinity)
      })
    },
  }),
  mutant('a hold is forgotten as soon as it has ended', {
    noticedBy: 227,
    keeping: (sane) => ({ ...sane, holds: { keptMs: 0, gatherMs: 0 } }),
  }),
  mutant('answers are forgotten while they are still asked for', {
    noticedBy: 2,
    keeping: (sane) => ({ ...sane, answers: { keptMs: 5_000, gatherMs: 0 } }),
  }),
  mutant('a former home lets everybody go', { letGo: (_former, _visitorId, to) => to }),
]
