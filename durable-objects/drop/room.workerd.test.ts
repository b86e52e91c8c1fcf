import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DropTerms, JoinTerms } from '../../domain/message/drop-desk.ts'
import { newPlaceId, placesNameFor, shardOfEmail, shardOfVisitor } from '../../domain/room/place.ts'
import { MINUTE, dropTerms, roomTerms } from '../../domain/room/testing.ts'
import { describeDropStore, describePlacesStore } from '../../domain/room/store.contract.ts'
import { dropNameFor } from '../../domain/room/place.ts'
import { stockNameFor } from '../../domain/sharding/bucket.ts'
import { offer } from '../../domain/stock/testing.ts'
import { systemRandom } from '../../platform/dice.ts'
import { StockObject } from '../stock/stock-object.ts'
import { applySchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { SCHEMA as DROP_SCHEMA, type DropObject } from './drop-object.ts'
import { SCHEMA as PLACES_SCHEMA, type JoinShardObject } from './join-shard-object.ts'
import { SqliteDropStore } from './sqlite-drop-store.ts'
import { SqlitePlacesStore } from './sqlite-places-store.ts'

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the generated types do not know what a namespace holds
const drops = env.DROP as unknown as DurableObjectNamespace<DropObject>
const shards = env.PLACES as unknown as DurableObjectNamespace<JoinShardObject>
const stocks = env.STOCK as unknown as DurableObjectNamespace<StockObject>

/** The date is tomorrow and stands still, unless a test moves it; alarms are rung by hand. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 24 * 60 * MINUTE }))
const wait = (ms: number) => vi.setSystemTime(Date.now() + ms)

afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await reset()
})

let contracts = 0
describeDropStore('in SQLite', (test) =>
  runInDurableObject(drops.getByName(`contract-${(contracts += 1)}`), (_object, state) => {
    applySchema(state.storage, DROP_SCHEMA)
    test(new SqliteDropStore(new Sql(state.storage)))
  }),
)
describePlacesStore('in SQLite', (test) =>
  runInDurableObject(shards.getByName(`contract-${(contracts += 1)}`), (_object, state) => {
    applySchema(state.storage, PLACES_SCHEMA)
    test(new SqlitePlacesStore(new Sql(state.storage)))
  }),
)

let stores = 0
/** A drop that opens in ten minutes, with units of one SKU. */
async function plan(changes: Partial<DropTerms> = {}, units = 1000) {
  // A store of its own: what a test before this one left running must not reach into it.
  const storeId = `store_${(stores += 1)}`
  const terms = dropTerms({ storeId, opensAt: Date.now() + 10 * MINUTE, ...changes })
  const drop = () => drops.getByName(dropNameFor(terms.storeId, terms.id))
  const sku = () => stocks.getByName(stockNameFor(terms.storeId, terms.skus[0]!))
  await sku().describe(offer({ storeId }))
  await sku().adjust({ adjustmentId: 'initial', kind: 'initial', delta: units, reason: '' })
  await drop().describe(terms)
  const many = (await drop().now())!.room?.shards ?? 1
  const shard = (k: number) => shards.getByName(placesNameFor(terms.storeId, terms.id, k))
  const home = (visitorId: string) => shard(shardOfVisitor(visitorId, many))
  const joinTerms: JoinTerms = {
    shards: many,
    oneLotPerEmail: terms.room?.oneLotPerEmail ?? false,
    closed: null,
  }
  const joins = (visitorId: string, emailDigest: string | null = null) =>
    home(visitorId).join(
      {
        visitorId,
        placeId: newPlaceId(terms.id, visitorId, Date.now(), systemRandom),
        emailDigest,
        address: null,
      },
      joinTerms,
    )
  /** The alarm rings, and everything that follows from it is done. */
  const opens = async () => {
    vi.setSystemTime(terms.opensAt)
    await runDurableObjectAlarm(drop())
    await vi.waitFor(async () => expect((await drop().now())!.room!.phase).toBe('line'), 20_000)
  }
  const asksForPass = async (visitorId: string) => {
    const place = (await home(visitorId).find(visitorId))!
    return drop().admit({ placeId: place.id, visitorId, position: place.position! })
  }
  return { terms, drop, sku, shard, many, home, joins, opens, asksForPass }
}

const people = (count: number, kind = 'vis') => Array.from({ length: count }, (_, i) => `${kind}_${i}`)

describe('the waiting room', () => {
  it('[ROM3] opens by its alarm, draws, calls and lets in', async () => {
    const { drop, joins, opens, asksForPass, home } = await plan()
    await joins('ana')
    expect(await drop().now()).toMatchObject({ status: 'scheduled', room: { phase: 'before', waiting: 1 } })
    await opens()
    expect(await home('ana').find('ana')).toMatchObject({ kind: 'draw', position: 1 })
    expect(await drop().now()).toMatchObject({ status: 'open', room: { phase: 'line', admittedThrough: 1 } })
    const passed = await asksForPass('ana')
    expect(passed).toMatchObject({ ok: true, value: { expiresAt: Date.now() + 5 * MINUTE } })
    expect(await asksForPass('ana')).toEqual(passed)
  })

  it('[ROM18] takes two thousand joins at once over RPC and draws them all', { timeout: 120_000 }, async () => {
    const { joins, opens, home, drop } = await plan()
    const crowd = people(2000)
    const answers = await Promise.all(crowd.map((visitor) => joins(visitor)))
    expect(answers.every((answer) => answer.ok && answer.value.isNew)).toBe(true)
    await opens()
    const positions = await Promise.all(crowd.map(async (visitor) => (await home(visitor).find(visitor))!.position!))
    expect(positions.toSorted((a, b) => a - b)).toEqual(crowd.map((_, i) => i + 1))
    expect((await drop().drawEntries(1500)).length).toBe(500)
  })

  it('[ROM1] gives one place to a hundred requests of one visitor at once', async () => {
    const { joins } = await plan()
    const answers = await Promise.all(Array.from({ length: 100 }, () => joins('ana')))
    expect(new Set(answers.map((answer) => answer.ok && answer.value.place.id)).size).toBe(1)
    expect(answers.filter((answer) => answer.ok && answer.value.isNew).length).toBe(1)
  })

  it('[ROM4] numbers who comes after the opening without a gap, from all places together', async () => {
    const { joins, opens, drop } = await plan()
    await Promise.all(people(10).map((visitor) => joins(visitor)))
    await opens()
    const late = await Promise.all(people(300, 'late').map((visitor) => joins(visitor)))
    const positions = late.map((answer) => (answer.ok ? answer.value.place.position! : 0))
    expect(positions.toSorted((a, b) => a - b)).toEqual(late.map((_, i) => 11 + i))
    const asked = { shard: 0, after: 0, through: 5 }
    expect(await drop().number(asked)).toEqual(await drop().number(asked))
    const last = await joins('last')
    expect(last).toMatchObject({ value: { place: { kind: 'line', position: 311 } } })
  })

  it('[ROM12] loses nothing when every object is evicted between any two steps', async () => {
    const { joins, opens, asksForPass, drop, shard, many, home } = await plan()
    const evictAll = async () => {
      await evictDurableObject(drop())
      for (let k = 0; k < many; k++) await evictDurableObject(shard(k)).catch(() => undefined)
    }
    for (const visitor of people(20)) await joins(visitor)
    await evictAll()
    const { commitment } = (await drop().draw())!
    await opens()
    await evictAll()
    for (const visitor of people(20)) await joins(visitor)
    await joins('late')
    await evictAll()
    const positions = await Promise.all(
      people(20).map(async (visitor) => (await home(visitor).find(visitor))!.position),
    )
    expect(new Set(positions).size).toBe(20)
    expect(await home('late').find('late')).toMatchObject({ position: 21 })
    expect((await drop().draw())!.commitment).toBe(commitment)
    const first = people(20)[positions.indexOf(1)]!
    const passed = await asksForPass(first)
    await evictAll()
    expect(await asksForPass(first)).toEqual(passed)
    expect(passed.ok).toBe(true)
  })

  it('[ROM12] knows how many wait for the opening, also after an eviction', async () => {
    const { joins, drop } = await plan()
    await Promise.all(people(40).map((visitor) => joins(visitor)))
    await evictDurableObject(drop())
    await vi.waitFor(async () => expect(await drop().now()).toMatchObject({ room: { waiting: 40 } }), 20_000)
  })

  it('[ROM12] ends an opening that was broken off, and hands out positions that were told to nobody', async () => {
    const { terms, joins, drop, home } = await plan()
    await Promise.all(people(50).map((visitor) => joins(visitor)))
    vi.setSystemTime(terms.opensAt)
    const crash = runInDurableObject(drop(), (object: DropObject, state) => {
      void object.sweep()
      state.abort('pulled the plug')
    })
    await expect(crash).rejects.toThrow('pulled the plug')
    wait(1000)
    await drop().sweep()
    await vi.waitFor(async () => expect((await drop().now())!.room!.phase).toBe('line'), 20_000)
    const positions = await Promise.all(
      people(50).map(async (visitor) => (await home(visitor).find(visitor))!.position),
    )
    expect(new Set(positions).size).toBe(50)
  })

  it('[ROM12] gives those their numbers who came after the opening and before the lots were closed', async () => {
    const { terms, joins, drop, home, opens } = await plan()
    await joins('early')
    vi.setSystemTime(terms.opensAt + 1)
    await joins('just after')
    await opens()
    await vi.waitFor(
      async () => expect(await home('just after').find('just after')).toMatchObject({ kind: 'line', position: 2 }),
      20_000,
    )
    expect(await drop().now()).toMatchObject({ room: { admittedThrough: 2 } })
  })

  it('[PAS3] gives one pass to a thousand requests for one place at once', async () => {
    const { joins, opens, asksForPass, drop, home } = await plan()
    await joins('ana')
    await opens()
    const place = (await home('ana').find('ana'))!
    const asked = { placeId: place.id, visitorId: 'ana', position: 1 }
    const answers = await Promise.all(Array.from({ length: 1000 }, () => drop().admit(asked)))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]).toEqual(await asksForPass('ana'))
    expect(await drop().proof()).toMatchObject({ recounted: { inside: 1, admitted: 1 } })
  })

  it('[ROM10] closes when the stock is gone and opens again when it is back', async () => {
    const { joins, opens, drop, sku, asksForPass } = await plan({}, 1)
    await joins('ana')
    await opens()
    const take = { kind: 'hold' as const, holdId: 'h1', visitorId: 'x', units: 1, expiresAt: Date.now() + MINUTE }
    await sku().ask([take])
    wait(500)
    expect(await drop().now()).toMatchObject({ status: 'sold_out', room: { phase: 'closed' } })
    expect(await asksForPass('ana')).toMatchObject({ refusal: { code: 'room_closed', reason: 'sold_out' } })
    await sku().ask([{ kind: 'release', holdId: 'h1' }])
    wait(500)
    expect(await drop().now()).toMatchObject({ status: 'open', againAvailable: true, room: { phase: 'line' } })
    expect(await asksForPass('ana')).toMatchObject({ ok: true })
  })

  it('[ROM10] does not say that all is gone before the owners of the stock have heard of it', async () => {
    const { drop, terms } = await plan({ opensAt: Date.now() - 1000 })
    await drop().describe({ ...terms, version: 2, skus: ['not described yet'] })
    await evictDurableObject(drop())
    wait(1000)
    expect(await drop().now()).toMatchObject({ status: 'open', units: null })
  })

  it('[ROM14] asks the stock at most twice a second, however many look', async () => {
    const { drop, joins, opens } = await plan()
    await joins('ana')
    await opens()
    wait(10_000)
    const count = vi.spyOn(StockObject.prototype, 'count')
    await Promise.all(Array.from({ length: 200 }, () => drop().now()))
    expect(count).toHaveBeenCalledTimes(1)
  })

  it('[ROM14] looks by itself while somebody asks, and leaves a room alone that nobody watches', async () => {
    const { drop, joins, opens } = await plan({ room: roomTerms({ insideMax: 1 }) })
    await Promise.all(people(5).map((visitor) => joins(visitor)))
    await opens()
    const alarm = () => runInDurableObject(drop(), (_object: DropObject, state) => state.storage.getAlarm())
    wait(1000)
    await drop().now()
    expect((await alarm())! - Date.now()).toBeLessThanOrEqual(500)
    wait(61_000)
    await runDurableObjectAlarm(drop())
    expect(await alarm()).toBeNull()
    wait(60 * MINUTE)
    expect(await drop().now()).toMatchObject({ room: { admittedThrough: 2 } })
  })

  it('[ROM17] gives a mailbox one place, whoever asks for it and however many at once', async () => {
    const { joins, many, home, drop, opens } = await plan({ room: roomTerms({ oneLotPerEmail: true }) })
    expect(await joins('nobody')).toMatchObject({ refusal: { code: 'email_required' } })
    const visitors = people(200)
    const answers = await Promise.all(visitors.map((visitor) => joins(visitor, 'digest of ana')))
    expect(answers.filter((answer) => answer.ok).length).toBe(1)
    expect(
      answers
        .filter((answer) => !answer.ok)
        .every((answer) => !answer.ok && answer.refusal.code === 'email_has_a_place_already'),
    ).toBe(true)
    const winner = visitors[answers.findIndex((answer) => answer.ok)]!
    expect(await joins(winner, 'digest of ana')).toMatchObject({ ok: true, value: { isNew: false } })
    expect(await home('vis_0').find('nobody')).toBeNull()
    expect(shardOfEmail('digest of ana', many)).toBeLessThan(many)
    await opens()
    expect(await drop().draw()).toMatchObject({ joined: 1 })
  })

  it('[ROM20] takes over newer terms only, and refuses to be another drop', async () => {
    const { drop, terms } = await plan()
    await drop().describe({ ...terms, version: 1, opensAt: 1 })
    expect(await drop().now()).toMatchObject({ opensAt: terms.opensAt })
    const wrong = runInDurableObject(drop(), (object: DropObject) =>
      object.describe({ ...terms, id: 'drp_other', version: 9 }),
    )
    await expect(wrong).rejects.toThrow('is not drp_other')
  })

  it('[ROM1] leaves nothing on disk where nobody has joined', async () => {
    const { shard } = await plan()
    expect(await shard(0).find('ana')).toBeNull()
    const tables = await runInDurableObject(shard(0), (_object: JoinShardObject, state) =>
      state.storage.sql.exec("SELECT count(*) AS n FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").one(),
    )
    expect(tables).toEqual({ n: 0 })
  })
})
