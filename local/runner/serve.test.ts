/** The command line of `serve`, with real processes: what it says, what it refuses, what it leaves behind. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseArguments } from './arguments.ts'
import { binary, ROOT } from './root.ts'

interface Announcement {
  url: string
  operator_key: string
  stripe_url: string
  gateway_url: string
  primary_url: string
  replica_url: string
  mail_dir: string
  pid: number
}

class Served {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''

  constructor(...args: string[]) {
    this.child = spawn(binary('node'), [join(ROOT, 'local/runner/serve.ts'), ...args], { cwd: ROOT })
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()))
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()))
  }

  async ready(): Promise<Announcement> {
    await until(() => this.stdout.includes('\n') || this.child.exitCode !== null)
    if (!this.stdout.includes('\n')) throw new Error(this.stderr)
    return JSON.parse(this.stdout)
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null) await once(this.child, 'exit')
    return this.child.exitCode
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('It never came to pass.')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The processes that name the folder on their command line: Postgres, workerd, the runner itself. */
async function processesOf(folder: string): Promise<string[]> {
  const ps = spawn('ps', ['-eo', 'pid=,args='])
  let said = ''
  ps.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await once(ps, 'close')
  return said.split('\n').filter((line) => line.includes(folder))
}

describe('arguments', () => {
  it.each([
    [['--port', 'http'], '--port takes a number from 0 to 65535, not http.'],
    [['--port', '70000'], '--port takes a number from 0 to 65535, not 70000.'],
    [['--portt', '1'], "Unknown option '--portt'. Try --help."],
    [['there'], "Unexpected argument 'there'. Try --help."],
    [['--data='], '--data takes a folder.'],
  ])('[RUN12] refuses %j with a sentence', (args, sentence) => {
    const parsed = parseArguments(args, { port: 8787, data: 'here' })
    expect(parsed.ok ? '' : parsed.refusal.sentence).toContain(sentence)
  })
})

describe('serve', () => {
  let folder: string
  let first: Served
  let shop: Announcement

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onrush-serve-'))
    first = new Served('--port', '0', '--data', folder, '--json', '--empty')
    shop = await first.ready()
  })
  afterAll(async () => {
    first.child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  it('[RUN1] says one line of JSON when it is ready, and nothing else', async () => {
    expect(Object.keys(shop)).toEqual(
      expect.arrayContaining(['url', 'operator_key', 'stripe_url', 'primary_url', 'replica_url', 'mail_dir', 'pid']),
    )
    expect(first.stdout.trim().split('\n')).toHaveLength(1)
    expect(first.stderr).toBe('')
    expect((await fetch(`${shop.url}/robots.txt`)).status).toBe(200)
    expect(shop.pid).toBe(first.child.pid)
  })

  it('[RUN1] lets an outsider into both databases', async () => {
    for (const [url, standby] of [
      [shop.primary_url, false],
      [shop.replica_url, true],
    ] as const) {
      const client = new Client({ connectionString: url })
      await client.connect()
      const { rows } = await client.query('SELECT pg_is_in_recovery() AS standby')
      await client.end()
      expect(rows).toEqual([{ standby }])
    }
  })

  it('[RUN12] refuses a folder in use, a file for a folder, and a port that is taken', async () => {
    const same = new Served('--port', '0', '--data', folder)
    expect([await same.ended(), same.stderr]).toEqual([1, expect.stringContaining('in use by another runner')])
    const file = join(folder, 'a-file')
    await writeFile(file, '')
    const onFile = new Served('--port', '0', '--data', file)
    expect([await onFile.ended(), onFile.stderr]).toEqual([1, `${file} is a file: hand in a folder with --data.\n`])
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const elsewhere = join(folder, 'elsewhere')
    const taken = new Served('--port', port, '--data', elsewhere)
    expect([await taken.ended(), taken.stderr]).toEqual([1, expect.stringContaining(`Port ${port} is taken`)])
    server.close()
  })

  it('[RUN13] ends with everything it started on SIGTERM, and finds all its data at the next start', async () => {
    const before = new Client({ connectionString: shop.primary_url })
    await before.connect()
    await before.query('CREATE TABLE remembered AS SELECT 7 AS n')
    await before.end()
    expect((await processesOf(folder)).length).toBeGreaterThan(2)
    first.child.kill('SIGTERM')
    expect(await first.ended()).toBe(0)
    expect(await processesOf(folder)).toEqual([])

    const second = new Served('--port', '0', '--data', folder, '--json', '--empty')
    const again = await second.ready()
    const client = new Client({ connectionString: again.primary_url })
    await client.connect()
    expect((await client.query('SELECT n FROM remembered')).rows).toEqual([{ n: 7 }])
    await client.end()
    expect(again.operator_key).toBe(shop.operator_key)

    // And a runner that dies without a word takes everything with it as well.
    second.child.kill('SIGKILL')
    await until(async () => (await processesOf(folder)).length === 0)
    expect(await readFile(join(folder, 'secrets.json'), 'utf8')).toContain(shop.operator_key)
  })
})
