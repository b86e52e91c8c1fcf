/**
 * Writes workers/pages/asset-stamps.ts: a digest of each file in public/assets, which pages put into the addresses of
 * styles and scripts so that browsers may keep them for a year. Run it after changing an asset; a test says when you
 * forgot. Not done at run time, because the Worker never sees the files: the platform serves them before it is asked.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const ASSETS = new URL('../public/assets/', import.meta.url)
const STAMPS = new URL('../workers/pages/asset-stamps.ts', import.meta.url)

/** The text of asset-stamps.ts as it should be for the files that are there now. */
export function assetStamps(): string {
  const lines = readdirSync(ASSETS)
    .filter((name) => /\.(css|js|svg|woff2)$/.test(name))
    .toSorted()
    .map(
      (name) =>
        `  '${name}': '${createHash('sha256')
          .update(readFileSync(new URL(name, ASSETS)))
          .digest('hex')
          .slice(0, 10)}',`,
    )
  return [
    '/** Written by scripts/stamp-assets.ts; never by hand. */',
    'export const ASSET_STAMPS: Readonly<Record<string, string>> = {',
    ...lines,
    '}',
    '',
  ].join('\n')
}

if (process.argv[1]?.endsWith('stamp-assets.ts')) writeFileSync(STAMPS, assetStamps())
