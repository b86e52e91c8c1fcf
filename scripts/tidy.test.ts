/**
 * What a machine can check of how the repository is kept. Few rules, each cheap to keep, and each failure says how to
 * mend it.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** Which folder may import which; STYLE.md and docs/reference/layout.md draw it. */
const MAY_IMPORT: Record<string, string[]> = {
  domain: [],
  platform: ['domain'],
  'durable-objects': ['domain', 'platform', 'migrations'],
  queues: ['domain', 'platform'],
  workers: ['domain', 'platform', 'durable-objects', 'queues'],
  simulation: ['domain'],
  local: ['domain'],
  bench: ['simulation', 'local', 'domain'],
  blackbox: ['local', 'simulation'],
  rehearsal: ['blackbox', 'bench', 'local'],
}

/** The composition of a local shop needs the schema and the demo catalog; that is what these two folders are for. */
const EXCEPTIONS = [
  { from: /^local\/runner\//, to: /^(platform\/postgres|scripts)\// },
  { from: /^(platform|queues|workers|durable-objects)\/.*\.test\.tsx?$/, to: /^(local|scripts|workers|queues)\// },
  // One bench measures the class itself, without the door in front of it.
  { from: /^bench\/stock-(object|tree)\//, to: /^durable-objects\// },
  // And asks the books in company, as the door does.
  { from: /^bench\/stock-tree\//, to: /^workers\/company\.ts$/ },
  // What ours is laid beside asks the same database the same thing.
  { from: /^bench\/plain\//, to: /^platform\/postgres\// },
  // Dice, which are nobody's business in particular; the shop itself a rehearsal knows by HTTP only.
  { from: /^rehearsal\//, to: /^domain\/basics\// },
  // The SDK's build for Workers is not among its exports under Node.
  { from: /^local\/stripe\/.*\.test\.ts$/, to: /^node_modules\/stripe\// },
  { from: /\/testing(\/|\.ts)/, to: /^(local|scripts|platform)\// },
]

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => path && existsSync(path))
const sources = tracked.filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
const read = (path: string): string => readFileSync(path, 'utf8')

describe('the arrow', () => {
  it('[TDY1] lets imports point inwards only', () => {
    const wrong: string[] = []
    for (const path of sources) {
      const folder = path.split('/')[0]!
      const allowed = MAY_IMPORT[folder]
      if (!allowed) continue
      for (const [, target] of read(path).matchAll(/(?:\bfrom|\bimport)[\s(]*['"](\.[^'"]+)['"]/g)) {
        const landed = new URL(target!, `file:///${path}`).pathname.slice(1)
        const room = landed.split('/')[0]!
        if (room === folder || allowed.includes(room)) continue
        if (EXCEPTIONS.some(({ from, to }) => from.test(path) && to.test(landed))) continue
        wrong.push(`${path} imports ${target}: let ${room}/ call in, or hand the thing in`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('[TDY2] keeps packages out of domain/', () => {
    const wrong = sources
      .filter((path) => path.startsWith('domain/') && !/\.(test|contract)\.ts$/.test(path))
      .flatMap((path) =>
        [...read(path).matchAll(/^(?:import|export)\b.* from ['"]([^.'"][^'"]*)['"]/gm)].map(
          ([, name]) => `${path}: ${name}`,
        ),
      )
    expect(wrong).toEqual([])
  })

  it('[TDY3] keeps the clock and the dice out of domain/ and simulation/', () => {
    const stray = sources
      .filter((path) => path.startsWith('domain/') && !path.endsWith('.test.ts'))
      .filter((path) => /Date\.now|new Date\(\)|Math\.random/.test(read(path)))
      .map((path) => `${path}: take \`now\` or \`random\` as an argument`)
    expect(stray).toEqual([])
  })
})

describe('rules and tests', () => {
  const rules = [...read('SPEC.md').matchAll(/^\* \*\*([A-Z]{3}\d+)\*\*/gm)].map(([, id]) => id!)
  const tests = tracked
    .filter((path) => /\.(test|contract)\.tsx?$/.test(path) || path.startsWith('simulation/'))
    .map(read)
    .join('\n')

  it('[TDY4] states each rule once', () => {
    expect(rules.filter((id, i) => rules.indexOf(id) !== i)).toEqual([])
  })

  it('[TDY5] has a test for each rule of SPEC.md', () => {
    expect(rules.filter((id) => !tests.includes(`[${id}]`))).toEqual([])
  })

  it('[TDY6] quotes no rule that SPEC.md does not state', () => {
    const quoted = new Set([...tests.matchAll(/\[([A-Z]{3}\d+)\]/g)].map(([, id]) => id!))
    expect([...quoted].filter((id) => !rules.includes(id))).toEqual([])
  })
})

describe('what has shipped', () => {
  it('[TDY7] never edits a migration once it is written down', () => {
    const frozen = JSON.parse(read('migrations/frozen.json')) as Record<string, string>
    const now = Object.fromEntries(
      tracked
        .filter((path) => path.startsWith('migrations/') && path.endsWith('.sql'))
        .map((path) => [path, createHash('sha256').update(read(path)).digest('hex')]),
    )
    expect(now, 'add a new file instead; a new file is added to migrations/frozen.json').toEqual(frozen)
  })

  it('[TDY8] names no registry host and no path of a machine', () => {
    const host = /(registry|deb)\.[a-z]+\.(org|com)|\/(work|home)\/[a-z]+\//
    const leaks = tracked
      .filter((path) => /\.(tsx?|md|toml|json|mjs|js|yml|css|html|sql)$|^\.npmrc$/.test(path))
      .filter((path) => host.test(read(path)))
    expect(leaks).toEqual([])
    expect(read('package-lock.json')).not.toContain('"resolved": "http')
  })

  it('[TDY10] names no command in its documents that package.json does not have', () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'))
    const named = (path: string) =>
      [...read(path).matchAll(/npm run (?:-\w+ )*([a-z][\w:-]*)/g)].map(([, name]) => name!)
    const documents = tracked.filter((path) => path.endsWith('.md'))
    const missing = (path: string) => named(path).filter((name) => !(name in scripts))
    expect(documents.flatMap((path) => missing(path).map((name) => `${path}: npm run ${name}`))).toEqual([])
  })

  it('[TDY9] explains every technology folder with a README', () => {
    const rooms = [
      'durable-objects',
      'queues',
      'platform',
      'migrations',
      'simulation',
      'local',
      'bench',
      'blackbox',
      'rehearsal',
      'workers',
    ]
    expect(rooms.filter((room) => !readdirSync(room).includes('README.md'))).toEqual([])
  })
})
