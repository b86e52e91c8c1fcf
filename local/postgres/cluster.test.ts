import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startCluster, type Cluster, type ClusterNode } from './cluster.ts'
import { eventually } from './processes.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'onrush-cluster-'))
let cluster: Cluster

beforeAll(async () => {
  cluster = await startCluster({ dataDir, settings: { max_connections: 20 } })
  await ask(cluster.primary, 'create table seats (id int primary key)')
})

afterEach(async () => {
  await cluster.startPrimary()
  await cluster.startStandby()
  await cluster.resumeReplay()
  await cluster.setApplyDelay(0)
})

afterAll(async () => {
  await cluster.stop()
  rmSync(dataDir, { recursive: true })
})

async function ask(node: ClusterNode, sql: string, database?: string): Promise<unknown[]> {
  const client = new Client({ connectionString: node.connectionString(database) })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

const standbyHas = async (id: number) =>
  (await ask(cluster.standby, `select id from seats where id = ${id}`)).length === 1
const takeSeat = (id: number) => ask(cluster.primary, `insert into seats values (${id})`)

describe('a primary and a standby', () => {
  it('[PGL1] are real servers of version 18, and the standby streams', async () => {
    expect((await ask(cluster.primary, 'show server_version_num'))[0]).toMatch(/^18/)
    expect(await ask(cluster.primary, 'select pg_is_in_recovery()')).toEqual([false])
    expect(await ask(cluster.standby, 'select pg_is_in_recovery()')).toEqual([true])
    const streams = async () => (await ask(cluster.primary, 'select state from pg_stat_replication'))[0] === 'streaming'
    expect(await eventually(streams, 20_000)).toBe(true) // it says `catchup` for its first moments
  })

  it('[PGL1] hold text in UTF-8 whatever the locale of the machine is', async () => {
    expect(await ask(cluster.primary, "select upper('zażółć'), current_setting('server_encoding')")).toEqual([
      'ZAŻÓŁĆ',
      'UTF8',
    ])
  })

  it('[PGL1] let nobody in without the password', async () => {
    const guess = cluster.primary.connectionString().replace(cluster.password, 'guess')
    await expect(new Client({ connectionString: guess }).connect()).rejects.toMatchObject({ code: '28P01' })
  })

  it('[PGL2] show a commit on the standby, which refuses to write', async () => {
    await takeSeat(1)
    await cluster.caughtUp()
    expect(await standbyHas(1)).toBe(true)
    await expect(ask(cluster.standby, 'insert into seats values (2)')).rejects.toMatchObject({ code: '25006' })
  })

  it('[PGL2] share a database that is made once, however often it is asked for', async () => {
    await cluster.createDatabase('second shop')
    await cluster.createDatabase('second shop')
    expect(await ask(cluster.standby, 'select current_database()', 'second shop')).toEqual(['second shop'])
  })

  it('[PGL2] take settings from whoever starts them', async () => {
    expect(await ask(cluster.standby, 'show max_connections')).toEqual(['20'])
  })
})

describe('replay', () => {
  it('[PGL3] shows a commit not before the apply delay has passed', async () => {
    await cluster.setApplyDelay(400)
    const began = performance.now()
    await takeSeat(10)
    expect(await standbyHas(10)).toBe(false)
    expect(await eventually(() => standbyHas(10), 20_000)).toBe(true)
    expect(performance.now() - began).toBeGreaterThanOrEqual(390) // the servers count in their own milliseconds
  })

  it('[PGL3] lets go of what it is delaying when the delay is taken away', async () => {
    await cluster.setApplyDelay(600_000)
    await takeSeat(11)
    expect(await standbyHas(11)).toBe(false)
    await cluster.setApplyDelay(0)
    await cluster.caughtUp(20_000)
    expect(await standbyHas(11)).toBe(true)
  })

  it('[PGL4] stands still while it is paused and goes on when resumed', async () => {
    await cluster.pauseReplay()
    await takeSeat(12)
    await expect(cluster.caughtUp(200)).rejects.toThrow('The standby was not at')
    expect(await standbyHas(12)).toBe(false)
    await cluster.resumeReplay()
    await cluster.caughtUp()
    expect(await standbyHas(12)).toBe(true)
  })
})

describe('a killed server', () => {
  it('[PGL5] leaves the standby readable, and a restarted primary has every commit', async () => {
    await takeSeat(20)
    await cluster.killPrimary()
    expect(cluster.primary).toMatchObject({ isUp: false, pid: undefined })
    await expect(takeSeat(21)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(await ask(cluster.standby, 'select count(*) > 0 from seats')).toEqual([true])
    await cluster.startPrimary()
    expect(await ask(cluster.primary, 'select id from seats where id = 20')).toEqual([20])
    await takeSeat(21)
    await cluster.caughtUp()
  })

  it('[PGL5] takes its sessions with it, and comes back on its port', async () => {
    const { port } = cluster.primary
    const asleep = ask(cluster.primary, 'select pg_sleep(30)').catch((cause: unknown) => cause)
    const isAsleep = "select count(*) = 1 from pg_stat_activity where query = 'select pg_sleep(30)'"
    expect(await eventually(async () => (await ask(cluster.primary, isAsleep))[0] === true, 20_000)).toBe(true)
    await cluster.killPrimary()
    await cluster.startPrimary()
    expect(cluster.primary.port).toBe(port)
    expect(await asleep).toBeInstanceOf(Error)
  })

  it('[PGL6] as standby comes back, keeps its apply delay and catches up', async () => {
    await cluster.setApplyDelay(30)
    await cluster.killStandby()
    await expect(standbyHas(30)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await takeSeat(30)
    await cluster.startStandby()
    await cluster.caughtUp()
    expect(await standbyHas(30)).toBe(true)
    expect(await ask(cluster.standby, 'show recovery_min_apply_delay')).toEqual(['30ms'])
  })
})
