/** Files of products, right ones and wrong ones, read whole and in pieces of every size. */
import { parse as parseCsv } from 'csv-parse/sync'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CELL_LENGTH_MAX, CsvReader } from './csv.ts'
import type { ImportFormat, ImportItem } from './import-item.ts'
import { ImportReader, ImportSurvey } from './import-reader.ts'
import { ITEM_LENGTH_MAX } from './json-items.ts'
import { parsePrice } from './price-text.ts'
import { cursorOf, parseCursor, wordsQuery } from './query.ts'
import { plainText, safeHtml } from './safe-html.ts'
import { isSlug, slugFor } from './slug.ts'

const piecesOf = (text: string, size: number): string[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size))

function read(format: ImportFormat, text: string, size = text.length || 1): ImportItem[] {
  const survey = new ImportSurvey(format)
  for (const piece of piecesOf(text, size)) survey.push(piece)
  const reader = new ImportReader(format, 'EUR', survey.end())
  return [...piecesOf(text, size).flatMap((piece) => reader.push(piece)), ...reader.end()]
}

const drafts = (items: ImportItem[]) => items.flatMap((item) => (item.kind === 'product' ? [item.draft] : []))
const problems = (items: ImportItem[]) => items.flatMap((item) => (item.kind === 'refused' ? item.problems : []))
const json = (more: object): string => JSON.stringify([{ title: 'Lamp', sku: 'LAMP', price: 19, stock: 1, ...more }])
const csv = (handle: string, price: string, units: string): string =>
  `Handle,Title,Variant SKU,Variant Price,Variant Inventory Qty\n${handle},Lamp,LAMP,${price},${units}\n`

const codes = (items: ImportItem[]) => problems(items).map(({ line, code }) => `${line} ${code}`)

describe('what cannot be sold', () => {
  it.each<[ImportFormat, string, string | undefined]>([
    ['json', json({}), undefined],
    ['json', json({ price: 0 }), 'price_is_zero'],
    ['json', json({ price: 0.01 }), undefined],
    ['json', json({ stock: 1_000_000 }), undefined],
    ['json', json({ stock: 1_000_001 }), 'too_many_units'],
    ['json', json({ units_per_visitor_max: 1_000_001 }), 'too_many_units'],
    ['json', json({ slug: 'popular' }), 'slug_reserved'],
    ['json', json({ title: 'Popular!' }), 'slug_reserved'],
    ['json', json({ images: ['javascript:alert(1)'] }), 'image_not_valid'],
    ['json', json({ description: 'a\ud800' }), 'text_not_utf8'],
    ['shopify_csv', csv('lamp', '19', '1000000'), undefined],
    ['shopify_csv', csv('lamp', '0.00', '1'), 'price_is_zero'],
    ['shopify_csv', csv('lamp', '19', '1000001'), 'too_many_units'],
    ['shopify_csv', csv('popular', '19', '1'), 'slug_reserved'],
  ])('[IMP17] is refused by name in %s: %s is %s', (format, text, code) => {
    const items = read(format, text)
    expect(problems(items).map((each) => each.code)).toEqual(code === undefined ? [] : [code])
    expect(drafts(items)).toHaveLength(code === undefined ? 1 : 0)
  })
})

describe('a price in thousandths', () => {
  it.each([
    ['1.250', []],
    ['1.255', ['price_not_chargeable']],
  ])('[IMP17] of %s dinars is refused where the payment provider takes hundredths only: %j', (price, said) => {
    const reader = new ImportReader('json', 'KWD')
    const items = [...reader.push(json({ price })), ...reader.end()]
    expect(problems(items).map(({ code }) => code)).toEqual(said)
  })

  it('[CAT21] is no reduction of a lower one, in any form of file', () => {
    const before = (compare_at: number) => drafts(read('json', json({ compare_at })))[0]!.variants[0]!.compareAtAmount
    expect([before(20), before(19), before(1)]).toEqual([2_000, null, null])
  })
})

