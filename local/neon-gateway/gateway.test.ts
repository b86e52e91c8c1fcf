import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { neon, neonConfig, type NeonQueryFunction } from '@neondatabase/serverless'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../postgres/processes.ts'
import { startGateway, type Gateway } from './gateway.ts'
import { PRIMARY_HOST, startLocalNeon, type LocalNeon } from './local-neon.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'onrush-gateway-'))
let local: LocalNeon
let small: Gateway // the same primary behind small limits
let sql: NeonQueryFunction<false, false>
let direct: Client

beforeAll(async () => {
  local = await startLocalNeon({ dataDir })
  small = await startGateway({
    hosts: { [PRIMARY_HOST]: local.cluster.primary.port },
    sessionsPerPool: 1,
    maxRequestBytes: 2_000,
    maxResponseBytes: 3_000,
  })
  useGateway(local.gateway)
  sql = neon(local.primaryUrl)
  direct = new Client({ connectionString: local.cluster.primary.connectionString('onrush') })
  direct.on('error', () => {})
  await direct.connect()
  await sql`create table seats (id bigint primary key, label text)`
})

afterAll(async () => {
  await direct.end()
  await small.stop()
  await local.stop()
  rmSync(dataDir, { recursive: true })
})

function useGateway(gateway: Gateway): void {
  neonConfig.fetchEndpoint = () => gateway.url
}

/** A request as the driver would send it, with whatever it would not send. */
function post(body: unknown, headers: Record<string, string> = {}, gateway = local.gateway): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return fetch(gateway.url, { method: 'POST', body: text, headers: { ...AUTH(), ...headers } })
}
const AUTH = () => ({ 'neon-connection-string': local.primaryUrl })
const RAW = { 'neon-raw-text-output': 'true', 'neon-array-mode': 'true' }

describe('a single statement', () => {
  it('[NEO1] is answered in the shape of Neon, with the numbers of the types', async () => {
    const response = await post({ query: 'select $1::int8 as a, null as b', params: ['1'] }, RAW)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'neon-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
    })
    const field = { tableID: 0, columnID: 0, dataTypeModifier: -1, format: 'text' }
    expect(await response.json()).toEqual({
      fields: [
        { ...field, name: 'a', dataTypeID: 20, dataTypeSize: 8 },
        { ...field, name: 'b', dataTypeID: 25, dataTypeSize: -1 },
      ],
      rows: [['1', null]],
      command: 'SELECT',
      rowCount: 1,
      rowAsArray: true,
    })
  })

  it('[NEO1] says its command in one word and counts rows only where Postgres does', async () => {
    const answers = ['create table tags (id int)', 'insert into tags values (1), (2)', 'drop table tags']
    const seen: unknown[] = []
    for (const query of answers) {
      const { command, rowCount, fields } = await (await post({ query })).json<Record<string, unknown>>()
      seen.push([command, rowCount, fields])
    }
    expect(seen).toEqual([
      ['CREATE', null, []],
      ['INSERT', 2, []],
      ['DROP', null, []],
    ])
  })

  it('[NEO1] gives rows as objects unless arrays are asked for, in the header or for the one statement', async () => {
    const query = 'select 1::int8 as id'
    const rows = async (body: unknown, headers = {}) =>
      (await (await post(body, headers)).json<{ rows: unknown[] }>()).rows
    expect(await rows({ query })).toEqual([{ id: '1' }])
    expect(await rows({ query }, { 'neon-array-mode': 'true' })).toEqual([['1']])
    expect(await rows({ query, arrayMode: true })).toEqual([['1']])
    expect(await rows({ query, arrayMode: false }, { 'neon-array-mode': 'true' })).toEqual([{ id: '1' }])
  })

  it('[NEO2] is one command: a second one behind a semicolon is refused', async () => {
    await expect(sql`select 1; select 2`).rejects.toMatchObject({ name: 'NeonDbError', code: '42601' })
  })

  it('[NEO2] goes to the server that its host name stands for', async () => {
    const where = neon(local.replicaUrl)
    expect(await where`select pg_is_in_recovery() as replica`).toEqual([{ replica: true }])
    expect(await sql`select pg_is_in_recovery() as replica`).toEqual([{ replica: false }])
    await expect(where`insert into seats values (1)`).rejects.toMatchObject({ code: '25006' })
  })
})

