/**
 * The stock tree, small enough to look at every state of it: one owner, two leaves, a few units, two buyers. What the
 * two ends do with their counters is the code that ships (domain/stock/lease.ts and stock.ts); everything around it is
 * left open. A leaf may tell, ask or give back whenever it likes, the owner may recall whenever it likes, any message
 * may be lost, overtaken or heard again, and who restarts loses what was in the air. So whatever the keepers decide
 * about *when*, they decide within what is searched here.
 *
 * Runs are unbounded. Units go back and forth for ever, so the counters do too; but only their differences matter, and
 * states that differ by nothing else are one (`normalised`). What bounds the model is the number of messages in the air
 * and how old one may get: `Size`.
 */
import { BrokenPromise } from '../../domain/basics/assert.ts'
import { money } from '../../domain/basics/money.ts'
import type { LeafStatement } from '../../domain/message/lease-desk.ts'
import type { Offer, StockCount, StockHold } from '../../domain/message/stock-desk.ts'
import {
  freeAtOwner,
  giveBack,
  grant,
  hearLeaf,
  newLease,
  receive,
  receivedBy,
  returnedBy,
  unitsToGrant,
  type Lease,
  type OwnerUnits,
} from '../../domain/stock/lease.ts'
import {
  countAfter,
  countAfterExpiry,
  decideAdjust,
  decideCommit,
  decideHold,
  decideRelease,
  decideTakeBack,
  emptyCount,
  type StockDecision,
} from '../../domain/stock/stock.ts'
import type { Model, Step } from './explore.ts'

/** The moves that are searched. A test breaks one of them. */
export interface Protocol {
  hearLeaf: typeof hearLeaf
  grant: typeof grant
  unitsToGrant: typeof unitsToGrant
  receive: typeof receive
  giveBack: typeof giveBack
}

export const SHIPPED: Protocol = { hearLeaf, grant, unitsToGrant, receive, giveBack }

export interface Size {
  units: number
  /** Units may be found and lost, between `unitsLeast` and `unitsMost` in all. */
  unitsLeast: number
  unitsMost: number
  buyers: number
  /** Messages in the air at once. */
  messagesMost: number
  /** A message that was overtaken by more than so many units on their way back counts as lost. */
  overtakenMost: number
}

const LEAVES = 2

/** Where a buyer's unit is, if they have one: with the owner itself (0) or with a leaf. */
interface Buyer {
  place: number
  unit: (typeof UNITS)[number]
}
const UNITS = ['none', 'held', 'sold'] as const

/** `text` says all of it: equal texts are equal messages. */
type Message = ToOwner | ToLeaf
interface ToOwner {
  to: 'owner'
  leaf: number
  said: LeafStatement
  text: string
}
interface ToLeaf {
  to: 'leaf'
  leaf: number
  granted: number
  /** The leaf may keep nothing. */
  recalls: boolean
  text: string
}

function toOwner(leaf: number, said: LeafStatement): ToOwner {
  const { received, returned, free, held, sold, version, need, wish } = said
  const text = packed(0, leaf, received, returned, free, held, sold, version, need, wish)
  return { to: 'owner', leaf, said, text }
}

const toLeaf = (leaf: number, granted: number, recalls: boolean): ToLeaf => ({
  to: 'leaf',
  leaf,
  granted,
  recalls,
  text: packed(1, leaf, granted, Number(recalls)),
})

export interface Tree {
  owner: OwnerUnits
  leases: readonly Lease[]
  leaves: readonly StockCount[]
  buyers: readonly Buyer[]
  /** Sorted by their text, for they have no order. */
  air: readonly Message[]
  /** A promise of the code itself that was broken on the way here. */
  stopped: string | null
}