describe('CSV', () => {
  const rows = (text: string, size: number) => {
    const reader = new CsvReader()
    return [...piecesOf(text, size).flatMap((piece) => reader.push(piece)), ...reader.end()]
  }

  it('[IMP1] reads rows as another parser does, in pieces of any size', () => {
    const cell = fc.stringMatching(/^[a-z,"\r\n \u00e9]{0,6}$/)
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(
        table,
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        (cells, end, size, bom) => {
          const quoted = cells.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(',')).join(end)
          const text = (bom ? '\uFEFF' : '') + quoted + end
          const theirs = parseCsv(text, { relax_column_count: true, bom: true, record_delimiter: end })
          expect(rows(text, size).map((row) => row.cells)).toEqual(theirs)
        },
      ),
      { seed: 7, numRuns: 300 },
    )
  })

  it.each([
    [
      'a,b\r\n1,2\r\n',
      [
        [1, 'a', 'b'],
        [2, '1', '2'],
      ],
    ],
    [
      'a,b\r1,2',
      [
        [1, 'a', 'b'],
        [2, '1', '2'],
      ],
    ],
    [
      'a\n\n\nb,',
      [
        [1, 'a'],
        [4, 'b', ''],
      ],
    ],
    [
      '"a\r\nb",c\n"d ""e"" f",\n',
      [
        [1, 'a\r\nb', 'c'],
        [3, 'd "e" f', ''],
      ],
    ],
    ['5" nail,"x"y\n', [[1, '5" nail', 'xy']]],
    ['', []],
  ])('[IMP1] knows quotes, doubled quotes, empty lines and every end of line: %j', (text, wanted) => {
    for (const size of [1, 2, 3, 100])
      expect(rows(text, size).map(({ line, cells }) => [line, ...cells])).toEqual(wanted)
  })

  it('[IMP2] loses one line to a quotation mark that is never closed, and reads on behind it', () => {
    const text = `a,b\nbad,"open\n${'1,2\n'.repeat(3)}`
    for (const size of [1, 4, 1_000]) {
      expect(rows(text, size).map(({ line, cells, trouble }) => trouble ?? `${line} ${cells.join('|')}`)).toEqual([
        '1 a|b',
        'cell_does_not_end',
        '3 1|2',
        '4 1|2',
        '5 1|2',
      ])
    }
  })

  it('[IMP2] never holds more than a row, also when a cell or a line does not end', () => {
    const reader = new CsvReader()
    const found = []
    for (let i = 0; i < 100; i++) found.push(...reader.push('x'.repeat(CELL_LENGTH_MAX / 8)))
    found.push(...reader.push('\nnext,row\n'), ...reader.end())
    expect(found.map(({ line, cells, trouble }) => [line, trouble, cells.length])).toEqual([
      [1, 'cell_does_not_end', 0],
      [2, null, 2],
    ])
  })
})

const HEAD =
  'Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Image Alt Text,Status'

