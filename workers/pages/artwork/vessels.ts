/** Things that stand in a room: ceramics, lamps, chairs, plants. */
import { groundFor } from './grounds.ts'
import { circle, ellipse, group, path, rect, shadow, stroke, tag, within } from './pen.ts'
import type { Pen } from './pen.ts'

/** A turned shape: half widths from the rim down, mirrored about `x`, with soft curves between them. */
function turned(x: number, top: number, height: number, halves: readonly number[]): string {
  const step = height / (halves.length - 1)
  const side = (sign: number, order: readonly number[], from: number, down: number): string =>
    order
      .slice(1)
      .map((half, i) => {
        const y0 = from + i * step * down
        const y1 = y0 + step * down
        const before = order[i] ?? half
        return `C${x + sign * before} ${Math.round(y0 + (step / 2) * down)} ${x + sign * half} ${Math.round(y1 - (step / 2) * down)} ${x + sign * half} ${Math.round(y1)}`
      })
      .join('')
  const rim = halves[0] ?? 0
  return `M${x + rim} ${top}${side(1, halves, top, 1)}H${x - (halves.at(-1) ?? 0)}${side(-1, halves.toReversed(), top + height, -1)}Z`
}

function vessel(pen: Pen, x: number, foot: number, height: number, id: string): string {
  const { main, second, accent, light, deep } = pen.colours
  const belly = pen.between(90, 150)
  const halves = pen.pick([
    [46, 40, belly, belly - 20, 62],
    [belly - 30, belly, belly - 40, 70],
    [34, 30, 44, belly, belly - 6, 74],
    [belly, belly - 12, 80, 60],
    [70, 42, belly - 10, 54],
  ])
  const top = foot - height
  const outline = turned(x, top, height, halves)
  const glaze = pen.pick([main, accent, light, second])
  const slip = pen.pick(glaze === light ? [main, deep] : [light, deep])
  const line = top + pen.between(25, 60) * (height / 100)
  const dip = `M${x - 200} ${line}q50 ${pen.between(-40, 40)} 100 0t100 0 100 0 100 0V${foot + 10}H${x - 200}Z`
  const bands = [0, 1, 2].map((i) => rect(x - 200, line + i * 46, 400, 14, slip)).join('')
  const decor = pen.chance(0.55) ? path(dip, slip, { opacity: 0.85 }) : bands
  const shine = rect(x - belly * 0.62, top, belly * 0.22, height, '#fff', { opacity: 0.13 })
  return (
    shadow(x, foot, 140, pen.colours) +
    path(outline, glaze) +
    within(id, outline, decor + shine) +
    ellipse(x, top, halves[0] ?? 40, 9, deep, { opacity: 0.75 })
  )
}

/** One, two or three pots; sometimes a twig in one of them. */
export function ceramics(pen: Pen): string {
  const ground = groundFor(pen)
  const twig = pen.chance(0.5) ? sprig(pen, 400, 480) : ''
  const count = pen.between(1, 3)
  if (count === 1) return ground + twig + vessel(pen, 400, 830, pen.between(380, 470), 'a')
  const left = vessel(pen, 275, 800, pen.between(360, 500), 'a')
  const right = vessel(pen, 535, 850, pen.between(220, 330), 'b')
  if (count === 2) return ground + left + right
  return (
    ground +
    vessel(pen, 440, 760, pen.between(420, 540), 'c') +
    group('translate(-60 30)', left) +
    group('translate(60 10)', right)
  )
}

function sprig(pen: Pen, x: number, foot: number): string {
  const colour = pen.colours.deep
  let leaves = stroke(
    `M${x} ${foot}C${x - 10} ${foot - 120} ${x + 30} ${foot - 200} ${x + 10} ${foot - 320}`,
    colour,
    6,
  )
  for (let i = 0; i < 7; i++) {
    const y = foot - 90 - i * 34
    leaves += group(
      `rotate(${i % 2 === 0 ? -38 : 38} ${x + 8} ${y})`,
      ellipse(x + 8, y - 34, 13, 36, i % 3 === 0 ? pen.colours.accent : colour),
    )
  }
  return leaves
}

/** A lamp that is on. */
export function lamps(pen: Pen): string {
  const { deep, main, second, accent, light } = pen.colours
  const x = pen.between(370, 430)
  const shade = pen.pick([main, accent, light])
  const glow =
    tag(
      'radialGradient',
      { id: 'g' },
      tag('stop', { offset: 0, 'stop-color': '#fff2c4', 'stop-opacity': 0.95 }) +
        tag('stop', { offset: 1, 'stop-color': '#fff2c4', 'stop-opacity': 0 }),
    ) + circle(x, 480, 420, 'url(#g)')
  const shades = [
    `M${x - 200} 470a200 200 0 0 1 400 0Z`,
    `M${x - 90} 250H${x + 90}L${x + 210} 470H${x - 210}Z`,
    `M${x - 170} 300Q${x} 190 ${x + 170} 300L${x + 170} 470H${x - 170}Z`,
  ] as const
  const stems = [
    rect(x - 9, 460, 18, 370, deep),
    [0, 1, 2, 3].map((i) => circle(x, 530 + i * 84, 44, i % 2 === 0 ? second : main)).join(''),
    path(`M${x - 34} 470H${x + 34}L${x + 96} 830H${x - 96}Z`, second),
  ] as const
  return (
    groundFor(pen) +
    glow +
    shadow(x, 846, 190, pen.colours) +
    pen.pick(stems) +
    rect(x - 130, 822, 260, 24, deep, { rx: 12 }) +
    ellipse(x, 470, 150, 16, '#fff6d8') +
    path(pen.pick(shades), shade) +
    stroke(`M${x + 90} 470v${pen.between(80, 140)}`, deep, 4) +
    circle(x + 90, 470 + 130, 9, accent === shade ? main : accent)
  )
}

