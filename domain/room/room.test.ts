import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../basics/random.ts'
import { GRACE_MS, PATIENCE_MS } from './admission.ts'
import type { Digest } from './bytes.ts'
import { burstOf, fullBucket, affordable, refilled, spent } from './pace.ts'
import { MINUTE, NOON, TestRoom, dropTerms, roomTerms, units } from './testing.ts'

const sha256: Digest = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest())
const people = (count: number, kind = 'vis'): string[] => Array.from({ length: count }, (_, i) => `${kind}_${i}`)

/** An open room with a crowd in it, in the order of the line. */
function openRoom(crowd: number, room: Partial<ReturnType<typeof roomTerms>> = {}, stock = units(1_000_000)) {
  const test = new TestRoom(sha256, { terms: dropTerms({ room: roomTerms(room) }) })
  test.stock = stock
  people(crowd).forEach((visitor) => test.joins(visitor))
  test.now = NOON
  test.opens()
  const line = people(crowd).toSorted((a, b) => test.position(a)! - test.position(b)!)
  return { test, line }
}

const codeOf = (answer: ReturnType<TestRoom['asksForPass']>): string => (answer.ok ? 'pass' : answer.refusal.code)
const called = (test: TestRoom): number => test.drop.now()!.room!.admittedThrough

describe('a place', () => {
  it('[ROM1] is one for a visitor, however often they ask, and stays where it is', () => {
    const test = new TestRoom(sha256)
    const first = test.joins('ana')
    test.now += 5 * MINUTE
    test.evict()
    const again = test.joins('ana')
    expect([first.isNew, again.isNew]).toEqual([true, false])
    expect(again.place).toEqual(first.place)
    test.now = NOON
    test.opens()
    const drawn = test.joins('ana')
    expect(drawn).toMatchObject({ isNew: false, place: { id: first.place.id, position: 1 } })
  })

  it('[ROM4] after the opening is the next number, in the order in which people were answered', () => {
    const { test } = openRoom(20)
    const late = people(40, 'late')
    expect(late.map((visitor) => test.joins(visitor).place.position)).toEqual(late.map((_, i) => 21 + i))
  })

  it('[ROM4] gets its number later when it came while the lots were counted, and nobody else gets it', () => {
    const test = new TestRoom(sha256)
    people(30).forEach((visitor) => test.joins(visitor))
    test.now = NOON
    const opened = test.drop.open()!
    test.drop.keepLots(0, test.places[0]!.seal(opened.openedAt))
    const during = people(30, 'during')
    expect(during.map((visitor) => test.joins(visitor).place.position).every((position) => position === null)).toBe(
      true,
    )
    test.opens()
    const positions = [...people(30), ...during].map((visitor) => test.position(visitor)!)
    expect(positions.toSorted((a, b) => a - b)).toEqual(positions.map((_, i) => i + 1))
    expect(Math.min(...during.map((visitor) => test.position(visitor)!))).toBe(31)
  })

  it('[ROM4] keeps its number when the answer that brought it was lost', () => {
    const { test } = openRoom(5)
    test.joins('late')
    const before = test.position('late')
    for (let shard = 0; shard < test.places.length; shard++) {
      const all = test.drop.number({ shard, after: 0, through: 0 })!
      test.places[shard]!.keepNumbers(all)
      test.places[shard]!.keepNumbers(all)
    }
    test.evict()
    expect(test.position('late')).toBe(before)
    expect(test.joins('next').place.position).toBe(before! + 1)
  })
})