describe('a Shopify file', () => {
  const shoe = [
    HEAD,
    'shoe,Night Shoe,"<p>Good, <script>alert(1)</script>shoe</p>",Onda,Shoes,"Night, Run",true,Size,41,Colour,Black,S-41,3,89.90,99,https://img.example/1.jpg,Front,active',
    "shoe,,,,,,,,42,,Black,'S-42,,89.9,,https://img.example/2.jpg,Side,",
    'shoe,,,,,,,,,,,,,,,https://img.example/3.jpg,,',
    'lamp,Lamp,,Onda,,,false,Title,Default Title,,,,2,15,,,,',
  ].join('\n')

  it('[IMP3] gives products with their variants, options, pictures and shelves, in pieces of any size', () => {
    const [night, lamp] = drafts(read('shopify_csv', shoe))
    expect(night).toMatchObject({
      ...{
        slug: 'shoe',
        title: 'Night Shoe',
        description: '<p>Good, shoe</p>',
        vendor: 'Onda',
        tags: ['Night', 'Run'],
      },
      ...{ options: ['Size', 'Colour'], status: 'active', collections: [{ slug: 'shoes', title: 'Shoes' }] },
      images: [1, 2, 3].map((n) => ({ url: `https://img.example/${n}.jpg`, alt: ['Front', 'Side', ''][n - 1] })),
    })
    expect(night?.variants).toMatchObject([
      { sku: 'S-41', title: '41 / Black', priceAmount: 8_990, compareAtAmount: 9_900, initialUnits: 3 },
      { sku: 'S-42', title: '42 / Black', priceAmount: 8_990, compareAtAmount: null, initialUnits: 0 },
    ])
    expect(lamp).toMatchObject({ options: [], status: 'draft', collections: null })
    expect(lamp?.variants).toMatchObject([{ sku: 'lamp', title: '', priceAmount: 1_500, initialUnits: 2 }])
    for (let size = 1; size < 40; size++) expect(read('shopify_csv', shoe, size)).toEqual(read('shopify_csv', shoe))
    expect(read('shopify_csv', `\uFEFF${shoe.replaceAll('\n', '\r\n')}\r\n`)).toMatchObject(read('shopify_csv', shoe))
  })

  it('[IMP4] refuses all rows of a product for one that is wrong, says where and what to do, and takes its neighbours', () => {
    const text = [
      'Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src,Status',
      'good,Good,,,G,1,5,,',
      'bad,Bad,Size,S,B-S,1,5,,',
      'bad,,,M,B-M,many,five euros,javascript:alert(1),',
      ',Nobody,,,N,1,5,,',
      'untitled,,,,U,1,5,,lost',
      'wide,Wide,,,W,1,5,,,and,more',
      'last,Last,,,L,1,5,,',
    ].join('\n')
    const items = read('shopify_csv', text)
    expect(drafts(items).map(({ slug }) => slug)).toEqual(['good', 'last'])
    expect(codes(items).toSorted()).toEqual([
      '4 image_not_valid',
      '4 number_not_valid',
      '4 price_not_valid',
      '5 handle_missing',
      '6 status_not_valid',
      '6 title_missing',
      '7 too_many_cells',
    ])
    expect(problems(items).find(({ code }) => code === 'price_not_valid')).toEqual({
      ...{ line: 4, field: 'Variant Price', product: 'bad', code: 'price_not_valid' },
      message: '"five euros" is no price in EUR.',
      remedy: 'Write a number such as 19.99.',
    })
    for (const problem of problems(items)) expect(problem.message && problem.remedy).toBeTruthy()
  })

  it('[IMP5] refuses every row of a handle whose rows do not stand together, the first ones too', () => {
    const text = [
      'Handle,Title,Variant SKU,Variant Price',
      'a,A,1,5',
      'b,B,2,5',
      'a,,3,5',
      'c,C,4,5',
      'A,Again,5,5',
    ].join('\n')
    const items = read('shopify_csv', text)
    expect(drafts(items).map(({ slug }) => slug)).toEqual(['b', 'c'])
    expect(codes(items)).toEqual(['2 rows_not_together', '4 rows_not_together', '6 rows_not_together'])
  })

  it('[IMP6] refuses a SKU that an earlier product of the file has, or that a product has twice', () => {
    const text = [
      'Handle,Title,Variant SKU,Variant Price,Option1 Name,Option1 Value',
      'a,A,1,5,,',
      'b,B,1,5,,',
      'c,C,2,5,Size,S',
      'c,,2,5,,M',
      'd,D,2,5,,',
    ].join('\n')
    const items = read('shopify_csv', text)
    expect(drafts(items).map(({ slug }) => slug)).toEqual(['a', 'd'])
    expect(codes(items)).toEqual(['3 sku_comes_twice', '4 sku_comes_twice'])
  })

  it('[IMP4] says once what is missing in a heading, and that a file is no list of products', () => {
    expect(codes(read('shopify_csv', 'Name,Cost\nLamp,5\nChair,6\n'))).toEqual([
      '1 column_missing',
      '1 column_missing',
      '1 column_missing',
    ])
    expect(codes(read('shopify_csv', ''))).toEqual(['1 no_products_found'])
    expect(codes(read('json', '{"name": 1}'))).toEqual(['1 no_products_found'])
  })

  it('[IMP4] tells text that is no UTF-8 instead of spoiling names', () => {
    const latin = new TextDecoder().decode(
      Uint8Array.from(Array.from('Handle,Title,Variant Price\ncaf,Caf\xe9,5\n', (letter) => letter.charCodeAt(0))),
    )
    expect(codes(read('shopify_csv', latin))).toEqual(['2 text_not_utf8'])
  })
})