/** A chair from the side, all bent tube and cushions. */
export function chairs(pen: Pen): string {
  const { deep, main, second, accent, light } = pen.colours
  const seat = pen.pick([main, accent, light])
  const frame = pen.pick([deep, deep, second])
  const base = pen.chance(0.5)
    ? stroke('M236 848H560C604 848 604 600 560 600H250', frame, 24)
    : stroke('M270 600L226 848M540 600L590 848M250 736H568', frame, 22)
  return (
    groundFor(pen) +
    shadow(400, 856, 270, pen.colours) +
    stroke('M250 606C236 470 226 380 204 250', frame, 24) +
    base +
    rect(226, 560, 372, 76, seat, { rx: 38 }) +
    group('rotate(-7 220 400)', rect(190, 224, 78, 320, seat, { rx: 39 })) +
    rect(246, 572, 330, 20, '#fff', { rx: 10, opacity: 0.18 }) +
    (pen.chance(0.5) ? circle(470, 500, 62, accent === seat ? second : accent) : '')
  )
}

/** A stool, a bench or a small table: a top on legs, and something on it. */
export function stools(pen: Pen): string {
  const { deep, main, second, accent, light } = pen.colours
  const half = pen.between(170, 290)
  const top = half > 240 ? 600 : 500
  const seat = pen.pick([main, accent, light, second])
  const legs = pen.pick([deep, deep, main === seat ? deep : main])
  const splay = pen.between(10, 60)
  const leg = (sign: number, inset: number, foot: number): string =>
    stroke(`M${400 + sign * (half - inset)} ${top + 30}L${400 + sign * (half - inset + splay)} ${foot}`, legs, 24)
  const above = pen.pick([
    (): string => circle(400 + pen.between(-60, 60), top - 62, 62, accent === seat ? main : accent),
    (): string => rect(340, top - 34, 150, 34, second) + rect(356, top - 64, 120, 30, seat === accent ? main : accent),
    (): string => '',
  ])()
  return (
    groundFor(pen) +
    shadow(400, 852, half + 40, pen.colours) +
    leg(-1, 90, 812) +
    leg(1, 90, 812) +
    leg(-1, 34, 846) +
    leg(1, 34, 846) +
    stroke(`M${400 - half + 10} ${top + 170}H${400 + half - 10}`, legs, 16) +
    above +
    rect(400 - half, top, half * 2, 54, seat, { rx: pen.pick([6, 27]) }) +
    rect(400 - half + 20, top + 8, half * 2 - 40, 12, '#fff', { rx: 6, opacity: 0.2 })
  )
}

/** A lamp that hangs, and is on. */
export function pendants(pen: Pen): string {
  const { deep, main, second, accent, light } = pen.colours
  const shade = pen.pick([main, accent, light, second])
  const drop = pen.between(330, 430)
  const glow =
    tag(
      'radialGradient',
      { id: 'g' },
      tag('stop', { offset: 0, 'stop-color': '#fff2c4', 'stop-opacity': 0.95 }) +
        tag('stop', { offset: 1, 'stop-color': '#fff2c4', 'stop-opacity': 0 }),
    ) + circle(400, drop + 210, 430, 'url(#g)')
  const shapes = [
    path(`M190 ${drop + 200}a210 210 0 0 1 420 0Z`, shade) + ellipse(400, drop + 200, 160, 18, '#fff6d8'),
    path(`M340 ${drop}H460L600 ${drop + 240}H200Z`, shade) + ellipse(400, drop + 240, 150, 16, '#fff6d8'),
    circle(400, drop + 190, 190, '#fff6d8') +
      [0, 1, 2, 3, 4]
        .map((i) =>
          stroke(
            `M${400 - [96, 156, 186, 172, 120][i]!} ${drop + 60 + i * 66}H${400 + [96, 156, 186, 172, 120][i]!}`,
            shade,
            26,
          ),
        )
        .join(''),
  ] as const
  return (
    groundFor(pen) +
    glow +
    rect(394, -10, 12, drop + 20, deep) +
    rect(370, drop - 30, 60, 50, deep, { rx: 8 }) +
    pen.pick(shapes)
  )
}