export function leaseModel(size: Size, protocol: Protocol = SHIPPED): Model<Tree> {
  return {
    initial: firstTree(size),
    keyOf,
    steps: (tree) => new Steps(size, protocol, tree).all(),
    broken: brokenPromise,
    hopes: {
      'every free unit is with the owner, who may sell it': (tree) =>
        freeAtOwner(tree.owner) === unitsThatNobodyHas(tree),
      'every free unit is with the first leaf, which may sell it': (tree) =>
        tree.leaves[0]!.free === unitsThatNobodyHas(tree),
      'the owner knows what is sold, and to the unit': (tree) =>
        tree.owner.count.sold === unitsOfBuyers(tree, 'sold') && tree.owner.count.held === unitsOfBuyers(tree, 'held'),
    },
  }
}

function firstTree({ units, buyers }: Size): Tree {
  return {
    owner: { count: { ...emptyCount('SKU'), initial: units, total: units, free: units }, leavesFree: 0 },
    leases: Array.from({ length: LEAVES }, (_, i) => ({ ...newLease(`leaf ${i + 1}`) })),
    leaves: Array.from({ length: LEAVES }, () => emptyCount('SKU')),
    buyers: Array.from({ length: buyers }, (_, i) => ({ place: (i % LEAVES) + 1, unit: 'none' as const })),
    air: [],
    stopped: null,
  }
}

// What is promised, from outside: the buyers' own words, and the counters of both ends.

const unitsOfBuyers = ({ buyers }: Tree, unit: 'held' | 'sold'): number =>
  buyers.filter((buyer) => buyer.unit === unit).length

const unitsThatNobodyHas = (tree: Tree): number =>
  tree.owner.count.total - unitsOfBuyers(tree, 'held') - unitsOfBuyers(tree, 'sold')

function brokenPromise(tree: Tree): string | null {
  if (tree.stopped !== null) return tree.stopped
  const { owner, leases, leaves, buyers } = tree
  let booked = freeAtOwner(owner)
  let there = freeAtOwner(owner)
  for (let place = 0; place <= leaves.length; place++) {
    const theirs = buyers.filter((buyer) => buyer.place === place && buyer.unit !== 'none').length
    if (place === 0) {
      booked += theirs
      there += theirs
      continue
    }
    const leaf = leaves[place - 1]!
    const lease = leases[place - 1]!
    if (leaf.held + leaf.sold !== theirs)
      return `leaf ${place} has ${theirs} units with buyers, and says ${leaf.held} + ${leaf.sold}`
    const coming = lease.granted - receivedBy(leaf)
    const going = returnedBy(leaf) - lease.takenBack
    if (coming < 0) return `leaf ${place} has received more than it was granted`
    if (going < 0) return `more came back from leaf ${place} than it returned`
    if (leaf.free < 0 || lease.free < 0 || lease.held < 0 || lease.sold < 0)
      return `a number at leaf ${place} is negative`
    booked += lease.granted - lease.takenBack
    there += coming + leaf.free + theirs + going
  }
  const { total } = owner.count
  if (freeAtOwner(owner) < 0 || owner.leavesFree < 0) return 'a number at the owner is negative'
  if (booked !== total) return `the owner knows of ${booked} units, of ${total}`
  if (there !== total) return `there are ${there} units, of ${total}`
  return null
}

/** All that may happen next in one state. */
class Steps {
  readonly #size: Size
  readonly #protocol: Protocol
  readonly #tree: Tree
  readonly #steps: Step<Tree>[] = []

  constructor(size: Size, protocol: Protocol, tree: Tree) {
    this.#size = size
    this.#protocol = protocol
    this.#tree = tree
  }

