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
import { ceramics, chairs, lamps } from './artwork/vessels.ts'
import { sneakers, totes, watches } from './artwork/wearables.ts'

export const ARTWORK_WIDTH = SHEET_WIDTH
export const ARTWORK_HEIGHT = SHEET_HEIGHT

/** Raised when a picture changes for the same slug: it is part of the pictures' URLs, which are cached for a year. */
export const ARTWORK_VERSION = 1

const FAMILIES = { sneakers, totes, watches, ceramics, lamps, chairs, posters, prints, books, records, tickets }

export type ArtworkFamily = keyof typeof FAMILIES

const WORDS: readonly (readonly [ArtworkFamily, RegExp])[] = [
  ['sneakers', /sneaker|runner|trainer|shoe|court|trail|boot/],
  ['tickets', /ticket|concert|festival|admission|seat|live|tour/],
  ['records', /record|vinyl|\blp\b|single|album|session/],
  ['books', /book|novel|journal|notebook|atlas|reader|zine|magazine/],
  ['prints', /print|etching|lithograph|linocut|edition|photo|frame/],
  ['posters', /poster|graphic|map|chart/],
  ['lamps', /lamp|light|lantern|glow|candle|pendant/],
  ['chairs', /chair|stool|bench|sofa|furniture|table|desk/],
  ['totes', /tote|bag|pack|pouch|apparel|shirt|tee|hoodie|jacket|cap|scarf/],
  ['watches', /watch|clock|timer/],
  ['ceramics', /ceramic|vase|mug|bowl|cup|plate|pot|jug|pitcher|carafe|stoneware|home|kitchen/],
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
    if (exact !== undefined) return exact
    const found = WORDS.find(([, words]) => words.test(text))
    if (found !== undefined) return found[0]
  }
  return ALL_FAMILIES[murmur3(`family:${slug}`) % ALL_FAMILIES.length] ?? 'posters'
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
