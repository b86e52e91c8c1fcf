/**
 * The demo shop: two hundred products on eight shelves, and one drop. Ours, made up, and the same on every machine, so
 * that a screenshot in the docs is what a newcomer sees. Pictures are drawn from the slugs (workers/pages/artwork.ts).
 */
import { seededRandom, type Random } from '../domain/basics/random.ts'
import type { ProductDraft, VariantDraft } from '../domain/catalog/product.ts'
import { safeHtml } from '../domain/catalog/safe-html.ts'
import { slugFor } from '../domain/catalog/slug.ts'

export interface DemoShelf {
  slug: string
  title: string
  description: string
  /** What a product is called at the end, and so what its picture shows. */
  kinds: readonly DemoKind[]
  /** What it is called at the beginning; five each, so that a shelf holds twenty-five. */
  names: readonly string[]
  makers: readonly string[]
  about: readonly string[]
  care: string
}

interface DemoKind {
  noun: string
  /** Cents. */
  from: number
  to: number
  option: string
  values: readonly string[]
}

const SIZES = ['EU 38', 'EU 39', 'EU 40', 'EU 41', 'EU 42', 'EU 43', 'EU 44', 'EU 45'] as const
const COLOURS = ['Chalk', 'Moss', 'Ink'] as const

export const SHELVES: readonly DemoShelf[] = [
  {
    slug: 'sneakers',
    title: 'Sneakers',
    description: '<p>Light on the foot and made to be resoled. Every pair is stitched, not glued.</p>',
    kinds: [
      { noun: 'Runner', from: 11_900, to: 16_900, option: 'Size', values: SIZES.slice(2, 6) },
      { noun: 'Court Sneaker', from: 9_900, to: 13_900, option: 'Size', values: SIZES.slice(1, 5) },
      { noun: 'Trail Shoe', from: 13_900, to: 18_900, option: 'Size', values: SIZES.slice(3, 7) },
      { noun: 'Canvas Trainer', from: 6_900, to: 8_900, option: 'Size', values: SIZES.slice(0, 4) },
      { noun: 'High Top Sneaker', from: 11_900, to: 14_900, option: 'Size', values: SIZES.slice(2, 6) },
    ],
    names: ['Harbour', 'Fell', 'Tarmac', 'Early Tram', 'Saltmarsh'],
    makers: ['Onda', 'Kestrel & Sons'],
    about: [
      'A knitted upper that gives where the foot bends',
      'A sole of natural rubber with an honest grip',
      'Laces of recycled cord, with a spare pair in the box',
    ],
    care: 'Brush off mud when dry; wash by hand, cold.',
  },
  {
    slug: 'records',
    title: 'Records',
    description: '<p>Small pressings from small labels, each in a sleeve worth framing.</p>',
    kinds: [
      { noun: 'LP', from: 2_400, to: 3_200, option: 'Edition', values: ['Black vinyl', 'Clear vinyl'] },
      { noun: 'Double Album', from: 3_200, to: 4_200, option: 'Edition', values: ['Black vinyl', 'Coloured vinyl'] },
      { noun: 'Live Session Record', from: 2_200, to: 2_900, option: '', values: [] },
      { noun: 'Single', from: 1_100, to: 1_500, option: '', values: [] },
      { noun: 'Test Pressing Record', from: 5_500, to: 8_500, option: '', values: [] },
    ],
    names: ['Low Water', 'The Night Ferry', 'Paper Lanterns', 'Seven Rooms', 'Kites Over Zagreb'],
    makers: ['Halftone', 'Second Floor Records', 'Lichen'],
    about: [
      'Cut at half speed from the original tapes',
      'Liner notes by the people who were in the room',
      'Pressed on 180 grams, and it lies flat',
    ],
    care: 'Keep it upright and out of the sun.',
  },
  {
    slug: 'books-and-paper',
    title: 'Books & paper',
    description: '<p>Things to read and things to write in, bound so that they stay open on the table.</p>',
    kinds: [
      { noun: 'Notebook', from: 1_400, to: 2_200, option: 'Ruling', values: ['Plain', 'Dotted', 'Lined'] },
      { noun: 'Pocket Journal', from: 900, to: 1_300, option: 'Ruling', values: ['Plain', 'Lined'] },
      { noun: 'Field Atlas', from: 3_400, to: 4_800, option: '', values: [] },
      { noun: 'Reader', from: 1_800, to: 2_600, option: '', values: [] },
      { noun: 'Magazine', from: 1_200, to: 1_600, option: '', values: [] },
    ],
    names: ['Slow Rivers', 'Rooftops', 'Winter Kitchen', 'Border Towns', 'Tide Tables'],
    makers: ['Marginal Press', 'Leaf & Signature'],
    about: [
      'Thread-sewn, with an open spine',
      'Paper that takes ink without showing it behind',
      'Printed in two colours, one of them unexpected',
    ],
    care: 'Ages well. Lend it with caution.',
  },
  {
    slug: 'prints',
    title: 'Prints & posters',
    description: '<p>Signed editions and open ones, printed on cotton paper with inks that outlive us.</p>',
    kinds: [
      { noun: 'Linocut Print', from: 6_500, to: 9_500, option: 'Size', values: ['A4', 'A3'] },
      { noun: 'Risograph Poster', from: 2_800, to: 3_800, option: 'Size', values: ['A3', 'A2'] },
      { noun: 'City Map Poster', from: 3_200, to: 4_200, option: 'Size', values: ['A3', 'A2', 'A1'] },
      { noun: 'Photo Print', from: 4_800, to: 7_800, option: 'Size', values: ['24 × 30', '30 × 40'] },
      { noun: 'Etching', from: 12_000, to: 18_000, option: '', values: [] },
    ],
    names: ['Lighthouse', 'Old Market', 'Two Herons', 'Cable Car', 'November'],
    makers: ['Studio Arrow', 'Wren Editions'],
    about: [
      'Numbered and signed in pencil',
      'Printed by hand, so no two are quite the same',
      'Comes flat, between two boards',
    ],
    care: 'Frame it behind glass, away from direct sun.',
  },
  {
    slug: 'lamps',
    title: 'Lamps',
    description: '<p>Warm light, plain shapes, and every part can be replaced.</p>',
    kinds: [
      { noun: 'Table Lamp', from: 8_900, to: 14_900, option: 'Colour', values: COLOURS },
      { noun: 'Floor Lamp', from: 18_900, to: 27_900, option: 'Colour', values: COLOURS.slice(0, 2) },
      { noun: 'Pendant Light', from: 11_900, to: 18_900, option: 'Colour', values: COLOURS },
      { noun: 'Reading Lamp', from: 7_900, to: 10_900, option: 'Colour', values: COLOURS },
      { noun: 'Lantern', from: 4_900, to: 7_900, option: '', values: [] },
    ],
    names: ['Drift', 'Acorn', 'Half Moon', 'Signal', 'Juniper'],
    makers: ['Lumen Works', 'North Window'],
    about: [
      'A shade of folded linen over a steel frame',
      'Dims from the cord, with a switch that clicks',
      'The bulb is in the box and lasts fifteen years',
    ],
    care: 'Dust with a dry cloth. 220–240 V, E27.',
  },
  {
    slug: 'chairs',
    title: 'Chairs & tables',
    description:
      '<p>Made from ash and oak by three people in one workshop. Orders leave in the week they are made.</p>',
    kinds: [
      { noun: 'Dining Chair', from: 24_900, to: 34_900, option: 'Wood', values: ['Ash', 'Oak'] },
      { noun: 'Stool', from: 11_900, to: 15_900, option: 'Wood', values: ['Ash', 'Oak', 'Walnut'] },
      { noun: 'Bench', from: 32_900, to: 44_900, option: 'Wood', values: ['Ash', 'Oak'] },
      { noun: 'Side Table', from: 18_900, to: 25_900, option: 'Wood', values: ['Ash', 'Oak'] },
      { noun: 'Folding Chair', from: 14_900, to: 18_900, option: '', values: [] },
    ],
    names: ['Alder', 'Kitchen', 'Longhouse', 'Perch', 'Sunday'],
    makers: ['Bow & Tenon'],
    about: [
      'Wedged joints, no screws',
      'Finished with soap, as in old farmhouses',
      'Seats woven from paper cord in a day and a half',
    ],
    care: 'Wipe with a damp cloth; soap the wood once a year.',
  },
  {
    slug: 'bags',
    title: 'Bags',
    description: '<p>Waxed canvas and thick zips. Mended for free, for as long as we are here.</p>',
    kinds: [
      { noun: 'Tote Bag', from: 3_900, to: 5_900, option: 'Colour', values: COLOURS },
      { noun: 'Backpack', from: 11_900, to: 15_900, option: 'Colour', values: COLOURS },
      { noun: 'Weekend Bag', from: 16_900, to: 22_900, option: 'Colour', values: COLOURS.slice(0, 2) },
      { noun: 'Cycling Pack', from: 8_900, to: 11_900, option: 'Colour', values: COLOURS.slice(1) },
      { noun: 'Pouch', from: 2_400, to: 3_400, option: 'Colour', values: COLOURS },
    ],
    names: ['Ferry', 'Errand', 'Ridge', 'Platform Nine', 'Orchard'],
    makers: ['Halyard', 'Kestrel & Sons'],
    about: [
      'Canvas waxed twice, so rain stays outside',
      'Straps that do not slip from a shoulder',
      'One pocket more than you think, where you look first',
    ],
    care: 'Sponge only. Re-wax when water stops running off.',
  },
  {
    slug: 'ceramics',
    title: 'Ceramics',
    description: '<p>Thrown by hand, glazed in four colours and fired in a kiln that runs on the roof’s own sun.</p>',
    kinds: [
      { noun: 'Mug', from: 2_200, to: 3_000, option: 'Glaze', values: ['Oat', 'Slate', 'Celadon'] },
      { noun: 'Bowl', from: 2_600, to: 3_800, option: 'Glaze', values: ['Oat', 'Slate', 'Celadon'] },
      { noun: 'Vase', from: 5_400, to: 8_900, option: 'Glaze', values: ['Oat', 'Celadon'] },
      { noun: 'Carafe', from: 4_800, to: 6_400, option: 'Glaze', values: ['Oat', 'Slate'] },
      { noun: 'Serving Plate', from: 3_900, to: 5_600, option: 'Glaze', values: ['Oat', 'Slate'] },
    ],
    names: ['Pebble', 'Morning', 'Estuary', 'Field', 'Quarry'],
    makers: ['Loam', 'Tin Roof Pottery'],
    about: [
      'Stoneware, so it may go into the dishwasher and does not mind',
      'A foot left bare, to feel the clay',
      'Each a little different, none a second',
    ],
    care: 'Dishwasher and oven safe to 180 °C.',
  },
]

