/**
 * Run after `npm install`: adds to package-lock.json the optional packages of other systems that npm left out. npm drops
 * them when the registry it asked does not carry them (a mirror that keeps one system's binaries, say), and then
 * `npm ci` refuses the file everywhere. An entry for another system is never fetched, so its name and version are
 * enough; where it is wanted, npm asks its registry for the rest.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const FILE = new URL('../package-lock.json', import.meta.url)

interface Entry {
  version?: string
  dev?: boolean
  optional?: boolean
  optionalDependencies?: Record<string, string>
  os?: string[]
  cpu?: string[]
  libc?: string[]
}

type Packages = Record<string, Entry>

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/
const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64']

/** The same packages and those that were left out, in npm's order. Pure; safe to repeat. */
export function complete(packages: Packages): Packages {
  const added: Packages = {}
  for (const parent of Object.values(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const place = `node_modules/${name}`
      const system = systemOf(name)
      if (place in packages || !EXACT.test(version) || system === null) continue
      added[place] = { version, ...system, ...(parent.dev === true ? { dev: true } : {}), optional: true }
    }
  }
  const inOrder = Object.entries({ ...packages, ...added }).toSorted(([a], [b]) => a.localeCompare(b, 'en'))
  return Object.fromEntries(inOrder)
}

/** What the name of a binary package says: `@oxfmt/binding-linux-arm-musleabihf`. Null when it names no system. */
function systemOf(name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> | null {
  const words = (name.split('/').at(-1) ?? '').split('-').map((word) => (word === 'windows' ? 'win32' : word))
  const os = words.find((word) => SYSTEMS.includes(word))
  const cpu = words.find((word) => PROCESSORS.includes(word)) ?? (words.at(-1) === '64' ? 'x64' : undefined)
  if (os === undefined || cpu === undefined) return null
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : null
  return { os: [os], cpu: [cpu], ...(libc === null ? {} : { libc: [libc] }) }
}

if (process.argv[1]?.endsWith('complete-lockfile.ts') === true) {
  const lock: { packages: Packages } = JSON.parse(readFileSync(FILE, 'utf8'))
  const packages = complete(lock.packages)
  const count = Object.keys(packages).length - Object.keys(lock.packages).length
  writeFileSync(FILE, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`)
  console.log(count === 0 ? 'Nothing was left out.' : `Added ${count} packages of other systems.`)
}