  all(): Step<Tree>[] {
    for (const buyer of this.#tree.buyers.keys()) this.#buys(buyer)
    for (let leaf = 0; leaf < LEAVES; leaf++) this.#leafActs(leaf)
    this.#ownerActs()
    for (const message of this.#tree.air) this.#travels(message)
    this.#restarts()
    return this.#steps
  }

  #may(what: string, next: () => Partial<Tree>, fault = false): void {
    let to: Tree
    try {
      to = normalised({ ...this.#tree, ...next() }, this.#size)
    } catch (cause) {
      if (!(cause instanceof BrokenPromise)) throw cause
      to = { ...this.#tree, stopped: cause.message }
    }
    this.#steps.push({ what, to, fault })
  }

  // Buyers hold one unit each, at their leaf or (before there were leaves) with the owner itself.

  #buys(index: number): void {
    const buyer = this.#tree.buyers[index]!
    const name = `buyer ${index + 1}`
    const becomes = (place: number, unit: Buyer['unit']): Pick<Tree, 'buyers'> => ({
      buyers: this.#tree.buyers.with(index, { place, unit }),
    })
    const at = (place: number): string => (place === 0 ? 'the owner' : `leaf ${place}`)
    if (buyer.unit === 'none') {
      for (const place of [0, (index % LEAVES) + 1]) {
        const count = this.#countAt(place)
        const decision = decideHold(
          { existing: undefined, offer: OFFER, free: this.#freeAt(place), unitsTakenByVisitor: 0 },
          HOLD,
          NOW,
        )
        if (decision.ok) {
          const after = countAfter(count, undefined, decision.value)
          this.#may(`${name} holds a unit at ${at(place)}`, () => ({
            ...this.#withCount(place, after),
            ...becomes(place, 'held'),
          }))
        }
      }
      return
    }
    const { place } = buyer
    const decided = (what: string, before: StockHold, decision: StockDecision, unit: Buyer['unit']): void => {
      if (!decision.ok) return
      const after = countAfter(this.#countAt(place), before, decision.value)
      this.#may(`${name} ${what} at ${at(place)}`, () => ({
        ...this.#withCount(place, after),
        ...becomes(place, unit),
      }))
    }
    if (buyer.unit === 'held') {
      decided('pays', HELD, decideCommit(HELD, { kind: 'commit', holdId: 'hold', orderId: 'order' }), 'sold')
      decided('lets go', HELD, decideRelease(HELD, { kind: 'release', holdId: 'hold' }), 'none')
      const expired = countAfterExpiry(this.#countAt(place), 1)
      this.#may(`the hold of ${name} ends at ${at(place)}`, () => ({
        ...this.#withCount(place, expired),
        ...becomes(place, 'none'),
      }))
    } else {
      const back = { kind: 'take_back', takeBackId: 'refund', holdId: 'hold', units: 1 } as const
      decided('is refunded', SOLD, decideTakeBack(SOLD, undefined, back), 'none')
    }
  }

  #freeAt = (place: number): number =>
    place === 0 ? freeAtOwner(this.#tree.owner) : this.#tree.leaves[place - 1]!.free

  #countAt = (place: number): StockCount => (place === 0 ? this.#tree.owner.count : this.#tree.leaves[place - 1]!)

  #withCount(place: number, count: StockCount): Partial<Tree> {
    if (place === 0) return { owner: { ...this.#tree.owner, count } }
    return { leaves: this.#tree.leaves.with(place - 1, count) }
  }

  // A leaf tells how it stands, asks for one that a buyer waits for or for one in store, and gives back.

  #leafActs(leaf: number): void {
    const count = this.#tree.leaves[leaf]!
    for (const [what, need, wish] of ASKS) {
      this.#may(`leaf ${leaf + 1} ${what}`, () => ({ air: this.#sent(this.#statement(leaf, count, need, wish)) }))
    }
    if (count.free === 0) return
    this.#may(`leaf ${leaf + 1} gives a unit back`, () => ({
      leaves: this.#tree.leaves.with(leaf, this.#protocol.giveBack(count, 1)),
    }))
  }

  #statement(leaf: number, count: StockCount, need: number, wish: number): Message {
    const { free, held, sold, version } = count
    const said = {
      leaf: `leaf ${leaf + 1}`,
      received: receivedBy(count),
      returned: returnedBy(count),
      free,
      held,
      sold,
      version,
    }
    return toOwner(leaf, { ...said, nextHoldEnd: null, offerVersion: 0, need, least: need, wish })
  }

  // The owner recalls, and its stock is corrected.

  #ownerActs(): void {
    for (const [leaf, { granted }] of this.#tree.leases.entries()) {
      this.#may(`the owner recalls from leaf ${leaf + 1}`, () => ({
        air: this.#sent(toLeaf(leaf, granted, true)),
      }))
    }
    const { count } = this.#tree.owner
    if (count.total < this.#size.unitsMost) this.#adjusts('a unit is found', 1)
    if (count.total > this.#size.unitsLeast) this.#adjusts('a unit is lost', -1)
  }

  #adjusts(what: string, delta: number): void {
    const { owner } = this.#tree
    const adjustment = { adjustmentId: 'a', delta, kind: 'adjustment', reason: '' } as const
    const decision = decideAdjust(owner.count, freeAtOwner(owner), undefined, adjustment)
    if (decision.ok) this.#may(what, () => ({ owner: { ...owner, count: decision.value } }))
  }

  // Messages arrive, arrive and will arrive again, or are lost.

  #travels(message: Message): void {
    const rest = this.#tree.air.filter((other) => other !== message)
    const about =
      message.to === 'owner' ? `leaf ${message.leaf + 1}'s words` : `the owner's words to leaf ${message.leaf + 1}`
    const hears = message.to === 'owner' ? this.#ownerHears : this.#leafHears
    this.#may(`${about} arrive`, () => hears(message as never, rest))
    this.#may(`${about} arrive, and will again`, () => hears(message as never, this.#tree.air), true)
    this.#may(`${about} are lost`, () => ({ air: rest }), true)
  }

  /** What a turn has written survives a restart, and a turn is whole or not at all. What was in the air to it does not. */
  #restarts(): void {
    const { air } = this.#tree
    const without = (who: string, lost: (message: Message) => boolean): void => {
      if (air.some(lost)) this.#may(`${who} restarts`, () => ({ air: air.filter((message) => !lost(message)) }), true)
    }
    without('the owner', ({ to }) => to === 'owner')
    for (let leaf = 0; leaf < LEAVES; leaf++) {
      without(`leaf ${leaf + 1}`, (message) => message.to === 'leaf' && message.leaf === leaf)
    }
  }

  readonly #ownerHears = ({ leaf, said }: ToOwner, rest: readonly Message[]): Partial<Tree> => {
    const { owner, leases } = this.#tree
    const heard = this.#protocol.hearLeaf(owner, leases[leaf]!, said)
    const more = this.#protocol.unitsToGrant(heard.units, heard.lease, said, LEAVES)
    const { units, lease } = this.#protocol.grant(heard.units, heard.lease, more)
    const answer = toLeaf(leaf, lease.granted, false)
    return { owner: units, leases: leases.with(leaf, lease), air: this.#sent(answer, rest) }
  }

  readonly #leafHears = ({ leaf, granted, recalls }: ToLeaf, rest: readonly Message[]): Partial<Tree> => {
    const received = this.#protocol.receive(this.#tree.leaves[leaf]!, granted)
    const count = recalls ? this.#protocol.giveBack(received, received.free) : received
    const leaves = this.#tree.leaves.with(leaf, count)
    return { leaves, air: recalls ? this.#sent(this.#statement(leaf, count, 0, 0), rest) : rest }
  }

  /** What does not fit into the air is lost at once. */
  #sent(message: Message, air = this.#tree.air): readonly Message[] {
    return air.length < this.#size.messagesMost ? [...air, message] : air
  }
}

