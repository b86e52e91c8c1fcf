import { describe, expect, it } from 'vitest'
import { decideBasket, LINES_MAX, UNITS_PER_LINE_MAX } from './basket.ts'

const of = (...lines: [string, number][]) => decideBasket(lines.map(([sku, units]) => ({ sku, units })))

describe('baskets', () => {
  it('[HLD2] sums the same SKU and sorts, so that order makes no difference', () => {
    const summed = {
      ok: true,
      value: [
        { sku: 'A', units: 3 },
        { sku: 'B', units: 1 },
      ],
    }
    expect(of(['B', 1], ['A', 1], ['A', 2])).toEqual(summed)
    expect(of(['A', 3], ['B', 1])).toEqual(summed)
  })

  it.each([0, -1, 1.5, Number.NaN, UNITS_PER_LINE_MAX + 1])('[HLD3] refuses %s units of a SKU', (units) => {
    expect(of(['A', units], ['A', 2])).toMatchObject({ refusal: { code: 'units_out_of_range', sku: 'A' } })
  })

  it('[HLD3] refuses a sum that is too large, of lines that are not', () => {
    expect(of(['A', UNITS_PER_LINE_MAX])).toMatchObject({ ok: true })
    expect(of(['A', UNITS_PER_LINE_MAX], ['A', 1])).toMatchObject({ refusal: { units: UNITS_PER_LINE_MAX + 1 } })
  })

  it('[HLD3] takes as many lines as may be and not one more, counted after summing', () => {
    const skus = Array.from({ length: LINES_MAX }, (_, i): [string, number] => [`SKU-${i}`, 1])
    expect(of(...skus, ['SKU-0', 1])).toMatchObject({ ok: true })
    expect(of(...skus, ['SKU-X', 1])).toEqual({
      ok: false,
      refusal: { code: 'basket_too_long', linesMax: LINES_MAX, lines: LINES_MAX + 1 },
    })
    expect(of()).toEqual({ ok: false, refusal: { code: 'basket_empty' } })
  })
})
