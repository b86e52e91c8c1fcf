import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { neon, neonConfig, type NeonQueryFunction } from '@neondatabase/serverless'
import { sql as part } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/neon-http'
import { integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../postgres/processes.ts'
import type { EndedRequest } from './exchange.ts'
import { startLocalNeon, type LocalNeon } from './local-neon.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'onrush-faults-'))
const dice: number[] = []
const statuses: (number | undefined)[] = []
let local: LocalNeon
let primary: NeonQueryFunction<false, false>
let replica: NeonQueryFunction<false, false>

beforeAll(async () => {
  const gateway = {
    random: () => dice.shift() ?? 0.5,
    onRequest: ({ status }: EndedRequest) => statuses.push(status),
  }
  local = await startLocalNeon({ dataDir, gateway })
  neonConfig.fetchEndpoint = () => local.gateway.url
  primary = neon(local.primaryUrl)
  replica = neon(local.replicaUrl)
  await primary`create table seats (id int primary key)`
})

afterEach(async () => {
  await control({ reset: true, reset_counters: true })
})

afterAll(async () => {
  await local.stop()
  rmSync(dataDir, { recursive: true })
})

function control(change: unknown): Promise<Response> {
  return fetch(local.gateway.controlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(change),
  })
}

const state = async (): Promise<unknown> => (await fetch(local.gateway.controlUrl)).json()
const faultOf = (query: Promise<unknown>): Promise<unknown> =>
  query.then(
    () => 'no fault',
    (cause: unknown) => cause,
  )

/** The first answers may come from pooled sessions that do not know yet that they are dead. */
const isUnreachable = async (sql: NeonQueryFunction<false, false>): Promise<boolean> =>
  String(await faultOf(sql`select 1`)).includes('HTTP status 500')

describe('a fault of one target', () => {
  it('[NEO11] delays its answers, and no other target’s', async () => {
    await control({ targets: { replica: { latency_ms: 300 } } })
    const began = performance.now()
    const first = await Promise.race([replica`select 1`.then(() => 'replica'), primary`select 1`.then(() => 'primary')])
    expect(first).toBe('primary')
    await replica`select 1`
    expect(performance.now() - began).toBeGreaterThanOrEqual(299) // a timer may ring a fraction early
  })

  it('[NEO11] cuts connections, or answers as Neon’s control plane does when it fails', async () => {
    await control({ targets: { primary: { outage: 'reset' } } })
    expect(await faultOf(primary`select 1`)).toMatchObject({
      name: 'NeonDbError',
      sourceError: { cause: { code: 'ECONNRESET' } },
    })
    await control({ targets: { primary: { outage: 'http_500' } } })
    expect(await faultOf(primary`select 1`)).toMatchObject({
      message: expect.stringMatching(/HTTP status 500.*Control plane request failed/),
      code: undefined,
    })
    expect(await replica`select 1 as one`).toEqual([{ one: 1 }])
  })

  it('[NEO11] leaves a client waiting until it gives up', async () => {
    await control({ targets: { primary: { outage: 'hang' } } })
    const fetchOptions = { signal: AbortSignal.timeout(100) }
    expect(await faultOf(primary.query('select 1', [], { fetchOptions }))).toMatchObject({
      sourceError: { name: 'TimeoutError' },
    })
  })

  it('[NEO11] fails the share of requests that the dice choose', async () => {
    await control({ targets: { primary: { error_percent: 30 } } })
    dice.push(0.29, 0.3, 0.99, 0)
    const outcomes: unknown[] = []
    for (let i = 0; i < 4; i += 1) outcomes.push(await faultOf(primary`select 1`))
    expect(outcomes.map((outcome) => outcome === 'no fault')).toEqual([false, true, true, false])
  })

  it('[NEO12] commits and never tells, as often as it was asked to', async () => {
    await control({ targets: { primary: { drop_after_commit: 2 } } })
    for (const id of [1, 2]) {
      expect(await faultOf(primary`insert into seats values (${id})`)).toMatchObject({ name: 'NeonDbError' })
    }
    await primary`insert into seats values (3)`
    expect(await primary`select id from seats order by id`).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
    expect(await state()).toMatchObject({ targets: { primary: { drop_after_commit: 0, counters: { dropped: 2 } } } })
  })

  it('[NEO12] spends no drop on what commits nothing: an error, or a batch that only reads', async () => {
    await control({ targets: { primary: { drop_after_commit: 1 } } })
    await expect(primary`select 1 / 0`).rejects.toMatchObject({ code: '22012' })
    expect(await primary.transaction([primary`select 1 as one`], { readOnly: true })).toEqual([[{ one: 1 }]])
    expect(await faultOf(primary`select 1`)).toMatchObject({ name: 'NeonDbError' })
  })
})