const ASKS = [
  ['tells how it stands', 0, 0],
  ['asks for a unit that a buyer waits for', 1, 0],
  ['asks for a unit in store', 0, 1],
] as const

const NOW = 0
const OFFER: Offer = {
  sku: 'SKU',
  storeId: 'store',
  version: 1,
  productId: 'prd',
  variantId: 'var',
  productSlug: 'sku',
  productTitle: 'SKU',
  variantTitle: '',
  price: money(1, 'EUR'),
  forSale: true,
  unitsPerVisitorMax: 1,
  holdDurationMs: 1,
  drop: null,
}
const HOLD = { kind: 'hold', holdId: 'hold', visitorId: 'visitor', units: 1, expiresAt: 1 } as const
const HELD: StockHold = {
  id: 'hold',
  visitorId: 'visitor',
  units: 1,
  expiresAt: 1,
  state: 'held',
  orderId: null,
  unitsTakenBack: 0,
}
const SOLD: StockHold = { ...HELD, state: 'sold', orderId: 'order' }

/**
 * The same state in its smallest numbers. Nothing that decides reads a counter by itself: what a leaf was granted,
 * received, returned and what was taken back are compared with one another, and versions are only told apart by which is
 * newer. So all counters of one leaf may be moved by the same number, and its versions replaced by their ranks. (That this
 * is so of the code that ships is a property test of its own.)
 */
