/** Addresses of the files in public/assets, with a digest of their contents: they may be kept for a year. */
import { assert } from '../../domain/basics/assert.ts'
import { ASSET_STAMPS } from './asset-stamps.ts'

/** The address of an asset. Asking for one that is not there is a bug. */
export function asset(name: string): string {
  const stamp = ASSET_STAMPS[name]
  assert(stamp !== undefined, `no such asset: ${name}; run node scripts/stamp-assets.ts`)
  return `/assets/${name}?v=${stamp}`
}