/** What the drop offers: one shoe, few pairs. */
export const DROP = {
  slug: 'midnight-edition',
  title: 'Night Runner, midnight edition',
  description:
    '<p>One hundred and twenty pairs, dyed once and never again. It opens a minute after the shop does, through a small waiting room; two pairs each.</p>',
  product: 'night-runner-midnight-edition',
  unitsPerVisitorMax: 2,
  opensAfterMs: 60_000,
  // So small that two browsers and a friend see it work.
  room: {
    ...{ insideMax: 6, admissionsPerMinute: 30, passDurationMs: 5 * 60_000 },
    ...{ challenge: false, oneLotPerEmail: false },
  },
} as const

/** All products of the demo shop, in the shop's order; the drop's comes first. */
export function demoProducts(): ProductDraft[] {
  const dice = seededRandom(20_261_121)
  const shelves = SHELVES.map((shelf) =>
    shelf.names.flatMap((name, n) => shelf.kinds.map((kind, k) => product(shelf, name, kind, n + k, dice))),
  )
  // One of each shelf in turn: whoever looks at the newest sees the whole shop.
  const inTurn = shelves[0]!.flatMap((_, nth) => shelves.map((shelf) => shelf[nth]!))
  return [midnightEdition(), ...inTurn.slice(1)]
}

