/**
 * Where a cluster lives, and whose it is for the moment.
 *
 * Nearly always it lives in the data folder handed in. Only when we are root and that folder lies where the user
 * `postgres` cannot walk (a checkout in root's home) the servers live elsewhere; the data folder keeps their address,
 * and deleting it deletes, at the next start of anybody, what was elsewhere.
 *
 * One runner at a time: a second one on the same folder is told so, and never touches the first one's servers.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { canReach, openWay, type Identity } from './identity.ts'
import { failedWith, isAlive, startOf } from './processes.ts'

/** Makes the data folder and returns the folder for the servers, which Postgres can reach. */
export function choosePlace(
  dataDir: string,
  identity: Identity,
  elsewhere = join('/', 'var', 'lib', 'onrush'),
): string {
  mkdirSync(dataDir, { recursive: true })
  const own = realpathSync(dataDir)
  if (openWay(join(own, 'primary'), own, identity)) return own
  mkdirSync(elsewhere, { recursive: true, mode: 0o711 })
  if (!canReach(join(elsewhere, 'x', 'primary'), identity)) {
    throw new Error(
      `Postgres runs as the user postgres, who cannot walk to ${own} (nor to ${elsewhere}). Hand in a data folder whose parents others may pass (chmod o+x), or do not run as root.`,
    )
  }
  forgetOrphans(elsewhere)
  return join(elsewhere, addressKeptIn(own, elsewhere))
}

/** Claims the folder for this process until `release`. Throws when a living runner has it. */
export function claimPlace(dataDir: string): { release(): void } {
  const file = join(dataDir, 'runner.json')
  const mine = JSON.stringify({ pid: process.pid, began: startOf(process.pid) })
  for (;;) {
    try {
      writeFileSync(file, mine, { flag: 'wx' })
      return { release: () => rmSync(file, { force: true }) }
    } catch (cause) {
      if (!failedWith(cause, 'EEXIST')) throw cause
    }
    const { pid, began } = read(file)
    if (typeof pid === 'number' && isAlive(pid) && startOf(pid) === began) {
      throw new Error(`${dataDir} is in use by another runner (pid ${pid}). Stop it, or hand in another folder.`)
    }
    rmSync(file, { force: true })
  }
}

function addressKeptIn(own: string, elsewhere: string): string {
  const file = join(own, 'elsewhere.json')
  const kept = read(file)['id']
  const id = typeof kept === 'string' ? kept : randomBytes(8).toString('hex')
  if (id !== kept) writeFileSync(file, JSON.stringify({ id, folder: join(elsewhere, id) }))
  mkdirSync(join(elsewhere, id), { recursive: true, mode: 0o711 })
  writeFileSync(join(elsewhere, id, 'home.json'), JSON.stringify({ id, dataDir: own }))
  return id
}

function forgetOrphans(elsewhere: string): void {
  for (const entry of readdirSync(elsewhere)) {
    const { id, dataDir } = read(join(elsewhere, entry, 'home.json'))
    if (id !== entry || typeof dataDir !== 'string') continue
    if (read(join(dataDir, 'elsewhere.json'))['id'] === entry) continue
    rmSync(join(elsewhere, entry), { recursive: true, force: true })
  }
}

/** A small JSON object; empty when the file is absent, or half-written by somebody who died. */
function read(file: string): Record<string, unknown> {
  if (!existsSync(file)) return {}
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return typeof found === 'object' && found ? { ...found } : {}
  } catch {
    return {}
  }
}
