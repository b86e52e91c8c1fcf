import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { asset } from './assets.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

it('[PAG14] loads the type from the address that the style sheet names, so it is loaded once', () => {
  const [, named] = /url\(['"]?(display\.[^'")]*)/.exec(read(`../../public${asset('shop.css')}`)) ?? []
  expect(`/assets/${named}`).toBe(asset('display.woff2'))
})

it('[PAG14] lets browsers keep assets for a year', () => {
  expect(read('../../public/_headers')).toMatch(/\/assets\/\*\n\s+Cache-Control: public, max-age=31536000, immutable/)
})

/** The colours of a scheme, by name. The dark scheme changes some of the light one's. */
function coloursOf(scheme: 'light' | 'dark'): Record<string, string> {
  const css = read(`../../public${asset('shop.css')}`)
  const [light = '', dark = ''] = css.split('@media (prefers-color-scheme: dark)')
  const found = (text: string) =>
    Object.fromEntries([...text.matchAll(/--([a-z-]+): (#[0-9a-f]{3,6});/g)].map(([, name, value]) => [name, value]))
  return scheme === 'light' ? found(light) : { ...found(light), ...found(dark) }
}

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string): number => {
    const full = hex.length === 4 ? hex.replace(/[0-9a-f]/g, '$&$&') : hex
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = parseInt(full.slice(at, at + 2), 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

describe.each(['light', 'dark'] as const)('in the %s', (scheme) => {
  const colours = coloursOf(scheme)
  it.each([
    ['ink', 'paper', 4.5],
    ['ink', 'card', 4.5],
    ['muted', 'paper', 4.5],
    ['muted', 'card', 4.5],
    ['signal', 'paper', 4.5],
    ['on-signal', 'signal', 4.5],
    ['good', 'paper', 4.5],
    ['warn', 'paper', 4.5],
    ['bad', 'card', 4.5],
    ['on-stage', 'stage', 4.5],
    ['stage-muted', 'stage', 4.5],
    ['stage-signal', 'stage', 4.5],
    ['rim', 'card', 3],
    ['rim', 'paper', 3],
  ] as const)('[PAG15] %s on %s is readable: at least %s to 1', (front, back, least) => {
    expect(contrast(colours[front] ?? '#fff', colours[back] ?? '#fff')).toBeGreaterThanOrEqual(least)
  })
})
