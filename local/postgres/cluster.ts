/**
 * Neon on a laptop: a real Postgres 18 primary and a real streaming standby, in a folder that is handed in.
 *
 * The standby is a cold copy of the primary that follows it over the wire, so its lag, its recovery conflicts and its
 * refusal to write are the real ones. Data outlives `stop`, a SIGKILL of either server and a SIGKILL of the runner.
 * The HTTP protocol and its faults are the gateway's (local/neon-gateway).
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { cacheFolder, findBinaries } from './binaries.ts'
import { giveTo, postgresIdentity, type Identity } from './identity.ts'
import { choosePlace, claimPlace } from './place.ts'
import { eventually } from './processes.ts'
import { PostgresServer, type Settings } from './server.ts'
import { copyCluster, ensureTemplate, type Template } from './template.ts'

export interface ClusterOptions {
  /** Made when missing. Kept by `stop`: the next start finds the same data. One runner at a time. */
  dataDir: string
  /** Postgres settings for both servers, such as `{ max_connections: 12 }`. */
  settings?: Settings
  log?: (line: string) => void
}

export interface ClusterNode {
  readonly port: number
  /** Undefined while it is down. */
  readonly pid: number | undefined
  readonly isUp: boolean
  /** The shell that ends this server when its runner is SIGKILLed; undefined while it is down, and on Windows. */
  readonly watchdogPid: number | undefined
  /** For `pg`; with a host name of the gateway's table, for the Neon driver. */
  connectionString(database?: string, host?: string): string
}

export interface Cluster {
  readonly dataDir: string
  readonly password: string
  readonly primary: ClusterNode
  readonly standby: ClusterNode
  readonly applyDelayMs: number
  readonly replayPaused: boolean
  /** Commits appear on the standby this much later. Survives a restart of the standby, not of the cluster. */
  setApplyDelay(ms: number): Promise<void>
  /** Freezes what the standby shows; it still receives. Resolves once frozen. */
  pauseReplay(): Promise<void>
  resumeReplay(): Promise<void>
  /** SIGKILL. Committed data stays. */
  killPrimary(): Promise<void>
  startPrimary(): Promise<void>
  killStandby(): Promise<void>
  /** A standby that was down comes back, on the same port, and catches up. Its replay is never paused. */
  startStandby(): Promise<void>
  /** Makes a database on both servers; safe to repeat. */
  createDatabase(name: string): Promise<void>
  /** Resolves when the standby shows all that the primary had committed when asked. Throws after `timeoutMs`. */
  caughtUp(timeoutMs?: number): Promise<void>
  /** Ends both servers and leaves the data. Safe to repeat. */
  stop(): Promise<void>
}