function product(shelf: DemoShelf, name: string, kind: DemoKind, nth: number, dice: Random): ProductDraft {
  const title = `${name} ${kind.noun}`
  const slug = slugFor(title)
  const price = ending(kind.from + Math.floor(dice.fraction() * (kind.to - kind.from)))
  const wasDearer = dice.fraction() < 0.15
  const vendor = shelf.makers[nth % shelf.makers.length]!
  const [first, second] = [shelf.about[nth % shelf.about.length]!, shelf.about[(nth + 1) % shelf.about.length]!]
  return {
    ...{ slug, title, vendor, productType: kind.noun, status: 'active', options: kind.option ? [kind.option] : [] },
    description: safeHtml(`<p>${first}. ${second}.</p><p>From ${vendor}. ${shelf.care}</p>`),
    tags: [shelf.title, kind.noun, ...(wasDearer ? ['Reduced'] : [])],
    variants: variantsOf(slug, kind, price, wasDearer ? ending(Math.round(price * 1.3)) : null, dice),
    images: picturesOf(slug, title),
    collections: [{ slug: shelf.slug, title: shelf.title }],
  }
}

/** Prices end as prices do: on 90 or 00. */
const ending = (cents: number): number => Math.max(100, Math.round(cents / 100) * 100) - (cents % 3 === 0 ? 10 : 0)

