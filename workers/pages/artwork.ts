/**
 * Pictures for things nobody has photographed: an SVG drawn from a slug, the same one every time and everywhere. A
 * demo shop needs no image files, and a product without a picture still has a face.
 *
 * The family is read from the words of the slug ("night-runner-sneaker" is a shoe) or named by the caller; a slug that
 * says nothing gets one by lot. Nothing of the slug is written into the picture, so a hostile slug harms nobody.
 */
import { murmur3 } from '../../domain/sharding/murmur3.ts'
import { PALETTES } from './artwork/palette.ts'
import type { Palette } from './artwork/palette.ts'
import { books, posters, prints, records, tickets } from './artwork/papers.ts'
import { penFor, SHEET_HEIGHT, SHEET_WIDTH } from './artwork/pen.ts'
import type { Pen } from './artwork/pen.ts'
import { bowls, mugs } from './artwork/tableware.ts'
import { ceramics, chairs, lamps, pendants, stools } from './artwork/vessels.ts'
import { packs, sneakers, totes, watches } from './artwork/wearables.ts'

export const ARTWORK_WIDTH = SHEET_WIDTH
export const ARTWORK_HEIGHT = SHEET_HEIGHT

/** Raised when a picture changes for the same slug: it is part of the pictures' URLs, which are cached for a year. */
export const ARTWORK_VERSION = 1

const FAMILIES = {
  sneakers,
  totes,
  packs,
  watches,
  ceramics,
  mugs,
  bowls,
  lamps,
  pendants,
  chairs,
  stools,
  posters,
  prints,
  books,
  records,
  tickets,
}

export type ArtworkFamily = keyof typeof FAMILIES

const WORDS: readonly (readonly [ArtworkFamily, RegExp])[] = [
  ['sneakers', /sneaker|runner|trainer|shoe|court|trail|boot/g],
  ['tickets', /ticket|concert|festival|admission|seat|tour/g],
  ['records', /record|vinyl|\blp\b|single|album/g],
  ['books', /book|novel|journal|atlas|reader|zine/g],
  ['prints', /print|etching|lithograph|linocut|photo/g],
  ['posters', /poster|graphic|chart/g],
  ['lamps', /lamp|light|glow|candle/g],
  ['pendants', /pendant-light|pendant|lantern/g],
  ['chairs', /chair|sofa|furniture/g],
  ['stools', /stool|bench|table|desk/g],
  ['totes', /tote|bag|shirt|tee|hoodie|jacket|cap|scarf|apparel/g],
  ['packs', /pack|pouch|rucksack/g],
  ['watches', /watch|clock|timer/g],
  ['ceramics', /ceramic|vase|pot|jug|pitcher|carafe|stoneware|home|kitchen/g],
  ['mugs', /mug|cup|beaker/g],
  ['bowls', /bowl|plate|dish/g],
]

const ALL_FAMILIES = WORDS.map(([family]) => family)

/** Three ways to look at a thing: whole, near, and in other light. */
export const ARTWORK_VIEWS = 3

const VIEW_BOXES = ['0 0 800 1000', '180 300 440 550', '0 0 800 1000'] as const

/** The picture of a slug. `view` counts from 1; others are taken round. Safe to cache for ever under its version. */
export function artworkSvg(slug: string, options: { family?: string | undefined; view?: number } = {}): string {
  const seed = murmur3(slug)
  const view = ((Math.max(1, Math.trunc(options.view ?? 1)) - 1) % ARTWORK_VIEWS) + 1
  const family = familyOf(slug, options.family)
  const lit = view === 3 ? inOtherLight(paletteFor(seed)) : paletteFor(seed)
  const drawing = FAMILIES[family](penFor(seed, lit) satisfies Pen)
  const viewBox = VIEW_BOXES[view - 1] ?? VIEW_BOXES[0]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${viewBox}" width="${ARTWORK_WIDTH}" height="${ARTWORK_HEIGHT}" preserveAspectRatio="xMidYMid slice">${drawing}</svg>`
}

/** The family a slug is drawn in. A name we do not know is as good as none. */
export function familyOf(slug: string, named?: string): ArtworkFamily {
  for (const text of [named?.toLowerCase(), slug.toLowerCase()]) {
    if (text === undefined) continue
    const exact = ALL_FAMILIES.find((family) => family === text)
    const found = exact ?? lastNamedIn(text)
    if (found !== undefined) return found
  }
  return ALL_FAMILIES[murmur3(`family:${slug}`) % ALL_FAMILIES.length] ?? 'posters'
}

/** The last word decides: a "kitchen stool" is a stool, a "city map poster" a poster. */
function lastNamedIn(text: string): ArtworkFamily | undefined {
  let found: { family: ArtworkFamily; end: number } | undefined
  for (const [family, words] of WORDS) {
    for (const match of text.matchAll(words)) {
      const end = match.index + match[0].length
      if (found === undefined || end >= found.end) found = { family, end }
    }
  }
  return found?.family
}

/** Where a slug's picture is served: the address changes with the drawing, so it may be kept for a year. */
export function artworkUrl(slug: string, options: { family?: string; view?: number } = {}): string {
  const query = new URLSearchParams({ v: String(ARTWORK_VERSION) })
  if (options.family !== undefined) query.set('family', options.family)
  if (options.view !== undefined && options.view > 1) query.set('view', String(options.view))
  return `/art/${encodeURIComponent(slug)}.svg?${query.toString()}`
}

const paletteFor = (seed: number): Palette => PALETTES[(seed >>> 7) % PALETTES.length] ?? PALETTES[0]!

const inOtherLight = (palette: Palette): Palette => ({
  ...palette,
  ground: palette.main,
  main: palette.second,
  second: palette.ground,
})
