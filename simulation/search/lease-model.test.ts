/** The stock tree's counters: every state of a small one, and what a slip in them would do. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { freeAtOwner, giveBack, grant, hearLeaf, newLease, receive, unitsToGrant } from '../../domain/stock/lease.ts'
import { emptyCount } from '../../domain/stock/stock.ts'
import { explore, type Failure } from './explore.ts'
import { leaseModel, SHIPPED, type Protocol, type Size } from './lease-model.ts'
import { SHORT, STATES_MOST } from './sizes.ts'

const TWO_UNITS: Size = { units: 2, unitsLeast: 2, unitsMost: 2, buyers: 1, messagesMost: 1, overtakenMost: 1 }

/** What comes of it when one move is not the one that ships. */
const broken = (slip: Partial<Protocol>, size = TWO_UNITS): Failure | null =>
  explore(leaseModel(size, { ...SHIPPED, ...slip }), { statesMost: STATES_MOST }).failure

describe('the lease protocol', () => {
  it(
    '[SRC4] makes no unit, loses none and strands none, whatever is lost, repeated, overtaken or restarted',
    { timeout: 300_000 },
    () => {
      const found = explore(leaseModel(SHORT), { statesMost: STATES_MOST })
      expect(found.failure).toBeNull()
      expect(found).toMatchObject({ complete: true })
      expect(found.states).toBeGreaterThan(100_000)
    },
  )

  it('[SRC4] is searched with buyers who get their unit at both ends', () => {
    expect(broken({})).toBeNull()
    const places = new Set<string>()
    const model = leaseModel(SHORT)
    const seen = { ...model, hopes: {}, broken: noted }
    function noted({ buyers }: (typeof model)['initial']): null {
      for (const { place, unit } of buyers) places.add(`${unit} at ${place}`)
      return null
    }
    explore(seen, { statesMost: 20_000 })
    for (const place of [0, 1, 2]) for (const unit of ['held', 'sold']) expect(places).toContain(`${unit} at ${place}`)
  })
})

describe('what makes the model finite', () => {
  it('[SRC4] decides by the differences of the counters alone, so that moving them all changes nothing', () => {
    const few = fc.nat({ max: 5 })
    fc.assert(
      fc.property(few, few, few, few, few, few, fc.nat({ max: 1_000 }), (free, held, sold, going, coming, own, by) => {
        const judged = (shift: number): unknown => {
          const there = free + held + sold
          const granted = shift + going + there + coming
          const lease = { ...newLease('leaf'), granted, takenBack: shift, free: granted - shift, version: 3 }
          const total = own + lease.free
          const units = { count: { ...emptyCount('SKU'), initial: total, total, free: total }, leavesFree: lease.free }
          const said = {
            ...{ leaf: 'leaf', received: shift + going + there, returned: shift + going, free, held, sold, version: 4 },
            ...{ nextHoldEnd: null, offerVersion: 0, need: 1, least: 1, wish: 2 },
          }
          const heard = hearLeaf(units, lease, said)
          const more = unitsToGrant(heard.units, heard.lease, said, 2)
          const leased = grant(heard.units, heard.lease, more)
          const leaf = {
            ...emptyCount('SKU'),
            initial: said.received,
            adjusted: -said.returned,
            total: there,
            free,
            held,
            sold,
          }
          const arrived = receive(leaf, leased.lease.granted)
          const after = giveBack(arrived, arrived.free)
          return {
            units: leased.units,
            lease: {
              ...leased.lease,
              granted: leased.lease.granted - shift,
              takenBack: leased.lease.takenBack - shift,
            },
            leaf: { ...after, initial: after.initial - shift, adjusted: after.adjusted + shift },
          }
        }
        expect(judged(by)).toEqual(judged(0))
      }),
    )
  })
})