function variantsOf(
  slug: string,
  kind: DemoKind,
  price: number,
  compareAt: number | null,
  dice: Random,
): VariantDraft[] {
  const values = kind.values.length > 0 ? kind.values : ['']
  return values.map((value, i) => ({
    sku: value ? `${slug}-${slugFor(value)}` : slug,
    title: value,
    optionValues: value ? [value] : [],
    // Larger prints cost more; shoes do not.
    priceAmount: kind.option === 'Size' && kind.noun.match(/Print|Poster/) ? price + i * 1_200 : price,
    compareAtAmount: compareAt,
    ...{ barcode: '', weightGrams: 200 + i * 50, unitsPerVisitorMax: null },
    // One in fourteen is sold out, so that the shop shows how that looks.
    initialUnits: dice.fraction() < 0.07 ? 0 : 4 + Math.floor(dice.fraction() * 60),
  }))
}

const picturesOf = (slug: string, title: string) => [
  { url: `/art/${slug}.svg`, alt: title },
  { url: `/art/${slug}.svg?view=2`, alt: `${title}, seen near` },
]

function midnightEdition(): ProductDraft {
  const slug = DROP.product
  return {
    ...{ slug, title: 'Night Runner Midnight Edition', vendor: 'Onda', productType: 'Runner', status: 'active' },
    description:
      '<p>The Night Runner in a blue that is nearly black, with a sole that glows for an hour after dark.</p>' +
      '<p>One hundred and twenty pairs, numbered inside the tongue. There will be no more.</p>',
    tags: ['Sneakers', 'Runner', 'Limited'],
    options: ['Size'],
    variants: SIZES.map((size, i) => ({
      ...{
        sku: `${slug}-${slugFor(size)}`,
        title: size,
        optionValues: [size],
        priceAmount: 18_900,
        compareAtAmount: null,
      },
      ...{ barcode: '', weightGrams: 540, unitsPerVisitorMax: null },
      initialUnits: [6, 10, 16, 20, 24, 20, 14, 10][i]!,
    })),
    images: picturesOf(slug, 'Night Runner Midnight Edition'),
    collections: [{ slug: 'sneakers', title: 'Sneakers' }],
  }
}
