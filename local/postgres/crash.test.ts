import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from 'pg'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { findBinaries } from './binaries.ts'
import { startCluster, type Cluster } from './cluster.ts'
import { postgresIdentity } from './identity.ts'
import { eventually, isAlive } from './processes.ts'
import { ensureTemplate } from './template.ts'

const root = mkdtempSync(join(tmpdir(), 'onrush-crash-'))
const open: { stop(): Promise<void> }[] = []
const bystanders: ChildProcess[] = []

afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.stop()
  for (const child of bystanders.splice(0)) child.kill('SIGKILL')
})
afterAll(() => rmSync(root, { recursive: true }))

async function started(dataDir: string, log?: (line: string) => void): Promise<Cluster> {
  const cluster = await startCluster({ dataDir, ...(log && { log }) })
  open.push(cluster)
  return cluster
}

async function ask(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

/** A runner of its own, which starts a cluster, takes a seat in it, says who its servers are, and waits to be killed. */
async function runnerOn(dataDir: string): Promise<{ child: ChildProcess; servers: number[]; watchdogs: number[] }> {
  const script = `
    import { Client } from 'pg'
    const { startCluster } = await import(${JSON.stringify(new URL('cluster.ts', import.meta.url).href)})
    const cluster = await startCluster({ dataDir: ${JSON.stringify(dataDir)} })
    const client = new Client({ connectionString: cluster.primary.connectionString() })
    await client.connect()
    await client.query('create table seats (id int)')
    await client.query('insert into seats values (7)')
    const { primary, standby } = cluster
    console.log(primary.pid, standby.pid, primary.watchdogPid, standby.watchdogPid)
    setInterval(() => {}, 60_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  bystanders.push(child)
  const [line]: unknown[] = await once(createInterface(child.stdout), 'line')
  const pids = String(line).split(' ').map(Number)
  return { child, servers: pids.slice(0, 2), watchdogs: pids.slice(2) }
}

async function killed({ child }: { child: ChildProcess }): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

describe('a runner that is SIGKILLed', () => {
  it('[PGL7] takes its servers with it', async () => {
    const runner = await runnerOn(join(root, 'watched'))
    expect(runner.servers.every(isAlive)).toBe(true)
    await killed(runner)
    expect(await eventually(() => !runner.servers.some(isAlive), 30_000)).toBe(true)
  })

  it('[PGL8] leaves servers that the next start ends, and data that it finds', async () => {
    const dataDir = join(root, 'stale')
    const runner = await runnerOn(dataDir)
    expect(runner.watchdogs.every(isAlive)).toBe(true)
    for (const pid of runner.watchdogs) process.kill(pid, 'SIGKILL')
    await killed(runner)
    expect(runner.servers.every(isAlive)).toBe(true)
    const said: string[] = []
    const cluster = await started(dataDir, (line) => said.push(line))
    expect(runner.servers.some(isAlive)).toBe(false)
    expect(said.filter((line) => line.includes('left behind'))).toHaveLength(2)
    expect(await ask(cluster.primary.connectionString(), 'select id from seats')).toEqual([7])
    await cluster.caughtUp()
    expect(await ask(cluster.standby.connectionString(), 'select id from seats')).toEqual([7])
  })
})

describe('a data folder', () => {
  const dataDir = join(root, 'kept')

  it('[PGL9] keeps its data, its password and its databases from one start to the next', async () => {
    const first = await started(dataDir)
    await first.createDatabase('onrush')
    await ask(first.primary.connectionString('onrush'), 'create table kept as select 42 as answer')
    await first.stop()
    await first.stop()
    const second = await started(dataDir)
    expect(second.password).toBe(first.password)
    expect(await ask(second.primary.connectionString('onrush'), 'select answer from kept')).toEqual([42])
    await second.caughtUp()
    expect(await ask(second.standby.connectionString('onrush'), 'select answer from kept')).toEqual([42])
  })

  it('[PGL9] gets a new standby when the old one was promoted', async () => {
    const first = await started(dataDir)
    expect(await ask(first.standby.connectionString(), 'select pg_promote(true, 10)')).toEqual([true])
    await first.stop()
    const second = await started(dataDir)
    expect(await ask(second.standby.connectionString(), 'select pg_is_in_recovery()')).toEqual([true])
    await second.caughtUp()
    expect(await ask(second.standby.connectionString('onrush'), 'select answer from kept')).toEqual([42])
  })

  it('[PGL10] belongs to one runner at a time, and the second does the first no harm', async () => {
    const first = await started(dataDir)
    await expect(startCluster({ dataDir })).rejects.toThrow('in use by another runner')
    expect(await ask(first.standby.connectionString(), 'select 1')).toEqual([1])
    expect(existsSync(join(dataDir, 'runner.json'))).toBe(true)
  })

  it('[PGL8] ends nobody else, though a pid file names them', async () => {
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore' })
    bystanders.push(stranger)
    for (const name of ['primary', 'standby']) {
      writeFileSync(join(dataDir, name, 'postmaster.pid'), `${stranger.pid}\n${join(dataDir, name)}\n`)
    }
    const cluster = await started(dataDir)
    expect(isAlive(stranger.pid ?? 0)).toBe(true)
    expect(cluster.primary.isUp && cluster.standby.isUp).toBe(true)
  })
})

describe('the template', () => {
  it('[PGL11] is made once and whole by two runners that start at the same time', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'onrush-cache-'))
    const identity = postgresIdentity()
    const binaries = await findBinaries(cache, identity)
    process.env['ONRUSH_CACHE'] = cache
    try {
      const { cacheFolder } = await import('./binaries.ts')
      expect(cacheFolder(identity)).toBe(cache)
      const [one, two] = await Promise.all([1, 2].map(() => ensureTemplate(cache, binaries, identity)))
      expect(one).toEqual(two)
      expect(readdirSync(cache)).toHaveLength(1)
      expect(readFileSync(join(one?.data ?? '', 'PG_VERSION'), 'utf8').trim()).toBe('18')
    } finally {
      delete process.env['ONRUSH_CACHE']
      rmSync(cache, { recursive: true })
    }
  })
})
