import { expect, it } from 'vitest'
import { artworkSvg, artworkUrl, ARTWORK_VERSION, ARTWORK_VIEWS, familyOf } from './artwork.ts'
import { murmur3 } from '../../domain/sharding/murmur3.ts'

const SLUGS = Array.from({ length: 300 }, (_, i) => `thing-${i}`)

it('[PAG13] draws the same picture for the same slug, always', () => {
  // Should this number change on purpose, raise ARTWORK_VERSION: browsers keep the old pictures for a year.
  const drawn = ['night-runner-sneaker', 'harbour-vase', 'signal-record', 'x'].map((slug) => artworkSvg(slug)).join('')
  expect({ version: ARTWORK_VERSION, digest: murmur3(drawn) >>> 0 }).toEqual({ version: 1, digest: 3_861_350_611 })
})

it('[PAG13] hardly ever draws two things alike', () => {
  expect(new Set(SLUGS.map((slug) => artworkSvg(slug))).size).toBeGreaterThan(290)
})

it('[PAG13] keeps a picture under 6 kB', () => {
  for (const slug of SLUGS)
    for (let view = 1; view <= ARTWORK_VIEWS; view++) expect(artworkSvg(slug, { view }).length).toBeLessThan(6000)
})

it('[PAG13] shows a thing in as many views as it says', () => {
  const views = [1, 2, 3].map((view) => artworkSvg('harbour-vase', { view }))
  expect(new Set(views).size).toBe(ARTWORK_VIEWS)
  expect(artworkSvg('harbour-vase', { view: 4 })).toBe(views[0])
  expect(artworkSvg('harbour-vase', { view: Number.NaN })).toBe(views[0])
})

it('[PAG13] draws what the words say', () => {
  expect(familyOf('night-runner')).toBe('sneakers')
  expect(familyOf('kitchen-stool')).toBe('stools')
  expect(familyOf('lighthouse-city-map-poster')).toBe('posters')
  expect(familyOf('half-moon-pendant-light')).toBe('pendants')
  expect(familyOf('abc', 'Ceramics')).toBe('ceramics')
  expect(familyOf('abc', 'constructor')).toBe(familyOf('abc'))
})

it('[PAG6] writes nothing of a hostile slug into its picture', () => {
  const svg = artworkSvg('"><script>alert(1)</script>', { family: '"><script>' })
  expect(svg).not.toContain('script')
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
})

it('[PAG13] gives an address that changes when the drawing does', () => {
  expect(artworkUrl('a b/c', { family: 'lamps', view: 2 })).toBe('/art/a%20b%2Fc.svg?v=1&family=lamps&view=2')
})