/** Starts both servers, ending first what a crashed runner left on the same folder. Below a second once cached. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const log = options.log ?? (() => {})
  const identity = postgresIdentity()
  const place = choosePlace(options.dataDir, identity)
  const claim = claimPlace(options.dataDir)
  try {
    const cache = cacheFolder(identity)
    const binaries = await findBinaries(cache, identity)
    const template = await ensureTemplate(cache, binaries, identity)
    const server = (name: string) => {
      const folder = join(place, name)
      return new PostgresServer({ name, folder, logFile: join(place, `${name}.log`), binaries, identity, log })
    }
    const cluster = new LocalCluster(options, place, claim, identity, server('primary'), server('standby'), template)
    await cluster.start()
    return cluster
  } catch (cause) {
    claim.release()
    throw cause
  }
}

class LocalCluster implements Cluster {
  readonly dataDir: string
  readonly password: string
  readonly primary: ClusterNode
  readonly standby: ClusterNode
  applyDelayMs = 0
  replayPaused = false
  readonly #place: string
  readonly #claim: { release(): void }
  readonly #identity: Identity
  readonly #primary: PostgresServer
  readonly #standby: PostgresServer
  readonly #template: Template
  readonly #settings: Settings
  readonly #log: (line: string) => void

  constructor(
    options: ClusterOptions,
    place: string,
    claim: { release(): void },
    identity: Identity,
    primary: PostgresServer,
    standby: PostgresServer,
    template: Template,
  ) {
    this.dataDir = options.dataDir
    this.#settings = options.settings ?? {}
    this.#log = options.log ?? (() => {})
    this.#place = place
    this.#claim = claim
    this.#identity = identity
    this.#primary = primary
    this.#standby = standby
    this.#template = template
    this.password = passwordOf(place, template)
    this.primary = nodeOf(primary, this.password)
    this.standby = nodeOf(standby, this.password)
  }

  async start(): Promise<void> {
    // The standby first: a primary that is asked to stop waits until its standby has received everything.
    await this.#standby.endStale()
    await this.#primary.endStale()
    await this.#makeFolders()
    try {
      await this.startPrimary()
      if (await this.#standbyFollows()) return
      // It was down for longer than the primary keeps its log, or somebody promoted it, or a setting became smaller
      // than it once was: only a new copy helps.
      await this.#standby.stop()
      await this.#primary.stop()
      await this.#copyStandby(this.#folder('primary'))
      await this.startPrimary()
      await this.startStandby()
      if (!(await this.#isFollowing())) throw new Error(`The standby does not follow; see ${this.#place}/standby.log`)
    } catch (cause) {
      await this.stop()
      throw cause
    }
  }

  async startPrimary(): Promise<void> {
    if (this.primary.isUp) return
    await this.#primary.start({ ...KEEPS_LOG, ...this.#settings })
  }

  async startStandby(): Promise<void> {
    if (this.standby.isUp) return
    this.replayPaused = false
    await this.#standby.start({ ...KEEPS_LOG, ...this.#settings, ...this.#follows() })
  }

  async killPrimary(): Promise<void> {
    await this.#primary.kill()
  }

  async killStandby(): Promise<void> {
    await this.#standby.kill()
  }

  async setApplyDelay(ms: number): Promise<void> {
    this.applyDelayMs = ms
    this.#standby.configure(this.#follows())
    if (!this.standby.isUp) return
    // A new session is given what the server has read; by then the server has passed it on to the replay.
    const isSet = () => this.#ask('standby', `select setting = '${ms}' from pg_settings where name = '${APPLY_DELAY}'`)
    if (!(await eventually(isSet, 20_000))) throw new Error('The standby did not take the apply delay.')
  }

  async pauseReplay(): Promise<void> {
    await this.#ask('standby', 'select pg_wal_replay_pause() is not null')
    this.replayPaused = true
    const isPaused = () => this.#ask('standby', "select pg_get_wal_replay_pause_state() = 'paused'")
    // A replay that is waiting out its delay looks up only afterwards.
    if (!(await eventually(isPaused, this.applyDelayMs + 20_000))) throw new Error('The standby did not pause.')
  }

  async resumeReplay(): Promise<void> {
    await this.#ask('standby', 'select pg_wal_replay_resume() is not null')
    this.replayPaused = false
  }

  async createDatabase(name: string): Promise<void> {
    await withClient(this.primary.connectionString(), async (client) => {
      const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
      if (!rowCount) await client.query(`create database ${client.escapeIdentifier(name)}`)
    })
    if (this.standby.isUp && !this.replayPaused) await this.caughtUp()
  }

  async caughtUp(timeoutMs = 10_000): Promise<void> {
    const target = await withClient(this.primary.connectionString(), async (client) => {
      const { rows } = await client.query<{ lsn: string }>('select pg_current_wal_flush_lsn()::text as lsn')
      return rows[0]?.lsn
    })
    const isThere = () => this.#ask('standby', `select coalesce(pg_last_wal_replay_lsn() >= '${target}', false)`)
    if (!(await eventually(isThere, timeoutMs))) throw new Error(`The standby was not at ${target} in ${timeoutMs} ms.`)
  }

  async stop(): Promise<void> {
    await this.#standby.stop()
    await this.#primary.stop()
    this.#claim.release()
  }

  #folder(name: 'primary' | 'standby'): string {
    return join(this.#place, name)
  }

  async #makeFolders(): Promise<void> {
    const primary = this.#folder('primary')
    const standby = this.#folder('standby')
    if (!existsSync(join(primary, 'PG_VERSION'))) {
      // Both from the template at once: a standby is a copy of its primary, and so far they are the same.
      await Promise.all([copyCluster(this.#template.data, primary), this.#copyStandby(this.#template.data)])
      return
    }
    const kept = readFileSync(join(primary, 'PG_VERSION'), 'utf8').trim()
    const ours = readFileSync(join(this.#template.data, 'PG_VERSION'), 'utf8').trim()
    if (kept !== ours)
      throw new Error(`${primary} was made by Postgres ${kept}, this is ${ours}: hand in a new folder.`)
    if (existsSync(join(standby, 'standby.signal'))) return
    // Only a primary that was stopped in good order may be copied; one start and stop puts it in order.
    await this.startPrimary()
    await this.#primary.stop()
    await this.#copyStandby(primary)
  }

  async #copyStandby(from: string): Promise<void> {
    const folder = this.#folder('standby')
    await copyCluster(from, folder)
    const signal = join(folder, 'standby.signal')
    writeFileSync(signal, '', { mode: 0o600 })
    giveTo(signal, this.#identity)
    rmSync(join(folder, 'postmaster.opts'), { force: true })
  }

  #follows(): Settings {
    const { port } = this.primary
    return {
      primary_conninfo: `host=127.0.0.1 port=${port} user=postgres password=${this.password} application_name=standby`,
      [APPLY_DELAY]: this.applyDelayMs,
      wal_retrieve_retry_interval: 200, // ms; the usual five seconds make every restart of the primary a long one
    }
  }

  async #standbyFollows(): Promise<boolean> {
    try {
      await this.startStandby()
    } catch (cause) {
      this.#log(`copying the standby anew: ${cause instanceof Error ? cause.message : String(cause)}`)
      return false
    }
    return this.#isFollowing()
  }

  /** Waits as long as there is hope: a loaded machine takes its time, a promoted standby never comes back. */
  async #isFollowing(): Promise<boolean> {
    const streams = "select exists (select from pg_stat_wal_receiver where status = 'streaming')"
    let follows = false
    await eventually(async () => {
      if (!(await this.#ask('standby', 'select pg_is_in_recovery()'))) return true
      follows = await this.#ask('standby', streams)
      return follows || HOPELESS.test(readFileSync(join(this.#place, 'standby.log'), 'utf8'))
    }, 20_000)
    return follows
  }

  async #ask(node: 'primary' | 'standby', sql: string): Promise<boolean> {
    return withClient(this[node].connectionString(), async (client) => {
      const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' })
      return rows[0]?.[0] === true
    })
  }
}

/** What a standby says when the log that it needs is gone, or is another server's. */
const HOPELESS = /has already been removed|timeline .* (behind|not a child)|database system identifier differs/
const APPLY_DELAY = 'recovery_min_apply_delay'
/** Lets a standby that was down for a while catch up; on both, since their settings must not differ. */
const KEEPS_LOG: Settings = { wal_keep_size: '256MB' }

/** A cluster keeps the password it was made with, for a template made anew has another one. */
function passwordOf(place: string, template: Template): string {
  const file = join(place, 'password')
  if (!existsSync(join(place, 'primary', 'PG_VERSION')) || !existsSync(file)) {
    writeFileSync(file, template.password, { mode: 0o600 })
  }
  return readFileSync(file, 'utf8')
}

function nodeOf(server: PostgresServer, password: string): ClusterNode {
  return {
    get port() {
      return server.port
    },
    get pid() {
      return server.pid
    },
    get isUp() {
      return server.pid !== undefined
    },
    get watchdogPid() {
      return server.pid === undefined ? undefined : server.watchdogPid
    },
    connectionString: (database = 'postgres', host = `127.0.0.1:${server.port}`) =>
      `postgres://postgres:${password}@${host}/${encodeURIComponent(database)}`,
  }
}

async function withClient<Result>(
  connectionString: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString })
  client.on('error', () => {}) // a server that dies under us also fails the query, and that is where it is told
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
