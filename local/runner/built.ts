/**
 * Builds once per state of the sources. What was built lies in `.wrangler/onrush/<kind>-<fingerprint>`; several shops
 * may start at once: each builds aside and moves its folder into place, and whoever comes second throws its own away.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { binary, ROOT } from './root.ts'
import type { WranglerSettings } from './wrangler-settings.ts'

const CACHE = join(ROOT, '.wrangler/onrush')
const KEPT_PER_KIND = 4 // a running shop has copies of its own; these only save time

const SOURCES = {
  bundle: [
    'workers',
    'queues',
    'durable-objects',
    'platform',
    'domain',
    'migrations',
    'public',
    'wrangler.toml',
    'tsconfig.json',
    'package-lock.json',
    'local/runner/build-parts.ts',
  ],
  shims: ['local/runner/shims', 'local/runner/build-parts.ts'],
} as const

type Kind = keyof typeof SOURCES

/** The production bundle: a folder of modules, and the settings of wrangler.toml it was built with. */
export async function builtBundle(): Promise<{ modulesDir: string; settings: WranglerSettings }> {
  const folder = await built('bundle')
  const settings: WranglerSettings = JSON.parse(await readFile(join(folder, 'settings.json'), 'utf8'))
  return { modulesDir: join(folder, 'modules'), settings }
}

/** The folder with the shims' modules as plain JavaScript; they keep their names ending in `.ts`. */
export const builtShims = (): Promise<string> => built('shims')

async function built(kind: Kind): Promise<string> {
  const folder = join(CACHE, `${kind}-${await fingerprint(SOURCES[kind])}`)
  if (existsSync(folder)) {
    await utimes(folder, new Date(), new Date())
    return folder
  }
  await mkdir(CACHE, { recursive: true })
  const aside = await mkdtemp(join(CACHE, `building-${kind}-`))
  try {
    await promisify(execFile)(
      binary('node'),
      ['--disable-warning=ExperimentalWarning', join(ROOT, 'local/runner/build-parts.ts'), kind, aside],
      { cwd: ROOT },
    )
    await rename(aside, folder)
  } catch (cause) {
    await rm(aside, { recursive: true, force: true })
    if (!existsSync(folder)) throw new Error(`The ${kind} could not be built:\n${saidBy(cause)}`, { cause })
  }
  await forgetOld(kind)
  return folder
}

async function fingerprint(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const path of paths) {
    for (const file of await filesUnder(path)) {
      const { size, mtimeMs } = await stat(join(ROOT, file))
      hash.update(`${file} ${size} ${mtimeMs}\n`)
    }
  }
  return hash.digest('hex').slice(0, 16)
}

async function filesUnder(path: string): Promise<string[]> {
  const found = await stat(join(ROOT, path)).catch(() => null) // a folder that this checkout does not have yet
  if (found === null) return []
  if (!found.isDirectory()) return [path]
  const names = await readdir(join(ROOT, path), { recursive: true, withFileTypes: true })
  return names
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
    .toSorted()
}

async function forgetOld(kind: Kind): Promise<void> {
  const names = (await readdir(CACHE)).filter((name) => name.startsWith(`${kind}-`))
  const aged = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(CACHE, name)).catch(() => null))?.mtimeMs ?? 0 })),
  )
  const old = aged.toSorted((a, b) => b.at - a.at).slice(KEPT_PER_KIND)
  for (const { name } of old) await rm(join(CACHE, name), { recursive: true, force: true })
}

function saidBy(cause: unknown): string {
  const said = (name: 'stdout' | 'stderr'): string =>
    cause instanceof Error && name in cause ? String(Object.getOwnPropertyDescriptor(cause, name)?.value) : ''
  return `${said('stdout')}${said('stderr')}`.trim() || String(cause)
}