describe('coming in', () => {
  it('[ROM3] is for nobody before the opening, to the millisecond', () => {
    const test = new TestRoom(sha256)
    test.joins('ana')
    test.now = NOON - 1
    test.opens()
    expect(test.drop.now()).toMatchObject({ status: 'scheduled', room: { phase: 'before', admittedThrough: 0 } })
    test.now = NOON
    test.opens()
    expect(test.drop.now()).toMatchObject({ status: 'open', room: { phase: 'line', admittedThrough: 1 } })
    expect(codeOf(test.asksForPass('ana'))).toBe('pass')
  })

  it('[ROM5] is never for more than the room has places, called ones included', () => {
    const { test, line } = openRoom(500, { insideMax: 30 })
    for (let second = 0; second < 60; second++) {
      for (const visitor of line.slice(0, called(test))) if (second % 3 === 0) test.asksForPass(visitor)
      test.passes(1000)
      const { room } = test.drop.now()!
      expect(room!.inside + room!.called).toBeLessThanOrEqual(30)
    }
    expect(test.drop.now()!.room).toMatchObject({ inside: 30, called: 0 })
    test.passes(6 * MINUTE)
    expect(called(test)).toBeGreaterThan(60)
  })

  it('[ROM5] keeps its figures in step with the rows, under weather', () => {
    for (let seed = 1; seed <= 20; seed++) expectStepInWeather(seed)
  })

  it.each([60, 599, 600, 10_000])('[ROM6] keeps to a pace of %i a minute in every second', (admissionsPerMinute) => {
    const { test, line } = openRoom(1000, { admissionsPerMinute, insideMax: 100_000, passDurationMs: 2000 })
    const admitted: number[] = []
    const random = seededRandom(admissionsPerMinute)
    const out = new Set(line)
    for (let step = 0; step < 300; step++) {
      test.now += Math.floor(random.fraction() * 120)
      test.hears()
      // Whoever was called comes when they like, and some of them all at once.
      if (step % 40 < 20) continue
      for (const visitor of line.slice(0, called(test))) {
        if (!out.has(visitor) || !test.asksForPass(visitor).ok) continue
        out.delete(visitor)
        admitted.push(test.now)
      }
    }
    const unique = admitted.toSorted((a, b) => a - b)
    expect(unique.length).toBeGreaterThan(0)
    const most = burstOf(admissionsPerMinute) + Math.ceil(admissionsPerMinute / 60)
    for (const from of unique) {
      expect(unique.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(most)
    }
  })

  it('[ROM6] earns its pace exactly: no drift in many steps', () => {
    const perMinute = 601
    let bucket = fullBucket(perMinute, 0)
    let admitted = 0
    const random = seededRandom(7)
    let now = 0
    let most = 0
    for (let i = 0; i < 20_000; i++) {
      now += Math.floor(random.fraction() * 50)
      bucket = refilled(bucket, perMinute, now)
      const may = affordable(bucket)
      bucket = spent(bucket, may)
      admitted += may
      most = Math.max(most, admitted - (perMinute * now) / 60_000)
    }
    expect(most).toBeLessThanOrEqual(burstOf(perMinute))
    expect(admitted).toBeGreaterThanOrEqual(Math.floor((perMinute * now) / 60_000))
  })

  it('[ROM6] earns nothing while the clock stands or steps back', () => {
    const bucket = spent(fullBucket(600, 1000), 10)
    expect(affordable(refilled(bucket, 600, 1000))).toBe(0)
    expect(affordable(refilled(bucket, 600, 500))).toBe(0)
    expect(affordable(refilled(refilled(bucket, 600, 500), 600, 1100))).toBe(1)
  })

  it('[ROM7] is for the next when somebody does not come, within seconds', () => {
    const { test } = openRoom(100, { insideMax: 10 })
    expect(called(test)).toBe(10)
    test.passes(PATIENCE_MS - 1)
    expect(called(test)).toBe(10)
    test.passes(1)
    expect(called(test)).toBe(20)
  })

  it('[ROM7] is still for them when they come later, before the line, as soon as there is room', () => {
    const { test, line } = openRoom(100, { insideMax: 10 })
    test.passes(PATIENCE_MS)
    const [late] = line
    expect(codeOf(test.asksForPass(late!))).toBe('not_your_turn_yet') // ten others have been called meanwhile
    for (const visitor of line.slice(10, 20)) expect(codeOf(test.asksForPass(visitor))).toBe('pass')
    test.passIs('over', passIdOf(test, line[10]!))
    test.passes(1000)
    expect(called(test)).toBe(20)
    expect(codeOf(test.asksForPass(late!))).toBe('pass')
  })

  it('[ROM7] is over for who does not come in the time of grace either', () => {
    const { test, line } = openRoom(15, { insideMax: 10 })
    test.passes(PATIENCE_MS + GRACE_MS - 1)
    expect(codeOf(test.asksForPass(line[0]!))).toBe('pass')
    test.passes(1)
    expect(codeOf(test.asksForPass(line[1]!))).toBe('place_has_left')
    expect(test.drop.standing(test.position(line[1]!)!)).toEqual({ phase: 'left' })
  })

  it('[ROM7] is asked again of a latecomer who was called again and does not come', () => {
    const { test, line } = openRoom(11, { insideMax: 10 })
    test.passes(PATIENCE_MS)
    for (const visitor of line.slice(1, 11)) test.asksForPass(visitor)
    expect(codeOf(test.asksForPass(line[0]!))).toBe('not_your_turn_yet')
    test.passIs('over', passIdOf(test, line[1]!))
    test.passes(PATIENCE_MS + 500)
    expect(test.drop.now()!.room).toMatchObject({ inside: 9, called: 0 })
    expect(codeOf(test.asksForPass(line[0]!))).toBe('pass')
  })

  it('[PAS3] gives one pass for one place, however often it is asked for', () => {
    const { test, line } = openRoom(3)
    const answers = Array.from({ length: 1000 }, () => test.asksForPass(line[0]!))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(test.drop.proof()!.recounted).toMatchObject({ inside: 1, admitted: 1 })
  })

  it('[ROM5] ends with the pass, to the millisecond, or when its checkout is known to be over, once', () => {
    const { test, line } = openRoom(3, { passDurationMs: MINUTE })
    for (const visitor of line) test.asksForPass(visitor)
    const passId = passIdOf(test, line[0]!)
    test.passIs('used', passId)
    test.passIs('over', passId)
    test.passIs('over', passId)
    expect(test.drop.now()!.room!.inside).toBe(2)
    expect(codeOf(test.asksForPass(line[0]!))).toBe('place_has_left')
    test.now += MINUTE - 1
    expect(test.drop.now()!.room!.inside).toBe(2)
    test.now += 1
    expect(test.drop.now()!.room!.inside).toBe(0)
    test.passIs('over', passIdOf(test, line[1]!))
    expect(test.drop.now()!.room!.inside).toBe(0)
  })
})

describe('the pace', () => {
  it('[ROM8] calls nobody for whom there is no unit, and the next when somebody wants none', () => {
    const { test, line } = openRoom(100, {}, units(5))
    expect(called(test)).toBe(5)
    for (const visitor of line.slice(0, 5)) test.asksForPass(visitor)
    test.passIs('used', passIdOf(test, line[0]!))
    test.hears(units(4, 1))
    expect(called(test)).toBe(5)
    test.passIs('over', passIdOf(test, line[1]!))
    expect(called(test)).toBe(6)
  })

  it('[ROM8] learns how much people take, and calls more when they take little', () => {
    const { test } = openRoom(500, { insideMax: 500, admissionsPerMinute: 60_000 }, units(40))
    let next = 1
    for (let i = 0; i < 100; i++) {
      for (let position = next; position <= called(test); position++, next++) admitQuietly(test, position)
      test.passes(1000)
    }
    expect(called(test)).toBeGreaterThan(120)
    expect(test.drop.now()!.room!.unitsPerPass).toBeLessThan(0.5)
  })

  it('[ROM8] calls nobody until the stock has been heard, also after an eviction', () => {
    const { test } = openRoom(500, { insideMax: 500 })
    const before = called(test)
    test.evict()
    test.now += 5000
    expect(called(test)).toBe(before)
    test.hears()
    expect(called(test)).toBeGreaterThan(before)
  })

  it('[ROM9] is no faster than payments can be taken, for a minute after it was said', () => {
    const { test } = openRoom(600, { insideMax: 5000, admissionsPerMinute: 6000 })
    test.drop.heardPressure({ ratePerSecond: 1, waiting: 0 })
    expect(test.drop.now()!.room!.admissionsPerMinute).toBeLessThanOrEqual(70)
    const before = called(test)
    test.passes(10_000)
    expect(called(test) - before).toBeLessThanOrEqual(15)
    test.passes(MINUTE)
    expect(test.drop.now()!.room!.admissionsPerMinute).toBe(6000)
  })

  it('[ROM9] slows further while orders wait before the provider, and never stands still', () => {
    const { test } = openRoom(10, { admissionsPerMinute: 6000 })
    const paceWith = (waiting: number) => {
      test.drop.heardPressure({ ratePerSecond: 25, waiting })
      return test.drop.now()!.room!.admissionsPerMinute
    }
    expect([paceWith(0), paceWith(375), paceWith(750), paceWith(9999)]).toEqual([1500, 750, 150, 150])
  })

  it('[ROM9] is the operator’s from the next turn on', () => {
    const { test } = openRoom(600, { insideMax: 5000, admissionsPerMinute: 6000 })
    test.describe({ room: roomTerms({ insideMax: 5000, admissionsPerMinute: 60 }) })
    const before = called(test)
    test.passes(5000)
    expect(called(test) - before).toBeLessThanOrEqual(6)
  })
})

describe('the end', () => {
  it('[ROM10] is told to everybody as soon as nothing is free, and taken back only by units', () => {
    const { test, line } = openRoom(100, {}, units(10))
    test.hears(units(0, 10))
    expect(test.drop.now()).toMatchObject({ status: 'sold_out', againAvailable: false, room: { phase: 'closed' } })
    for (const visitor of [line[0]!, line[99]!]) {
      expect(test.asksForPass(visitor)).toMatchObject({ refusal: { code: 'room_closed', reason: 'sold_out' } })
    }
    test.describe({ title: 'still sold out' })
    test.evict()
    expect(test.drop.now()!.status).toBe('sold_out')
    test.hears(units(2, 8))
    expect(test.drop.now()).toMatchObject({ status: 'open', againAvailable: true, room: { phase: 'line' } })
    expect(codeOf(test.asksForPass(line[0]!))).toBe('pass')
  })

  it('[ROM10] leaves everybody their place, and a turn that was called its whole patience', () => {
    const { test, line } = openRoom(100, {}, units(10))
    test.hears(units(0, 10))
    test.passes(30 * MINUTE)
    test.hears(units(10))
    expect(called(test)).toBe(10)
    expect(codeOf(test.asksForPass(line[0]!))).toBe('pass')
    expect(test.position(line[99]!)).toBe(100)
  })

  it('[ROM10] calls stock no return that arrives before the opening, or where there was none', () => {
    const test = new TestRoom(sha256)
    test.hears(units(0))
    test.hears(units(5))
    test.now = NOON
    test.opens()
    expect(test.drop.now()!.againAvailable).toBe(false)
    const empty = openRoom(1, {}, units(0)).test
    empty.hears(units(5))
    expect(empty.drop.now()).toMatchObject({ status: 'open', againAvailable: false })
  })

  it('[ROM10] comes at the end of the drop for everybody without a pass', () => {
    const test = new TestRoom(sha256, { terms: dropTerms({ endsAt: NOON + MINUTE }) })
    test.joins('ana')
    test.joins('ben')
    test.now = NOON
    test.opens()
    test.now = NOON + MINUTE - 1
    expect(test.drop.now()!.status).toBe('open')
    expect(codeOf(test.asksForPass('ana'))).toBe('pass')
    test.now += 1
    expect(test.drop.now()).toMatchObject({ status: 'ended', room: { phase: 'closed' } })
    expect(test.asksForPass('ben')).toMatchObject({ refusal: { code: 'room_closed', reason: 'ended' } })
  })

  it('[ROM11] does not come closer while the drop is paused: patience and passes stand still', () => {
    const { test, line } = openRoom(100, { insideMax: 10, passDurationMs: MINUTE })
    test.asksForPass(line[0]!)
    test.describe({ paused: true })
    expect(test.drop.now()!.status).toBe('paused')
    expect(codeOf(test.asksForPass(line[1]!))).toBe('drop_paused')
    test.passes(10 * MINUTE)
    expect(called(test)).toBe(10)
    test.describe({ paused: false })
    expect(codeOf(test.asksForPass(line[1]!))).toBe('pass')
    expect(test.asksForPass(line[0]!)).toMatchObject({ value: { expiresAt: NOON + 11 * MINUTE } })
    expect(test.drop.now()!.room).toMatchObject({ inside: 2, called: 8 })
  })
})

describe('terms', () => {
  it('[ROM20] are taken over when they are newer, and never change where places live', () => {
    const test = new TestRoom(sha256)
    const { shards } = test.drop.now()!.room!
    test.drop.describe({ ...test.terms, version: 1, title: 'older', opensAt: 5 })
    expect(test.drop.now()!.opensAt).toBe(NOON)
    test.describe({ expectedBuyers: 900_000, opensAt: NOON + 1 })
    expect(test.drop.now()).toMatchObject({ opensAt: NOON + 1, room: { shards } })
  })

  it('[ROM20] without a room leave nobody waiting', () => {
    const test = new TestRoom(sha256, { terms: dropTerms({ room: null }) })
    test.now = NOON
    expect(test.drop.now()).toMatchObject({ status: 'open', room: null })
    expect(test.drop.admit({ placeId: 'plc_1', visitorId: 'ana', position: 1 })).toMatchObject({
      refusal: { code: 'drop_has_no_room' },
    })
  })
})

const passIdOf = (test: TestRoom, visitor: string): string => {
  const answer = test.asksForPass(visitor)
  return answer.ok ? answer.value.passId : 'none'
}

function admitQuietly(test: TestRoom, position: number): void {
  test.drop.admit({ placeId: `plc_${position}`, visitorId: 'somebody', position })
}

/** People come, come late, buy, leave, are lost; the operator pauses; the object is evicted; stock goes and returns. */
function expectStepInWeather(seed: number): void {
  const random = seededRandom(seed)
  const insideMax = 1 + Math.floor(random.fraction() * 20)
  const { test, line } = openRoom(150, { insideMax, passDurationMs: 20_000 }, units(60))
  const lastNumbers: number[] = []
  for (let step = 0; step < 400; step++) {
    const dice = random.fraction()
    const somebody = line[Math.floor(random.fraction() * Math.max(1, called(test)))]!
    if (dice < 0.45) test.asksForPass(somebody)
    else if (dice < 0.55) test.passIs('used', passIdOf(test, somebody))
    else if (dice < 0.62) test.passIs('over', passIdOf(test, somebody))
    else if (dice < 0.66) test.evict()
    else if (dice < 0.7) test.describe({ paused: !test.terms.paused })
    else if (dice < 0.78) test.hears(units(Math.floor(random.fraction() * 4)))
    else if (dice < 0.8) test.joins(`late_${step}`)
    else test.passes(Math.floor(random.fraction() * 8000), 700)
    const proof = test.drop.proof()!
    const { called: expected, inside, admitted, admittedThrough, lastPosition } = proof.counts
    expect(proof.recounted, `seed ${seed}, step ${step}`).toEqual({ called: expected, inside, admitted })
    expect(expected + inside, `seed ${seed}, step ${step}`).toBeLessThanOrEqual(insideMax)
    expect(admittedThrough).toBeLessThanOrEqual(lastPosition)
    lastNumbers.push(admittedThrough)
  }
  expect(lastNumbers).toEqual(lastNumbers.toSorted((a, b) => a - b))
}