function normalised(tree: Tree, { overtakenMost }: Size): Tree {
  const { count, leavesFree } = tree.owner
  let next: Tree = {
    ...tree,
    owner: { count: { ...count, initial: count.total, adjusted: 0, version: 0 }, leavesFree },
    air: tree.air.filter((message) => !isOvertaken(message, tree, overtakenMost)),
  }
  for (let leaf = 0; leaf < LEAVES; leaf++) next = withSmallNumbers(next, leaf)
  return { ...next, air: asSet(next.air) }
}

function withSmallNumbers(tree: Tree, leaf: number): Tree {
  const lease = tree.leases[leaf]!
  const count = tree.leaves[leaf]!
  const versions = [lease.version, count.version]
  let least = lease.takenBack
  for (const message of tree.air) {
    if (message.leaf !== leaf) continue
    if (message.to === 'owner') versions.push(message.said.version)
    least = Math.min(least, message.to === 'owner' ? message.said.returned : message.granted)
  }
  const ranks = [...new Set(versions)].sort((a, b) => a - b)
  if (least === 0 && ranks.every((version, rank) => version === rank)) return tree
  const { granted, takenBack, version } = lease
  const { initial, adjusted } = count
  return {
    ...tree,
    leases: tree.leases.with(leaf, {
      ...lease,
      granted: granted - least,
      takenBack: takenBack - least,
      version: ranks.indexOf(version),
    }),
    leaves: tree.leaves.with(leaf, {
      ...count,
      initial: initial - least,
      adjusted: adjusted + least,
      version: ranks.indexOf(count.version),
    }),
    air: tree.air.map((message) => (message.leaf === leaf ? withSmallerNumbers(message, least, ranks) : message)),
  }
}

function withSmallerNumbers(message: Message, least: number, ranks: readonly number[]): Message {
  if (message.to === 'leaf') return toLeaf(message.leaf, message.granted - least, message.recalls)
  const { said, leaf } = message
  const { received, returned, version } = said
  return toOwner(leaf, {
    ...said,
    received: received - least,
    returned: returned - least,
    version: ranks.indexOf(version),
  })
}

/** In the order of their texts; the same message twice is one that is heard again. */
function asSet(messages: readonly Message[]): readonly Message[] {
  if (messages.length < 2) return messages
  const byText = new Map(messages.map((message) => [message.text, message]))
  return [...byText.keys()].sort().map((text) => byText.get(text)!)
}

function isOvertaken(message: Message, { leases, leaves }: Tree, most: number): boolean {
  if (message.to === 'owner') return returnedBy(leaves[message.leaf]!) - message.said.returned > most
  return leases[message.leaf]!.granted - message.granted > most
}

/** A letter a number: short texts make the search twice as fast. */
const packed = (...numbers: number[]): string => String.fromCharCode(...numbers)

function keyOf({ owner, leases, leaves, buyers, air, stopped }: Tree): string {
  const { total, free, held, sold } = owner.count
  let key = packed(total, free, held, sold, owner.leavesFree)
  for (const one of leases) key += packed(one.granted, one.takenBack, one.free, one.held, one.sold, one.version)
  for (const one of leaves) key += packed(one.initial, -one.adjusted, one.free, one.held, one.sold, one.version)
  for (const { place, unit } of buyers) key += packed(place, UNITS.indexOf(unit))
  for (const { text } of air) key += text
  return stopped === null ? key : key + stopped
}
