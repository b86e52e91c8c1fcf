import { describe, expect, it } from 'vitest'
import { frame, product } from './fixtures.ts'
import { productPage } from './product.tsx'

const drawn = async (touched = {}): Promise<string> =>
  String(await productPage(frame, product, { requestKey: 'key', touched }))

describe('a product page that an experiment touches', () => {
  it('[EXP23] says other words on its button and a note above it, and never as markup', async () => {
    const page = await drawn({ button: '<i>Mine</i>', note: '<b>Held for you.</b>' })
    expect(page).toMatch(/data-reserve[^>]*>\s*&lt;i&gt;Mine&lt;\/i&gt;/)
    expect(page).toContain('&lt;b&gt;Held for you.&lt;/b&gt;')
    expect(page).not.toContain('<i>Mine')
  })

  it('[EXP23] tells its story before the form, or after it', async () => {
    const isFirst = (page: string): boolean => page.indexOf('class="prose"') < page.indexOf('class="buy-form"')
    expect(isFirst(await drawn())).toBe(false)
    expect(isFirst(await drawn({ story_first: true }))).toBe(true)
  })

  it('[EXP23] is otherwise the same, whatever it was told', async () => {
    const plain = await drawn()
    expect(await drawn({ price: 1, unitsPerVisitorMax: 99, note: 7, story_first: 'yes' })).toBe(plain)
  })
})