describe('a JSON file', () => {
  const flat = {
    title: 'Lamp',
    price: 9.99,
    sku: 'L-1',
    stock: 4,
    category: 'mens-shirts',
    brand: 'B',
    images: ['https://img.example/1.webp'],
  }
  const whole = {
    ...{
      slug: 'shoe',
      title: 'Shoe',
      options: ['Size'],
      images: [{ url: '/art/shoe.svg', alt: 'A shoe' }],
      collections: ['shoes'],
    },
    variants: [
      { sku: 'S-1', option_values: ['41'], price: { amount: 8_990, currency: 'EUR' }, initial_units: 3 },
      { sku: 'S-2', option_values: ['42'], price: '89.90', units_per_visitor_max: 2 },
    ],
  }
  const shapes: [string, ImportFormat, string][] = [
    ['an array', 'json', JSON.stringify([flat, whole], null, 2)],
    [
      'an object with products',
      'json',
      JSON.stringify({ total: 2, note: '[{"x":"}"}]', products: [flat, whole], limit: 9 }),
    ],
    ['one object a line', 'ndjson', `\uFEFF${JSON.stringify(flat)}\r\n\n${JSON.stringify(whole)}`],
  ]

  it.each(shapes)('[IMP7] gives products from %s, in pieces of any size', (_, format, text) => {
    const [lamp, shoe] = drafts(read(format, text))
    expect(lamp).toMatchObject({
      ...{ slug: 'lamp', vendor: 'B', collections: [{ slug: 'mens-shirts', title: 'Mens shirts' }], options: [] },
      variants: [{ sku: 'L-1', priceAmount: 999, initialUnits: 4 }],
    })
    expect(shoe?.variants).toMatchObject([
      { sku: 'S-1', title: '41', priceAmount: 8_990, initialUnits: 3, unitsPerVisitorMax: null },
      { sku: 'S-2', title: '42', priceAmount: 8_990, initialUnits: 0, unitsPerVisitorMax: 2 },
    ])
    for (let size = 1; size < 30; size++) expect(read(format, text, size)).toEqual(read(format, text))
  })

  it('[IMP8] loses one object to a mistake in it, by its path, and takes its neighbours', () => {
    const lines = [
      JSON.stringify({ ...flat, sku: 'A' }),
      '{"title": "broken", }',
      '7',
      JSON.stringify({ ...flat, title: 'B', sku: 'B', price: -1, stock: 1.5 }),
      JSON.stringify({
        ...whole,
        variants: [{ sku: 'X', option_values: [] }, { price: { amount: 1, currency: 'USD' } }],
      }),
      JSON.stringify({ ...flat, title: 5, sku: 'C' }),
      JSON.stringify({ ...flat, title: 'Z', sku: 'Z' }),
    ]
    const items = read('ndjson', lines.join('\n'))
    expect(drafts(items).map(({ slug }) => slug)).toEqual(['lamp', 'z'])
    expect(problems(items).map(({ line, field, code }) => `${line} ${field} ${code}`)).toEqual([
      '2  json_not_valid',
      '3  object_expected',
      '4 price price_not_valid',
      '4 stock number_not_valid',
      '5 variants[0].option_values option_missing',
      '5 variants[0].price price_missing',
      '5 variants[1].option_values option_missing',
      '5 variants[1].price price_not_valid',
      '6 title text_expected',
      '6 title title_missing',
    ])
    const array = `[${lines[0]}, {"title": nonsense}, ${lines[6]}]`
    expect(drafts(read('json', array)).map(({ slug }) => slug)).toEqual(['lamp', 'z'])
  })

  it('[IMP8] gives up an object that is endless, and one that the file does not finish', () => {
    const long = `[{"title": "${'x'.repeat(ITEM_LENGTH_MAX)}"}, ${JSON.stringify(flat)}, {"title": "cut`
    const items = read('json', long, 65_536)
    expect(drafts(items).map(({ slug }) => slug)).toEqual(['lamp'])
    expect(codes(items)).toEqual(['1 object_does_not_end', '1 object_does_not_end'])
  })

  it('[IMP7] tells products of one title apart by their SKU, the same way each time', () => {
    const text = JSON.stringify([flat, { ...flat, sku: 'L-2' }])
    expect(drafts(read('json', text)).map(({ slug }) => slug)).toEqual(['lamp', 'lamp-l-2'])
  })
})

describe('prices', () => {
  it.each([
    ['69.99', 'EUR', 6_999],
    ['0.1', 'EUR', 10],
    ['1,299.00', 'EUR', 129_900],
    ['1.299,00', 'EUR', 129_900],
    ["1'299.50", 'CHF', 129_950],
    ['1,299', 'EUR', 129_900],
    ['12,50', 'EUR', 1_250],
    ['€ 5', 'EUR', 500],
    ['5 EUR', 'EUR', 500],
    ['19.990', 'EUR', 1_999],
    ['1200', 'JPY', 1_200],
    ['12.00', 'JPY', 1_200 / 100],
    ['1.234', 'KWD', 1_234],
    ['1.299', 'EUR', null],
    ['12.005', 'EUR', null],
    ['-5', 'EUR', null],
    ['', 'EUR', null],
    ['1.2.3', 'EUR', null],
    ['free', 'EUR', null],
    ['1e5', 'EUR', null],
    ['99999999999999', 'EUR', null],
  ])('[IMP9] are read as people write them, never through a float: %j in %s is %s', (text, currency, amount) => {
    expect(parsePrice(text, currency)).toBe(amount)
  })
})

