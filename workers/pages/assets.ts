/** Addresses of the files in public/assets. Their names carry a digest of their contents: they may be kept for a year. */
import { assert } from '../../domain/basics/assert.ts'
import { ASSET_NAMES } from './asset-names.ts'

/** The address of an asset, by the name it is spoken of (`shop.css`). Asking for one that is not there is a bug. */
export function asset(name: string): string {
  const file = ASSET_NAMES[name]
  assert(file !== undefined, `no such asset: ${name}; run node scripts/stamp-assets.ts`)
  return `/assets/${file}`
}

/**
 * What a page of another version of the shop meant by this file: the address of the same asset as it is now. Null: there
 * is no such asset, or it is this version's own.
 */
export function assetInstead(file: string): string | null {
  const spoken = file.replace(/\.[0-9a-f]{10}(?=\.[a-z0-9]+$)/, '')
  if (spoken === file || !Object.hasOwn(ASSET_NAMES, spoken)) return null
  return ASSET_NAMES[spoken] === file ? null : asset(spoken)
}
