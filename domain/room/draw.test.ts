import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../basics/random.ts'
import { ascending, bytesOfHex, hexOf, joined, type Digest } from './bytes.ts'
import { Draw, LOT_BYTES, inOrder, lotOf, mixOf, orderOf, rootOf } from './draw.ts'
import { MINUTE, NOON, TestRoom, dropTerms } from './testing.ts'

const sha256: Digest = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest())

const people = (count: number): string[] => Array.from({ length: count }, (_, i) => `vis_${i}`)
const lotsOf = (count: number, seed = 1): Uint8Array => seededRandom(seed).bytes(count * LOT_BYTES)

describe('the draw', () => {
  it('[DRW1] publishes the digest of its seed before anybody joins, and the seed after it is drawn', () => {
    const room = new TestRoom(sha256)
    const { commitment } = room.drop.draw()!
    expect(room.drop.draw()).toMatchObject({ seed: null, publicValue: null, root: null, drawnAt: null })
    people(50).forEach((visitor) => room.joins(visitor))
    room.describe({ title: 'Renamed', expectedBuyers: 500_000 })
    room.now = NOON
    room.opens(() => expect(room.drop.draw()!.commitment).toBe(commitment))
    const { seed } = room.drop.draw()!
    expect(hexOf(sha256(bytesOfHex(seed!)))).toBe(commitment)
  })

  it('[DRW1] tells nothing of the seed while the lots are collected', () => {
    const room = new TestRoom(sha256)
    people(5).forEach((visitor) => room.joins(visitor))
    room.now = NOON
    const seeds: (string | null)[] = []
    room.drop.open()
    seeds.push(room.drop.draw()!.seed)
    room.places.forEach((places, shard) => room.drop.keepLots(shard, places.seal(NOON)))
    seeds.push(room.drop.draw()!.seed)
    expect(seeds).toEqual([null, null])
  })

  it('[DRW2] holds everybody who joined before the opening once, and nobody else', () => {
    const room = new TestRoom(sha256)
    const early = people(500)
    early.forEach((visitor) => room.joins(visitor))
    early.slice(0, 50).forEach((visitor) => room.joins(visitor))
    room.now = NOON - 1
    room.joins('just in time')
    room.now = NOON
    room.joins('just too late') // before anybody has told the places that it is noon
    room.now = NOON + 3000
    room.opens()
    const all = [...early, 'just in time'].map((visitor) => room.position(visitor)!)
    expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 501 }, (_, i) => i + 1))
    expect(room.position('just too late')).toBe(502)
    expect(room.drop.drawEntries(0).length).toBe(501)
  })

  it('[DRW2] waits for a drop that is paused at its opening, and counts who joined until it is resumed', () => {
    const room = new TestRoom(sha256, { terms: dropTerms({ paused: true }) })
    room.now = NOON + MINUTE
    room.joins('ana')
    expect(room.drop.open()).toBeNull()
    room.now += 1
    room.describe({ paused: false })
    room.opens()
    expect(room.drop.draw()).toMatchObject({ joined: 1 })
    expect(room.position('ana')).toBe(1)
  })

  it('[DRW2] follows an opening that is moved, either way', () => {
    const later = new TestRoom(sha256)
    later.describe({ opensAt: NOON + MINUTE })
    later.now = NOON + 1
    later.joins('ana')
    expect(later.drop.open()).toBeNull()
    later.now = NOON + MINUTE
    later.opens()
    expect(later.drop.draw()!.joined).toBe(1)

    const sooner = new TestRoom(sha256)
    sooner.joins('ana')
    sooner.now += 1
    sooner.describe({ opensAt: sooner.now - MINUTE })
    sooner.opens()
    expect(sooner.drop.draw()!.joined).toBe(1)
  })

  it('[DRW3] can be recomputed from what is published, by other means', () => {
    const room = new TestRoom(sha256)
    const all = people(300)
    const lots = new Map(all.map((visitor) => [visitor, room.joins(visitor).place.lot]))
    room.now = NOON
    room.opens()
    const { seed, publicValue, root } = room.drop.draw()!
    const digest = (hex: string) => createHash('sha256').update(Buffer.from(hex, 'hex')).digest('hex')
    expect(publicValue).toBe(digest([...lots.values()].toSorted().join('')))
    expect(root).toBe(publicValue)
    const mix = digest(seed! + publicValue!)
    const order = [...lots].toSorted(([, a], [, b]) => (digest(mix + a) < digest(mix + b) ? -1 : 1))
    expect(order.map(([visitor]) => room.position(visitor))).toEqual(all.map((_, i) => i + 1))
    expect(room.drop.drawEntries(0).map(({ lot }) => lot)).toEqual(order.map(([, lot]) => lot))
  })

  it('[DRW4] gives who came early and who came late the same chance', () => {
    const GROUPS = 10
    const count = 100_000
    const lots = joined(...people(count).map((visitor) => lotOf(visitor, sha256)))
    const order = orderOf(lots, mixOf(new Uint8Array(32), bytesOfHex(rootOf(lots, sha256)), sha256), sha256)
    const table = Array.from({ length: GROUPS }, () => Array.from({ length: GROUPS }, () => 0))
    order.forEach((joinedAs, position) => {
      table[Math.floor((joinedAs * GROUPS) / count)]![Math.floor((position * GROUPS) / count)]! += 1
    })
    const expected = count / GROUPS ** 2
    const chiSquare = table.flat().reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0)
    expect(chiSquare).toBeLessThan(113.5) // p > 0.01 with 81 degrees of freedom
  })

  it('[DRW4] changes as a whole with one lot more', () => {
    const lots = lotsOf(1000)
    const mixed = (bytes: Uint8Array) =>
      orderOf(bytes, mixOf(new Uint8Array(32), bytesOfHex(rootOf(bytes, sha256)), sha256), sha256)
    const before = mixed(lots)
    const after = mixed(joined(lots, lotOf('one more', sha256)))
    expect(before.filter((lot, i) => after[i] === lot).length).toBeLessThan(10)
  })

  it('[DRW4] does not depend on how the lots were collected', () => {
    const lots = lotsOf(100)
    const backwards = inOrder(
      lots,
      Uint32Array.from({ length: 100 }, (_, i) => 99 - i),
    )
    expect(rootOf(backwards, sha256)).toBe(rootOf(lots, sha256))
  })

  it('[DRW3] puts rows in the order of their bytes, to the last one', () => {
    const rows = ['ff00000000000000', '00ff000000000000', '00ff000000000001', '00ff00000000ff00', '00fe000000000000']
    const order = ascending(bytesOfHex(rows.join('')), 8)
    expect([...order].map((row) => rows[row])).toEqual(rows.toSorted())
  })

  it('[DRW5] comes out the same in slices', () => {
    const lots = lotsOf(2500)
    const mix = new Uint8Array(32)
    const draw = new Draw(lots, mix, sha256)
    while (draw.step(999));
    expect(draw.order()).toEqual(orderOf(lots, mix, sha256))
  })

  it('[DRW5] ends with the same order, whatever is forgotten between any two of its steps', () => {
    const drawn = (betweenSteps: (room: TestRoom) => void) => {
      const room = new TestRoom(sha256)
      people(200).forEach((visitor) => room.joins(visitor))
      room.now = NOON
      room.opens(() => betweenSteps(room))
      return people(200).map((visitor) => room.position(visitor))
    }
    const undisturbed = drawn(() => undefined)
    expect(drawn((room) => room.evict())).toEqual(undisturbed)
    expect(new Set(undisturbed).size).toBe(200)
  })

  it('[DRW5] takes lots, orders and positions once, however often they come', () => {
    const room = new TestRoom(sha256)
    people(50).forEach((visitor) => room.joins(visitor))
    room.now = NOON
    room.opens()
    const before = people(50).map((visitor) => room.position(visitor))
    room.places.forEach((places, shard) => {
      room.drop.keepLots(shard, places.seal(NOON + 99))
      places.keepDrawn(room.drop.positionsOf(shard)!)
    })
    expect(room.drop.open()).toBeNull()
    expect(room.drop.beginDraw()).toBeNull()
    expect(people(50).map((visitor) => room.position(visitor))).toEqual(before)
  })

  it('[ROM18] orders fifty thousand who joined at once', () => {
    const room = new TestRoom(sha256, { terms: dropTerms({ expectedBuyers: 50_000 }) })
    const crowd = people(50_000)
    crowd.forEach((visitor) => room.joins(visitor))
    room.now = NOON
    room.opens()
    const positions = Uint32Array.from(crowd, (visitor) => room.position(visitor)!).toSorted()
    expect(positions.every((position, i) => position === i + 1)).toBe(true)
    expect(room.drop.now()!.room!.waiting + room.drop.now()!.room!.admittedThrough).toBe(50_000)
  })
})
