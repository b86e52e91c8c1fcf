import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { asset } from '../pages/assets.ts'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

it.each([
  ['uplot.js', 'dist/uPlot.iife.min.js'],
  ['uplot.css', 'dist/uPlot.min.css'],
  ['uplot.LICENSE.txt', 'LICENSE'],
])('[CON12] serves %s as its makers published it: copy it anew after an update', (ours, theirs) => {
  expect(read(`public${asset(ours)}`)).toBe(read(`node_modules/uplot/${theirs}`))
})