describe('values', () => {
  it('[NEO3] arrive through the driver as themselves', async () => {
    const list = ['plain', 'with "quotes"', 'back\\slash', null, 'a,b', '{}']
    const [row] = await sql`select ${9007199254740993n}::int8 as big, ${true}::bool as yes, ${list}::text[] as list,
      ${JSON.stringify({ a: [1, 'é'] })}::jsonb as json, ${'12.50'}::numeric as price, ${null}::text as nothing,
      ${Buffer.from([0, 255])}::bytea as bytes, '{{1,2},{3,4}}'::int[] as grid`
    expect(row).toEqual({
      big: '9007199254740993',
      yes: true,
      list,
      json: { a: [1, 'é'] },
      price: '12.50',
      nothing: null,
      bytes: Buffer.from([0, 255]),
      grid: [
        [1, 2],
        [3, 4],
      ],
    })
  })

  it('[NEO3] may be sent as JSON, where a list means a Postgres array', async () => {
    const params = [1, true, { a: 1 }, [1, null, [2]], ['x"y', { b: [] }], 'text', null]
    const query =
      'select $1::text a, $2::text b, $3::text c, $4::text d, ($5::text[])[1] e, ($5::text[])[2] f, $6::text g, $7::text h'
    const answer = await (await post({ query, params }, RAW)).json<{ rows: unknown[][] }>()
    expect(answer.rows[0]).toEqual(['1', 'true', '{"a":1}', '{1,NULL,{2}}', 'x"y', '{"b":[]}', 'text', null])
    const jsonb = await post({ query: 'select $1::jsonb', params: [[1, 2]] })
    expect(await jsonb.json()).toMatchObject({ code: '22P02', message: 'invalid input syntax for type json' })
  })

  it('[NEO3] come back as JSON when raw text is not asked for, and no digit is lost', async () => {
    const query = `select true as b, 2::int2 as i, 9007199254740993 as big, 1.5::float8 as f, 'NaN'::float8 as nan,
      '{"a":[1]}'::jsonb as j, 12.50 as n, '[0:1]={x,NULL}'::text[] as t, array['a,b', 'c"d', 'NULL', ''] as q,
      '{{t},{f}}'::bool[] as grid, '{}'::int[] as none, '{1.5,Infinity}'::float8[] as fs`
    const { rows } = await (await post({ query }, { 'neon-array-mode': 'true' })).json<{ rows: unknown[] }>()
    expect(rows).toEqual([
      // prettier-ignore
      [true, 2, '9007199254740993', 1.5, 'NaN', { a: [1] }, '12.50', ['x', null], ['a,b', 'c"d', 'NULL', ''],
        [[true], [false]], [], [1.5, 'Infinity']],
    ])
  })
})

describe('a batch', () => {
  it('[NEO4] is one transaction: an error leaves nothing behind', async () => {
    await expect(sql.transaction([sql`insert into seats values (40)`, sql`select 1 / 0`])).rejects.toMatchObject({
      code: '22012',
    })
    expect(await sql`select id from seats where id = 40`).toEqual([])
    const [inserted, found] = await sql.transaction([
      sql`insert into seats values (41) returning id`,
      sql`select count(*)::int as n from seats where id = 41`,
    ])
    expect([inserted, found]).toEqual([[{ id: '41' }], [{ n: 1 }]])
  })

  it('[NEO4] runs at the isolation that was asked for, and the answer repeats what was', async () => {
    const ask = [sql`show transaction_isolation`, sql`show transaction_read_only`, sql`show transaction_deferrable`]
    const options = { isolationLevel: 'Serializable', readOnly: true, deferrable: true } as const
    expect((await sql.transaction(ask, options)).flat()).toEqual([
      { transaction_isolation: 'serializable' },
      { transaction_read_only: 'on' },
      { transaction_deferrable: 'on' },
    ])
    const headers = { 'neon-batch-isolation-level': 'RepeatableRead', 'neon-batch-read-only': 'true' }
    const response = await post({ queries: [{ query: 'select 1' }] }, { ...headers, 'neon-batch-deferrable': 'false' })
    expect(Object.fromEntries(response.headers)).toMatchObject(headers)
    expect(response.headers.has('neon-batch-deferrable')).toBe(false)
  })

  it('[NEO4] refuses a write when it was declared read only', async () => {
    const write = sql.transaction([sql`insert into seats values (42)`], { readOnly: true })
    await expect(write).rejects.toMatchObject({ code: '25006' })
  })

  it('[NEO4] refuses an isolation level that does not exist, even where it would not matter', async () => {
    const response = await post({ query: 'select 1' }, { 'neon-batch-isolation-level': 'Snapshot' })
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { message: 'invalid isolation level', code: '' },
    ])
  })

  it('[NEO5] may commit and chain in the middle, and learns a position behind its commit', async () => {
    const batch = await sql.transaction([
      sql`insert into seats values (50)`,
      sql`commit and chain`,
      sql`select pg_current_wal_flush_lsn()::text as lsn`,
    ])
    const lsn: unknown = batch[2]?.[0]?.['lsn']
    const replica = neon(local.replicaUrl)
    const isThere = async () =>
      (await replica`select pg_last_wal_replay_lsn() >= ${lsn}::pg_lsn as is`)[0]?.['is'] === true
    expect(await eventually(isThere, 20_000)).toBe(true)
    expect(await replica`select id from seats where id = 50`).toEqual([{ id: '50' }])
  })

  it('[NEO5] keeps what came before the chain when a later statement fails', async () => {
    const batch = sql.transaction([sql`insert into seats values (51)`, sql`commit and chain`, sql`select 1 / 0`])
    await expect(batch).rejects.toMatchObject({ code: '22012' })
    expect(await sql`select id from seats where id = 51`).toEqual([{ id: '51' }])
  })
})

