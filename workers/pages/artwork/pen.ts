/**
 * A pen for SVG: shapes as short strings, and dice that fall the same way for the same slug. Numbers are rounded to
 * whole units of an 800 by 1,000 sheet, which keeps a picture near two kilobytes.
 */
import { seededRandom } from '../../../domain/basics/random.ts'
import type { Palette } from './palette.ts'

export const SHEET_WIDTH = 800
export const SHEET_HEIGHT = 1000

/** What a family of pictures draws with. */
export interface Pen {
  colours: Palette
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  pick<Item>(items: readonly [Item, ...Item[]]): Item
  chance(probability: number): boolean
}

export function penFor(seed: number, colours: Palette): Pen {
  const dice = seededRandom(seed)
  const between = (low: number, high: number): number => low + Math.floor(dice.fraction() * (high - low + 1))
  return {
    colours,
    between,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
    chance: (probability) => dice.fraction() < probability,
  }
}

type Attributes = Record<string, string | number>

export function tag(name: string, attributes: Attributes, inside?: string): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? Math.round(value * 10) / 10 : value}"`)
    .join('')
  return inside === undefined ? `<${name}${written}/>` : `<${name}${written}>${inside}</${name}>`
}

export const rect = (
  x: number,
  y: number,
  width: number,
  height: number,
  fill: string,
  more: Attributes = {},
): string => tag('rect', { x, y, width, height, fill, ...more })

export const circle = (cx: number, cy: number, r: number, fill: string, more: Attributes = {}): string =>
  tag('circle', { cx, cy, r, fill, ...more })

export const ellipse = (cx: number, cy: number, rx: number, ry: number, fill: string, more: Attributes = {}): string =>
  tag('ellipse', { cx, cy, rx, ry, fill, ...more })

export const path = (d: string, fill: string, more: Attributes = {}): string => tag('path', { d, fill, ...more })

export const stroke = (d: string, colour: string, width: number, more: Attributes = {}): string =>
  tag('path', { d, fill: 'none', stroke: colour, 'stroke-width': width, 'stroke-linecap': 'round', ...more })

export const group = (transform: string, inside: string): string => tag('g', { transform }, inside)

/** Keeps `inside` within the outline `d`. The id must be unique on the sheet. */
export const within = (id: string, d: string, inside: string): string =>
  tag('clipPath', { id }, tag('path', { d })) + tag('g', { 'clip-path': `url(#${id})` }, inside)

export const shadow = (cx: number, cy: number, rx: number, colours: Palette): string =>
  ellipse(cx, cy, rx, rx * 0.07, colours.deep, { opacity: 0.22 })