describe('a slip in the counters', () => {
  it('[SRC5] is noticed when a grant that is heard again counts again', () => {
    const again: Protocol['receive'] = (count, granted) =>
      receive(count, granted > 0 && granted === count.initial ? granted + 1 : granted)
    const failure = broken({ receive: again })
    expect(failure).toMatchObject({ kind: 'broken', what: 'leaf 1 has received more than it was granted' })
    // As short as it can be told: asked for, leased, heard, heard again.
    expect(failure!.story).toEqual([
      'leaf 1 asks for a unit that a buyer waits for',
      "leaf 1's words arrive",
      "the owner's words to leaf 1 arrive, and will again",
      "the owner's words to leaf 1 arrive",
    ])
  })

  it('[SRC5] is noticed when what came back counts twice', () => {
    const twice: Protocol['hearLeaf'] = (units, lease, said) => {
      const news = Math.max(0, said.returned - lease.takenBack)
      return hearLeaf(units, lease, { ...said, returned: said.returned + news })
    }
    expect(broken({ hearLeaf: twice })).toMatchObject({ kind: 'broken' })
  })

  it('[SRC5] is noticed when a leaf goes on selling what it gave back', () => {
    const keeps: Protocol['giveBack'] = (count, units) => {
      const after = SHIPPED.giveBack(count, units)
      return { ...after, free: count.free }
    }
    expect(broken({ giveBack: keeps })).toMatchObject({ kind: 'broken' })
  })

  it('[SRC5] is noticed when a recall forgets to write down what went back', () => {
    const forgets: Protocol['giveBack'] = (count, units) => ({
      ...SHIPPED.giveBack(count, units),
      adjusted: count.adjusted,
    })
    expect(broken({ giveBack: forgets })).toMatchObject({ kind: 'broken' })
  })

  it('[SRC5] is noticed when the owner sells what is on its way to a leaf', () => {
    const believes: Protocol['hearLeaf'] = (units, lease, said) => {
      const heard = hearLeaf(units, lease, said)
      const missing = heard.lease.free - said.free
      if (heard.lease === lease || missing === 0) return heard
      return {
        units: { ...heard.units, leavesFree: heard.units.leavesFree - missing },
        lease: { ...heard.lease, free: said.free },
      }
    }
    expect(broken({ hearLeaf: believes })).toMatchObject({ kind: 'broken' })
  })

  it('[SRC5] is noticed when the owner forgets that it leased a unit', () => {
    const forgets: Protocol['grant'] = (units, lease, more) => ({ ...grant(units, lease, more), units })
    expect(broken({ grant: forgets })).toMatchObject({ kind: 'broken' })
  })

  it('[SRC5] is noticed when the owner leases more than it has', () => {
    const grants: Protocol['grant'] = (units, lease, more) =>
      grant({ ...units, leavesFree: Math.min(units.leavesFree, 0) }, lease, more)
    expect(broken({ unitsToGrant: (_units, _lease, { need }) => need, grant: grants })).toMatchObject({
      kind: 'broken',
    })
  })

  it('[SRC5] is noticed when an old statement overwrites a newer one', () => {
    const believes: Protocol['hearLeaf'] = (units, lease, said) =>
      hearLeaf(units, { ...lease, version: Math.min(lease.version, said.version - 1) }, said)
    expect(broken({ hearLeaf: believes }, { ...TWO_UNITS, messagesMost: 2 })).not.toBeNull()
  })

  it('[SRC5] is noticed when a give-back does not count as news: its units are stranded', () => {
    const silent: Protocol['giveBack'] = (count, units) => ({
      ...SHIPPED.giveBack(count, units),
      version: count.version,
    })
    expect(broken({ giveBack: silent })).toMatchObject({
      kind: 'hopeless',
      what: expect.stringContaining('never again: every free unit is with the owner'),
    })
  })

  it('[SRC5] is noticed when the owner never takes back: its units are stranded', () => {
    const never: Protocol['hearLeaf'] = (units, lease, said) => hearLeaf(units, lease, { ...said, returned: 0 })
    expect(broken({ hearLeaf: never })).toMatchObject({ kind: 'hopeless' })
  })

  it('[SRC5] is noticed when a buyer’s need is answered with units that are elsewhere', () => {
    expect(broken({ unitsToGrant: (units) => freeAtOwner(units) + 1 })).toMatchObject({ kind: 'broken' })
  })
})