describe('safe HTML', () => {
  it.each([
    ['<p>Hi <b>you</b></p>', '<p>Hi <b>you</b></p>'],
    ['<script>alert(1)</script>x<style>p{}</style>', 'x'],
    ['<ScRiPt>alert(1)', ''],
    ['<img src=x onerror=alert(1)>a', 'a'],
    ['<p onclick="alert(1)" style="x">a</p>', '<p>a</p>'],
    ['<a href="javascript:alert(1)">a</a>', '<a>a</a>'],
    ['<a href=" java&#115;cript:alert(1)">a</a>', '<a>a</a>'],
    ['<a href="//evil.example">a</a>', '<a>a</a>'],
    [
      '<a href="https://x.example/?a=1&amp;b=2" target=_blank>a</a>',
      '<a href="https://x.example/?a=1&amp;b=2" rel="nofollow noopener">a</a>',
    ],
    ['<b><i>x</b></i>', '<b><i>x</i></b>'],
    ['</p></div>x', 'x'],
    ['a < b & c > d', 'a &lt; b &amp; c &gt; d'],
    ['&lt;script&gt; &copy; &bogus', '&lt;script&gt; &copy; &amp;bogus'],
    ['<svg><script>x</script></svg><math>y</math>z', 'z'],
    ['<h1>T</h1><div>d</div>', '<h2>T</h2><p>d</p>'],
    ['<p>a<p>b', '<p>a</p><p>b</p>'],
    ['<!-- <b> -->x<!DOCTYPE html><?php y ?>', 'x'],
    ['<<b>script>alert(1)</script>', '&lt;<b>script&gt;alert(1)</b>'],
    ['<a href="https://x.example/" onmouseover="alert(1)', '&lt;a href="https://x.example/" onmouseover="alert(1)'],
  ])('[CAT15] keeps the words and drops what could run: %j', (html, safe) => {
    expect(safeHtml(html)).toBe(safe)
  })

  it('[CAT15] is the same when made safe twice, and lets no tag or attribute through that is not on the list', () => {
    const bit = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '/',
      '=',
      ' ',
      '<p',
      '<a href=',
      'https://x.example',
      '<script',
      '</script>',
      '<b>',
      '</b>',
      '&lt;',
      '&',
      '<!--',
      '-->',
      'javascript:',
      'on',
      'x',
    )
    fc.assert(
      fc.property(fc.array(bit, { maxLength: 14 }), (bits) => {
        const safe = safeHtml(bits.join(''))
        expect(safeHtml(safe)).toBe(safe)
        const tags = safe.match(/<[^>]*>?/g) ?? []
        for (const tag of tags) expect(tag).toMatch(/^<\/?[a-z0-9]+( href="[^"<>]*" rel="nofollow noopener")?>$/)
      }),
      { seed: 3, numRuns: 2_000 },
    )
    expect(plainText('<p>Salt &amp; <b>pepper</b></p><script>x</script>')).toBe('Salt & pepper')
  })
})

describe('slugs and cursors', () => {
  it.each([
    ['Night Runner', 'night-runner'],
    ['  Straße & Öl — “Größe” ', 'strasse-ol-grosse'],
    ["Ana's Café", 'anas-cafe'],
    ['Żółw', 'zolw'],
  ])('[CAT16] a slug is made of any title: %j is %s', (title, slug) => {
    expect(slugFor(title)).toBe(slug)
  })

  it('[CAT16] a slug is made even of a title without a Latin letter, the same each time', () => {
    for (const title of ['日本の靴', '👟', '', '---']) {
      expect(isSlug(slugFor(title)), title).toBe(true)
      expect(slugFor(title)).toBe(slugFor(title))
    }
    expect(slugFor('日本の靴')).not.toBe(slugFor('日本の帽子'))
  })

  it('[CAT11] a cursor gives back the place it was made from, in any script, and nothing else is one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (title) => {
        const value = title.replaceAll('\0', '')
        const place = { sort: 'title', value, id: 'prd_1' }
        expect(parseCursor(cursorOf(place), 'title')).toEqual({ ok: true, value: place })
      }),
      { seed: 5, numRuns: 200 },
    )
    const strange = [
      '',
      'x',
      '====',
      cursorOf({ sort: 'price', value: '1; drop', id: 'a' }),
      'A'.repeat(2_000),
      cursorOf({ sort: 'title', value: 'a\0', id: 'b' }),
    ]
    for (const text of strange)
      expect(parseCursor(text, text.startsWith('WyJ0') ? 'title' : 'price').ok, text).toBe(false)
  })

  it('[CAT8] a search is words of letters and digits, whatever else was typed', () => {
    expect(wordsQuery("night' & !runner:* | (42)")).toBe('night:* & runner:* & 42:*')
    expect(wordsQuery('?! ')).toBeNull()
    expect(wordsQuery(Array.from({ length: 50 }, () => 'a').join(' '))?.split(' & ')).toHaveLength(8)
  })
})
