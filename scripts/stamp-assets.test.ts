import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { assetNames, filesIn, stamped, stampFolder } from './stamp-assets.ts'

const root = join(import.meta.dirname, '..')
const named = (files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    [...stamped(new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])))].map(
      ([name, contents]) => [name, contents.toString()],
    ),
  )

it('[PAG14] has every asset under the name of its contents, with no other copy: run node scripts/stamp-assets.ts', () => {
  const files = filesIn(join(root, 'public/assets'))
  expect([...stamped(files).keys()].toSorted()).toEqual([...files.keys()].toSorted())
  expect(readFileSync(join(root, 'workers/pages/asset-names.ts'), 'utf8')).toBe(assetNames(files.keys()))
})

it('[PAG14] gives other contents another name, which those who name it take over, and leaves nothing of before', () => {
  const first = named({ 'shop.css': `src: url('type.woff2')`, 'type.woff2': 'one', 'a.LICENSE.txt': 'as is' })
  const [sheet, type, licence] = ['shop.', 'type.', 'a.LICENSE.'].map(
    (begin) => Object.keys(first).find((name) => name.startsWith(begin)) ?? '',
  )
  expect(type).toMatch(/^type\.[0-9a-f]{10}\.woff2$/)
  expect(licence).toMatch(/^a\.LICENSE\.[0-9a-f]{10}\.txt$/)
  expect(first[sheet!]).toBe(`src: url('${type}')`)
  expect(named(first)).toEqual(first)

  const next = named({ ...first, [type!]: 'two' })
  expect(Object.keys(next)).toHaveLength(3)
  expect(Object.keys(next)).toContain(licence)
  const [renamed] = Object.keys(next).filter((name) => name.startsWith('type.'))
  expect(renamed).not.toBe(type)
  expect(next[Object.keys(next).find((name) => name.startsWith('shop.'))!]).toBe(`src: url('${renamed}')`)
  expect(next).not.toHaveProperty([sheet!])
})

it('[PAG14] takes a file without a stamp for the new version, and two with one for a mistake', () => {
  expect(Object.values(named({ 'a.0123456789.js': 'old', 'a.js': 'new' }))).toEqual(['new'])
  expect(Object.values(named({ 'a.js': 'new', 'a.0123456789.js': 'old' }))).toEqual(['new'])
  expect(() => named({ 'a.0123456789.js': 'one', 'a.9876543210.js': 'other' })).toThrow('delete the one')
  expect(() => named({ 'a.js': `'b.js'`, 'b.js': `'a.js'` })).toThrow('circle')
})

it('[PAG14] renames on disk, once', ({ onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), 'assets-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'a.js'), 'one')
  const [first] = stampFolder(folder)
  writeFileSync(join(folder, first!), 'two')
  const [second] = stampFolder(folder)
  expect(readdirSync(folder)).toEqual([second])
  expect(stampFolder(folder)).toEqual([second])
})
