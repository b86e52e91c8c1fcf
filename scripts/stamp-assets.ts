/**
 * Gives each file in public/assets the name that its contents deserve, `shop.42802285b4.css`, so that browsers may keep it
 * for a year: other contents have another address. Run it after changing one; a test says when you forgot.
 *
 *   node scripts/stamp-assets.ts
 *
 * The files lie under their stamped names in the repository, so what is deployed is what lies there, and nothing has to be
 * built first. A new file is put there without a stamp; a new version of an old one may be, too, and takes its place. Names
 * of other assets inside a file (the type that a style sheet loads) follow. workers/pages/asset-names.ts says which file is
 * meant by `shop.css`.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Contents = Buffer

/** The name as it is spoken of (`shop.css`), and the digest in it, if it has one. */
const NAME = /^(.+?)(?:\.([0-9a-f]{10}))?(\.[a-z0-9]+)$/
/** Files that may name others. */
const NAMES_OTHERS = /\.(css|js)$/
/** How they do: `url('display.woff2')`, `from './countdown.js'`. */
const NAMED = /(?<=['"(/])[\w.-]+\.[a-z0-9]+(?=['")])/g

const spokenName = (file: string): string => file.replace(NAME, '$1$3')
const isStamped = (file: string): boolean => NAME.exec(file)?.[2] !== undefined

function stampedName(name: string, contents: Contents): string {
  const stamp = createHash('sha256').update(contents).digest('hex').slice(0, 10)
  return name.replace(NAME, `$1.${stamp}$3`)
}

/** The files as they should be, by their stamped names. Throws when two claim to be the same asset. Safe to repeat. */
export function stamped(files: ReadonlyMap<string, Contents>): Map<string, Contents> {
  const assets = new Map<string, Contents>()
  const namesOf = new Map<string, string>()
  for (const [file, contents] of files) {
    const name = spokenName(file)
    const other = namesOf.get(name)
    if (other !== undefined && isStamped(other) && isStamped(file)) {
      throw new Error(`${other} and ${file} are both ${name}: delete the one that is not meant`)
    }
    if (other !== undefined && isStamped(file)) continue // superseded by the one without a stamp
    assets.set(name, contents)
    namesOf.set(name, file)
  }
  return followed(assets)
}

/** A file that names another is stamped after it: as often as it takes until no name changes any more. */
function followed(assets: Map<string, Contents>): Map<string, Contents> {
  for (let round = 0; round <= assets.size; round++) {
    const current = new Map([...assets].map(([name, contents]) => [name, stampedName(name, contents)]))
    const before = new Map(assets)
    for (const [name, contents] of before) {
      if (!NAMES_OTHERS.test(name)) continue
      const text = contents.toString('utf8')
      const renamed = text.replace(NAMED, (file) => current.get(spokenName(file)) ?? file)
      if (renamed !== text) assets.set(name, Buffer.from(renamed))
    }
    if ([...assets].every(([name, contents]) => before.get(name) === contents)) {
      return new Map([...assets].map(([name, contents]) => [current.get(name) ?? name, contents]))
    }
  }
  throw new Error('assets that name each other in a circle cannot be stamped')
}

/** The text of workers/pages/asset-names.ts for these files. */
export const assetNames = (files: Iterable<string>): string =>
  [
    '/** Written by scripts/stamp-assets.ts; never by hand. */',
    'export const ASSET_NAMES: Readonly<Record<string, string>> = {',
    ...[...files].map((file) => `  '${spokenName(file)}': '${file}',`).toSorted(),
    '}',
    '',
  ].join('\n')

export const filesIn = (folder: string): Map<string, Contents> =>
  new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))]))

/** Renames what has to be renamed. Answers the files that lie there now. */
export function stampFolder(folder: string): string[] {
  const found = filesIn(folder)
  const wanted = stamped(found)
  for (const [file, contents] of wanted) {
    if (found.get(file)?.equals(contents) !== true) writeFileSync(join(folder, file), contents)
  }
  for (const file of found.keys()) if (!wanted.has(file)) rmSync(join(folder, file))
  return [...wanted.keys()]
}

const rooted = (path: string): string => join(import.meta.dirname, '..', path)

if (process.argv[1]?.endsWith('stamp-assets.ts')) {
  writeFileSync(rooted('workers/pages/asset-names.ts'), assetNames(stampFolder(rooted('public/assets'))))
}
