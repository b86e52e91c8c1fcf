/** Things to wear and to carry: sneakers, totes, watches. */
import { groundFor } from './grounds.ts'
import { circle, group, path, rect, shadow, stroke, tag, within } from './pen.ts'
import type { Pen } from './pen.ts'

const UPPER =
  'M40 214C34 150 58 84 84 40 94 24 118 18 134 32 160 72 200 82 236 58L264 24C272 14 288 16 294 28 330 92 402 128 482 148 566 168 616 184 618 244H40Z'
const SOLE = 'M26 232H624C640 232 644 250 640 268 634 296 612 306 580 306H72C38 306 20 292 20 264 20 246 18 232 26 232Z'

/** One shoe from the side, in a box 660 wide and 310 high. */
function shoe(pen: Pen, id: string): string {
  const { deep, main, second, accent, light } = pen.colours
  const upper = pen.pick([main, light, second, deep])
  const mark = pen.pick(upper === main ? [light, accent, deep] : [main, accent])
  const stripes = pen.between(1, 3)
  let trim = path('M470 120C540 160 640 160 660 260H430C420 200 440 160 470 120Z', pen.pick([second, light, mark]))
  trim += path('M20 260V120C70 130 110 170 116 260Z', mark)
  if (pen.chance(0.5)) {
    for (let i = 0; i < stripes; i++) {
      trim += stroke(`M${238 + i * 46} 250L${296 + i * 46} 96`, mark, 20, { 'stroke-linecap': 'butt' })
    }
  } else {
    trim += path('M150 216C230 226 330 196 420 128 350 224 260 262 170 254Z', mark)
  }
  const laces = [0, 1, 2, 3]
    .map((i) => stroke(`M${286 + i * 34} ${70 + i * 19}l-34 20`, upper === light ? deep : light, 9))
    .join('')
  return (
    path(UPPER, upper) +
    within(id, UPPER, trim) +
    laces +
    stroke('M92 60C120 96 190 116 250 74', deep, 10, { opacity: 0.35 }) +
    path(SOLE, upper === light ? second : light) +
    rect(24, 282, 612, 20, pen.pick([accent, deep]), { rx: 10 }) +
    stroke('M40 252H610', deep, 4, { opacity: 0.25 })
  )
}

/** A sneaker, or a pair of which one has tipped over. */
export function sneakers(pen: Pen): string {
  const ground = groundFor(pen)
  if (pen.chance(0.45)) {
    const first = shoe(pen, 'a')
    return (
      ground +
      group('translate(130 250) rotate(-22 330 155) scale(.86)', first) +
      shadow(410, 812, 300, pen.colours) +
      group('translate(90 520) scale(.96)', shoe(pen, 'b'))
    )
  }
  return (
    ground +
    shadow(400, 722, 340, pen.colours) +
    group(`translate(52 366) rotate(${pen.between(-12, 0)} 330 300) scale(1.06)`, shoe(pen, 'a'))
  )
}

/** A tote with a pattern and two handles. */
export function totes(pen: Pen): string {
  const { deep, main, accent, light, second } = pen.colours
  const body = 'M190 420H610L646 850Q648 874 622 874H178Q152 874 154 850Z'
  const cloth = pen.pick([main, light, accent])
  const print = cloth === light ? main : light
  let pattern = ''
  const kind = pen.between(0, 2)
  if (kind === 0) for (let y = 470; y < 880; y += 84) pattern += rect(140, y, 520, 40, print)
  if (kind === 1)
    pattern += circle(400, 650, 150, print) + path('M250 650a150 150 0 0 0 300 0Z', cloth === accent ? deep : accent)
  if (kind === 2)
    for (let i = 0; i < 16; i++)
      pattern += circle(200 + (i % 4) * 134, 490 + Math.floor(i / 4) * 110, 30, i % 3 === 0 ? second : print)
  return (
    groundFor(pen) +
    shadow(400, 876, 290, pen.colours) +
    stroke('M290 430C290 160 510 160 510 430', deep, 26, { opacity: 0.8 }) +
    path(body, cloth) +
    within('t', body, pattern) +
    stroke('M262 470C256 130 544 130 538 470', cloth === light ? main : deep, 28)
  )
}

/** A watch seen from the front, on its strap. */
export function watches(pen: Pen): string {
  const { deep, main, accent, light, second } = pen.colours
  const strap = pen.pick([main, deep, second])
  const face = pen.pick([light, deep, accent])
  const ink = face === deep ? light : deep
  const hour = pen.between(0, 11) * 30
  const hand = (angle: number, reach: number, width: number, colour: string): string =>
    group(`rotate(${angle} 400 500)`, stroke(`M400 500V${500 - reach}`, colour, width))
  let marks = ''
  for (let i = 0; i < 12; i++)
    marks += group(`rotate(${i * 30} 400 500)`, rect(396, 338, 8, i % 3 === 0 ? 36 : 18, ink))
  return (
    groundFor(pen) +
    path('M300 -10H500L520 330H280Z', strap) +
    path('M280 670H520L500 1010H300Z', strap) +
    tag('g', { opacity: 0.25 }, rect(392, 0, 16, 330, light) + rect(392, 670, 16, 330, light)) +
    rect(610, 476, 34, 48, second, { rx: 10 }) +
    circle(400, 500, 222, deep) +
    circle(400, 500, 204, second) +
    circle(400, 500, 186, face) +
    marks +
    hand(hour, 92, 16, ink) +
    hand(hour * 12 + pen.between(1, 11) * 30, 136, 10, ink) +
    hand(pen.between(0, 359), 150, 4, accent === face ? main : accent) +
    circle(400, 500, 14, ink)
  )
}

/** A backpack: a rounded body, a lid, a pocket, two straps. */
export function packs(pen: Pen): string {
  const { deep, main, accent, light, second } = pen.colours
  const cloth = pen.pick([main, accent, deep, second])
  const lid = pen.pick(cloth === deep ? [accent, main] : [deep, light])
  const pocket = pen.pick([light, second, cloth === main ? accent : main])
  const body = 'M210 420Q210 250 400 250T590 420V800Q590 860 530 860H270Q210 860 210 800Z'
  const lidEnd = pen.between(430, 520)
  return (
    groundFor(pen) +
    shadow(400, 862, 250, pen.colours) +
    stroke('M214 430C150 500 150 700 214 800M586 430C650 500 650 700 586 800', deep, 30, { opacity: 0.85 }) +
    stroke('M340 262C340 170 460 170 460 262', deep, 24) +
    path(body, cloth) +
    within('p', body, rect(200, 240, 400, lidEnd - 240, lid) + rect(200, lidEnd, 400, 12, deep, { opacity: 0.25 })) +
    rect(270, 590, 260, 200, pocket, { rx: 24 }) +
    rect(270, 640, 260, 10, deep, { opacity: 0.35 }) +
    rect(382, lidEnd - 40, 36, 110, pen.pick([accent, light]), { rx: 8 }) +
    circle(400, lidEnd + 40, 9, deep)
  )
}