describe('a fault of the servers', () => {
  it('[NEO13] makes the replica lag, and lets it catch up when reset', async () => {
    await control({ cluster: { apply_delay_ms: 600_000 } })
    await primary`insert into seats values (20)`
    expect(await replica`select id from seats where id = 20`).toEqual([])
    expect(await state()).toMatchObject({ cluster: { apply_delay_ms: 600_000, replay_paused: false } })
    await control({ reset: true })
    const isThere = async () => (await replica`select id from seats where id = 20`).length === 1
    expect(await eventually(isThere, 20_000)).toBe(true)
  })

  it('[NEO13] freezes the replica and thaws it', async () => {
    await control({ cluster: { replay_paused: true } })
    await primary`insert into seats values (21)`
    expect(await replica`select id from seats where id = 21`).toEqual([])
    await control({ cluster: { replay_paused: false } })
    const isThere = async () => (await replica`select id from seats where id = 21`).length === 1
    expect(await eventually(isThere, 20_000)).toBe(true)
  })

  it('[NEO13] kills a server and starts it again; the other answers all the while', async () => {
    await primary`insert into seats values (22)`
    await local.cluster.caughtUp()
    await control({ cluster: { primary: 'down' } })
    expect(await eventually(() => isUnreachable(primary), 20_000)).toBe(true)
    expect(await replica`select id from seats where id = 22`).toEqual([{ id: 22 }])
    expect(await state()).toMatchObject({ cluster: { primary: 'down', standby: 'up' } })
    await control({ cluster: { primary: 'up', standby: 'down' } })
    expect(await primary`select id from seats where id = 22`).toEqual([{ id: 22 }])
    expect(await eventually(() => isUnreachable(replica), 20_000)).toBe(true)
  })

  it('[NEO13] cuts a statement in two: an answer without a code, for nobody knows how it ended', async () => {
    const asleep = faultOf(primary`select pg_sleep(30)`)
    const watcher = new Client({ connectionString: local.cluster.primary.connectionString('onrush') })
    watcher.on('error', () => {})
    await watcher.connect()
    const isAsleep = async () =>
      (await watcher.query("select from pg_stat_activity where query = 'select pg_sleep(30)'")).rowCount === 1
    expect(await eventually(isAsleep, 20_000)).toBe(true)
    await watcher.end()
    await control({ cluster: { primary: 'down' } })
    expect(await asleep).toMatchObject({ name: 'NeonDbError', code: '' })
    expect(statuses.at(-1)).toBe(400)
  })
})

describe('the control route', () => {
  it('[NEO14] tells the faults in force and counts requests, statements and errors', async () => {
    await control({ targets: { primary: { latency_ms: 1 } } })
    await primary.transaction([primary`select 1`, primary`select 2`])
    await expect(primary`selec`).rejects.toMatchObject({ code: '42601' })
    expect(await state()).toEqual({
      targets: {
        primary: {
          ...{ host: 'primary.db.onrush.localtest.me', port: local.cluster.primary.port },
          ...{ latency_ms: 1, outage: 'none', error_percent: 0, drop_after_commit: 0 },
          counters: { requests: 2, statements: 3, errors: 1, hung_up: 0, dropped: 0 },
        },
        replica: {
          ...{ host: 'replica.db.onrush.localtest.me', port: local.cluster.standby.port },
          ...{ latency_ms: 0, outage: 'none', error_percent: 0, drop_after_commit: 0 },
          counters: { requests: 0, statements: 0, errors: 0, hung_up: 0, dropped: 0 },
        },
      },
      cluster: { apply_delay_ms: 0, replay_paused: false, standby: 'up', primary: 'up' },
    })
  })

  it.each([
    [{ targets: { third: {} } }, '"third" is neither a known key nor a target (primary, replica)'],
    [{ speed: 1 }, '"speed" is neither'],
    [{ targets: { primary: { latency: 1 } } }, 'primary: "latency" is not one of latency_ms, '],
    [{ targets: { primary: { latency_ms: -1 } } }, 'primary: "latency_ms" must be an integer from 0'],
    [{ targets: { primary: { outage: 'total' } } }, '"outage" must be none | reset | http_500 | hang'],
    [{ cluster: { standby: 'sideways' } }, 'cluster: "standby" must be up | down'],
    ['all of it', 'send a JSON object'],
  ])('[NEO14] refuses %j and changes nothing', async (change, message) => {
    const before = await state()
    const response = await control(change)
    expect([response.status, await response.json()]).toMatchObject([400, { message: expect.stringContaining(message) }])
    expect(await state()).toEqual(before)
  })

  it('[NEO14] takes no orders from a web page, which can only send forms and plain text', async () => {
    const body = JSON.stringify({ cluster: { primary: 'down' } })
    expect((await fetch(local.gateway.controlUrl, { method: 'POST', body })).status).toBe(415)
    expect((await fetch(local.gateway.controlUrl, { method: 'OPTIONS' })).status).toBe(405)
    expect(local.cluster.primary.isUp).toBe(true)
  })

  it('[NEO14] says so when a standby that is down cannot be paused', async () => {
    await control({ cluster: { standby: 'down' } })
    expect((await control({ cluster: { replay_paused: true } })).status).toBe(409)
  })
})

describe('drizzle', () => {
  const visits = pgTable('visits', {
    id: integer().primaryKey(),
    name: text().array(),
    seen: timestamp({ withTimezone: true }),
    extra: jsonb(),
  })

  it('[NEO15] writes, reads and batches through the gateway', async () => {
    const db = drizzle(primary)
    await db.execute(part`create table visits (id int primary key, name text[], seen timestamptz, extra jsonb)`)
    const visit = { id: 1, name: ['é', 'a "b"'], seen: new Date('2026-11-20T10:08:00Z'), extra: { a: [1] } }
    const [, found] = await db.batch([db.insert(visits).values(visit), db.select().from(visits)])
    expect(found).toEqual([visit])
    const again = await faultOf(db.insert(visits).values(visit).execute())
    expect(again).toMatchObject({ cause: { code: '23505', constraint: 'visits_pkey' } })
  })
})
