/** Things to drink and to eat from: mugs, bowls, plates. */
import { groundFor } from './grounds.ts'
import { circle, ellipse, group, path, rect, shadow, stroke, within } from './pen.ts'
import type { Pen } from './pen.ts'

function mug(pen: Pen, x: number, foot: number, id: string): string {
  const { main, second, accent, light, deep } = pen.colours
  const width = pen.between(230, 270)
  const height = pen.between(230, 300)
  const top = foot - height
  const left = x - width / 2
  const glaze = pen.pick([main, accent, light, second])
  const slip = glaze === light ? main : light
  const body = `M${left} ${top}H${left + width}V${foot - 46}Q${left + width} ${foot} ${left + width - 46} ${foot}H${left + 46}Q${left} ${foot} ${left} ${foot - 46}Z`
  const line = top + pen.between(90, 170)
  const decor = pen.pick([
    () => rect(left, line, width, foot - line, slip, { opacity: 0.9 }),
    () => [0, 1, 2].map((i) => rect(left, top + 70 + i * 58, width, 16, slip)).join(''),
    () => circle(x, top + height / 2, 62, slip),
    () => path(`M${left} ${line}q${width / 4} 60 ${width / 2} 0t${width / 2} 0V${foot}H${left}Z`, slip),
  ])()
  return (
    shadow(x + 20, foot, 170, pen.colours) +
    stroke(`M${left + width - 10} ${top + 54}c120-14 120 150 0 136`, glaze === light ? second : glaze, 34) +
    path(body, glaze) +
    within(id, body, decor + rect(left + 26, top, 26, height, '#fff', { opacity: 0.16 })) +
    ellipse(x, top, width / 2, 16, deep, { opacity: 0.8 })
  )
}

/** A mug, or two of them. */
export function mugs(pen: Pen): string {
  const ground = groundFor(pen)
  if (pen.chance(0.5)) return ground + group('translate(-92 -168) scale(1.24)', mug(pen, 385, 800, 'a'))
  return ground + mug(pen, 280, 760, 'a') + mug(pen, 500, 850, 'b')
}

/** A pile of bowls, or one plate seen from above. */
export function bowls(pen: Pen): string {
  const { main, second, accent, light, deep } = pen.colours
  const ground = groundFor(pen)
  if (pen.chance(0.4)) {
    const rim = pen.pick([light, main, accent])
    let rings = circle(412, 520, 300, deep, { opacity: 0.18 }) + circle(400, 500, 300, rim)
    for (const [i, colour] of [pen.pick([second, main]), rim, pen.pick([accent, second])].entries()) {
      rings += circle(400, 500, 250 - i * (26 + i * 30), colour, { opacity: i === 2 ? 0.9 : 1 })
    }
    return ground + rings + circle(400, 500, 150, rim) + path('M250 500a150 150 0 0 1 300 0Z', deep, { opacity: 0.05 })
  }
  const count = pen.between(2, 4)
  let pile = shadow(400, 842, 180, pen.colours)
  for (let i = 0; i < count; i++) {
    const y = 700 - i * 96
    const half = 210 + i * 14
    const glaze = [main, light, accent, second][i] ?? main
    pile +=
      path(
        `M${400 - half} ${y}H${400 + half}C${400 + half - 10} ${y + 100} 500 ${y + 136} 470 ${y + 140}H330C300 ${y + 136} ${400 - half + 10} ${y + 100} ${400 - half} ${y}Z`,
        glaze,
      ) + rect(400 - half, y, half * 2, 16, i % 2 === 0 ? light : deep, { opacity: 0.7 })
  }
  return ground + pile + ellipse(400, 700 - (count - 1) * 96, 210 + (count - 1) * 14, 14, deep, { opacity: 0.75 })
}
