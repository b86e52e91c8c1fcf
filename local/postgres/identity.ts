/**
 * Who Postgres runs as. It refuses to run as root, so for root we become the user `postgres` (made when missing);
 * anyone else runs it as themselves. The other user must be able to walk to every file it is given: `canReach` says
 * whether it can, `openWay` lets it through folders that are ours to change.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, resolve, sep } from 'node:path'

/** The user to become; undefined when Postgres runs as whoever we are. */
export type Identity = { uid: number; gid: number } | undefined

const USER = 'postgres'

/** Finds the user to become. Throws when we are root and there is no such user and none can be made. */
export function postgresIdentity(): Identity {
  if (process.getuid?.() !== 0) return undefined
  const known = lookUp()
  if (known) return known
  let cause: unknown
  try {
    execFileSync('groupadd', ['-f', USER], { stdio: 'ignore' })
    execFileSync('useradd', ['--system', '-g', USER, '--no-create-home', USER], { stdio: 'ignore' })
  } catch (reason) {
    cause = reason // another runner may have made the user in the same instant: look once more before giving up
  }
  const made = lookUp()
  if (made) return made
  throw new Error(
    `Postgres refuses to run as root and there is no user "${USER}": create one, or run as another user.`,
    {
      cause,
    },
  )
}

/** Whether Postgres, running as `identity`, can walk to `path`. The path itself may be missing; its parents count. */
export function canReach(path: string, identity: Identity): boolean {
  return blockedAt(path, identity) === undefined
}

/**
 * Lets the other user walk through the folders above `path` as far as they are ours to change: the data folder itself
 * (`own`) and what lies in the temp folder, where `mkdtemp` makes folders for one user only. Walking, not reading.
 * False when some other folder (a home, say) stands in the way; that one we leave as it is.
 */
export function openWay(path: string, own: string, identity: Identity): boolean {
  for (let blocked = blockedAt(path, identity); blocked; blocked = blockedAt(path, identity)) {
    const isOurs = blocked === realpathSync(own) || blocked.startsWith(realpathSync(tmpdir()) + sep)
    if (!isOurs || !identity) return false
    const { mode, uid } = statSync(blocked)
    if (mode & 0o070) chmodSync(blocked, (mode & 0o7777) | 0o001)
    else {
      // Nobody used the group so far: give it to Postgres, and the folder stays closed to everyone else.
      chownSync(blocked, uid, identity.gid)
      chmodSync(blocked, (mode & 0o7777) | 0o010)
    }
  }
  return true
}

export function giveTo(path: string, identity: Identity): void {
  if (identity) chownSync(path, identity.uid, identity.gid)
}

function lookUp(): Identity {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${USER}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined
}

/** The topmost folder above `path` that `identity` may not pass. */
function blockedAt(path: string, identity: Identity): string | undefined {
  if (!identity) return undefined
  const parents: string[] = []
  for (let at = dirname(realpathOfExisting(resolve(path))); ; at = dirname(at)) {
    parents.unshift(at)
    if (at === dirname(at)) break
  }
  return parents.find((parent) => {
    const found = statSync(parent, { throwIfNoEntry: false })
    if (!found) return false // yet to be made, by us
    const bit = found.uid === identity.uid ? 0o100 : found.gid === identity.gid ? 0o010 : 0o001
    return (found.mode & bit) === 0
  })
}

function realpathOfExisting(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return resolve(realpathOfExisting(parent), path.slice(parent.length).replace(/^[/\\]/, ''))
  }
}