describe('an error', () => {
  it('[NEO6] of Postgres is a 400 whose every key is there and reaches the driver', async () => {
    await sql`insert into seats values (60)`
    const response = await post({ query: 'insert into seats values (60)' })
    expect(response.status).toBe(400)
    const body = await response.json<Record<string, unknown>>()
    expect(Object.keys(body)).toEqual(
      'message code detail hint position internalPosition internalQuery severity where table column schema dataType constraint file line routine'.split(
        ' ',
      ),
    )
    const known = { code: '23505', severity: 'ERROR', table: 'seats', constraint: 'seats_pkey', hint: null }
    expect(body).toMatchObject({ ...known, detail: 'Key (id)=(60) already exists.' })
    await expect(sql`insert into seats values (60)`).rejects.toMatchObject({ code: '23505', constraint: 'seats_pkey' })
    expect(await (await post({ query: 'selec 1' })).json()).toMatchObject({ code: '42601', position: '1' })
  })

  const PW = 'postgres://u:p@'
  it.each([
    ['no header', undefined, 'invalid header: neon-connection-string'],
    ['no URL', 'primary', 'invalid connection string: relative URL without a base'],
    ['another scheme', 'mysql://u:p@h.example/db', 'incorrect scheme'],
    ['no user', 'postgres://h.example/db', 'missing username'],
    ['no password', 'postgres://u@h.example/db', 'missing authentication credentials: required password'],
    ['an address', `${PW}127.0.0.1/db`, 'missing hostname'],
    ['an unknown host', `${PW}nobody.example/db`, 'no such endpoint: nobody.example'],
  ])('[NEO6] in the connection string is a 400: %s', async (_, header, message) => {
    const headers = header === undefined ? {} : { 'neon-connection-string': header }
    const response = await fetch(local.gateway.url, { method: 'POST', body: '{"query":"select 1"}', headers })
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { message, code: '', severity: '', hint: null },
    ])
  })

  it.each(['', '{', '[]', '{}', '{"query":1}', '{"queries":[{}]}', '{"query":"select 1","params":"x"}'])(
    '[NEO6] in the body is a 400: %s',
    async (body) => {
      const response = await post(body)
      expect(response.status).toBe(400)
      expect((await response.json<{ message: string }>()).message).toMatch(/^could not parse the HTTP request body: /)
    },
  )

  it('[NEO6] of who you are, or of which database you mean, is the client’s own: 400', async () => {
    const wrong = neon(local.primaryUrl.replace(local.cluster.password, 'guess'))
    await expect(wrong`select 1`).rejects.toMatchObject({ code: '28P01' })
    const absent = neon(local.primaryUrl.replace('/onrush', '/absent'))
    await expect(absent`select 1`).rejects.toMatchObject({ code: '3D000' })
  })

  it('[NEO6] of any other path or method is a 400, and a preflight is answered', async () => {
    for (const [path, method] of [
      ['/', 'POST'],
      ['/sql', 'GET'],
      ['/sql/x', 'POST'],
    ] as const) {
      const response = await fetch(new URL(path, local.gateway.url), { method })
      expect([response.status, await response.json()]).toEqual([400, 'query is not supported'])
    }
    const preflight = await fetch(local.gateway.url, { method: 'OPTIONS' })
    expect([preflight.status, preflight.headers.get('access-control-max-age'), preflight.headers.get('allow')]).toEqual(
      [200, '86400', 'OPTIONS, POST'],
    )
  })

  it('[NEO7] while connecting is a 500 even with a SQLSTATE, which the driver keeps in the message only', async () => {
    await sql`create role narrow login password 'narrow' connection limit 1`
    const narrow = neon(`postgres://narrow:narrow@${PRIMARY_HOST}/onrush`)
    const busy = await Promise.allSettled([1, 2, 3].map(() => narrow`select pg_sleep(0.3)`))
    const faults = busy.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(faults.length).toBeGreaterThan(0)
    expect(faults[0]).toMatchObject({
      code: undefined,
      message: expect.stringMatching(/HTTP status 500.*"code":"53300"/),
    })
  })
})

describe('a limit', () => {
  it('[NEO8] refuses a request that is too large with 413, by its length or as it comes', async () => {
    const query = `select '${'x'.repeat(2_000)}'`
    const response = await post({ query }, {}, small)
    expect([response.status, await response.json()]).toMatchObject([
      413,
      { message: 'request is too large (max is 2000 bytes)' },
    ])
    const stream = new Blob([JSON.stringify({ query })]).stream()
    const init = { method: 'POST', body: stream, headers: AUTH(), duplex: 'half' }
    expect((await fetch(small.url, init)).status).toBe(413)
  })

  it('[NEO8] refuses an answer that is too large with 507, and undoes the batch', async () => {
    const many = { query: "select repeat('x', 100) from generate_series(1, 100)" }
    const single = await post(many, {}, small)
    expect([single.status, await single.json()]).toMatchObject([
      507,
      { message: 'response is too large (max is 3000 bytes)' },
    ])
    const batch = await post({ queries: [{ query: 'insert into seats values (80)' }, many] }, {}, small)
    expect(batch.status).toBe(507)
    expect(await sql`select id from seats where id = 80`).toEqual([])
  })

  it('[NEO8] holds for all statements of a batch together', async () => {
    const some = { query: "select repeat('x', 100) from generate_series(1, 20)" }
    expect((await post({ queries: [some] }, {}, small)).status).toBe(200)
    expect((await post({ queries: [some, some] }, {}, small)).status).toBe(507)
  })

  it('[NEO8] stops a flood while it comes and not when it has come', async () => {
    const flood = await post({ query: "select repeat('x', 1000), generate_series(1, 100000000)" }, {}, small)
    expect(flood.status).toBe(507)
    const asleep = "select count(*)::int as n from pg_stat_activity where state = 'active' and query like '%100000000)'"
    const isOver = async () => (await direct.query<{ n: number }>(asleep)).rows[0]?.n === 0
    expect(await eventually(isOver, 20_000)).toBe(true)
  })
})

describe('a session', () => {
  afterEach(() => useGateway(local.gateway))

  it('[NEO9] forgets settings, temp tables, locks and prepared statements between two requests', async () => {
    useGateway(small) // it has one session for each connection string, so the next request gets the same one
    const one = neon(`${local.primaryUrl}?options=-c%20work_mem%3D5MB`)
    const backend = async () => (await one`select pg_backend_pid() as pid`)[0]?.['pid'] as unknown
    const first = await backend()
    await one`set search_path to nowhere`
    await one`set work_mem = '9MB'`
    await one`create temp table scratch (id int)`
    await one`select pg_advisory_lock(7)`
    await one`prepare p as select 1`
    expect(await one`show search_path`).toEqual([{ search_path: '"$user", public' }])
    expect(await one`show work_mem`).toEqual([{ work_mem: '5MB' }])
    expect(
      await one`select to_regclass('scratch') as t, (select count(*)::int from pg_prepared_statements) as p,
      (select count(*)::int from pg_locks where locktype = 'advisory') as locks`,
    ).toEqual([{ t: null, p: 0, locks: 0 }])
    expect(await backend()).toBe(first)
  })

  it('[NEO9] carries the options and the application name of its connection string', async () => {
    const one = neon(`${local.primaryUrl}?options=-c%20statement_timeout%3D50ms`)
    await expect(one`select pg_sleep(5)`).rejects.toMatchObject({ code: '57014' })
    const [row] = await one`show application_name`
    expect(row?.['application_name']).toContain('neondatabase')
  })

  it('[NEO9] does not go on with a transaction that was left open', async () => {
    await sql`begin`
    await sql`insert into seats values (90)`
    await sql`rollback`
    expect(await sql`select id from seats where id = 90`).toEqual([{ id: '90' }])
  })

  it('[NEO10] is cancelled on the server when its client hangs up', async () => {
    const before = local.gateway.counters()['primary']?.hung_up ?? 0
    const isRunning = async () => {
      const running = "select from pg_stat_activity where state = 'active' and query = 'select pg_sleep(55)'"
      return (await direct.query(running)).rowCount === 1
    }
    const signal = new AbortController()
    const asleep = sql.query('select pg_sleep(55)', [], { fetchOptions: { signal: signal.signal } })
    const outcome = asleep.then(
      () => 'answered',
      (cause: unknown) => cause,
    )
    expect(await eventually(isRunning, 20_000)).toBe(true)
    signal.abort()
    expect(await outcome).toMatchObject({ name: 'NeonDbError' })
    expect(await eventually(async () => !(await isRunning()), 20_000)).toBe(true)
    const counted = () => local.gateway.counters()['primary']?.hung_up === before + 1
    expect(await eventually(counted, 20_000)).toBe(true)
  })
})
