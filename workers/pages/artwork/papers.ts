/** Things made of paper and of grooves: posters, prints, books, records, tickets. */
import { groundFor, plainGround } from './grounds.ts'
import { circle, ellipse, group, path, rect, shadow, stroke, tag, within } from './pen.ts'
import type { Pen } from './pen.ts'

/** One cell of a pattern: a quarter circle, a dot, a half, a leaf. */
function cell(pen: Pen, x: number, y: number, size: number): string {
  const { main, second, accent, light, deep } = pen.colours
  const back = pen.pick([light, second, main, deep, light])
  const front = pen.pick(back === main ? [light, accent] : back === deep ? [accent, second] : [main, deep, accent])
  const shapes = [
    path(`M${x} ${y}h${size}a${size} ${size} 0 0 1-${size} ${size}Z`, front),
    path(`M${x + size} ${y + size}h-${size}a${size} ${size} 0 0 1 ${size}-${size}Z`, front),
    circle(x + size / 2, y + size / 2, size * 0.34, front),
    path(`M${x} ${y + size / 2}a${size / 2} ${size / 2} 0 0 1 ${size} 0Z`, front),
    path(`M${x} ${y}a${size} ${size} 0 0 1 ${size} ${size}a${size} ${size} 0 0 1-${size}-${size}Z`, front),
    rect(x, y + size * 0.25, size, size * 0.5, front),
  ] as const
  return rect(x, y, size, size, back) + pen.pick(shapes)
}

function quilt(pen: Pen, x: number, y: number, columns: number, rows: number, size: number): string {
  let cells = ''
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) cells += cell(pen, x + column * size, y + row * size, size)
  return cells
}

function landscape(pen: Pen, x: number, y: number, width: number, height: number): string {
  const { main, second, accent, light, deep } = pen.colours
  let hills =
    rect(x, y, width, height, pen.pick([light, second])) +
    circle(x + (width * pen.between(25, 75)) / 100, y + height * 0.34, width * 0.17, accent)
  for (const [i, colour] of [second, main, deep].entries()) {
    const base = y + height * (0.48 + i * 0.17)
    const swing = pen.between(40, 110)
    hills += path(
      `M${x} ${base}C${x + width * 0.3} ${base - swing} ${x + width * 0.5} ${base + swing} ${x + width} ${base - swing / 2}V${y + height}H${x}Z`,
      colour,
    )
  }
  return within('l', `M${x} ${y}h${width}v${height}h-${width}Z`, hills)
}

const arcs = (pen: Pen, x: number, y: number, width: number, height: number): string => {
  const { main, second, accent, light, deep } = pen.colours
  const colours = [deep, main, accent, second, light] as const
  let rainbow = rect(x, y, width, height, light)
  const cx = x + width * (pen.chance(0.5) ? 0.5 : 0)
  for (let i = 0; i < 6; i++)
    rainbow += circle(cx, y + height, width * (1.06 - i * 0.17), colours[i % colours.length] ?? main)
  return within('l', `M${x} ${y}h${width}v${height}h-${width}Z`, rainbow)
}

/** A poster pinned to a wall. */
export function posters(pen: Pen): string {
  const body = pen.pick([
    () => quilt(pen, 160, 160, 3, 4, 160),
    () => arcs(pen, 160, 160, 480, 640),
    () => landscape(pen, 160, 160, 480, 640),
  ])()
  const { light, deep } = pen.colours
  return (
    plainGround(pen) +
    rect(140, 148, 536, 736, deep, { opacity: 0.16 }) +
    rect(132, 132, 536, 736, light) +
    body +
    rect(160, 824, 190, 14, deep) +
    rect(160, 846, 120, 8, deep, { opacity: 0.5 })
  )
}

/** A print behind glass, with a wide mat. */
export function prints(pen: Pen): string {
  const { light, deep } = pen.colours
  const inside = pen.pick([
    () => landscape(pen, 240, 280, 320, 420),
    () => arcs(pen, 240, 280, 320, 420),
    () => quilt(pen, 240, 280, 4, 5, 80),
  ])()
  return (
    groundFor(pen) +
    rect(140, 164, 536, 680, deep, { opacity: 0.2 }) +
    rect(130, 148, 540, 680, pen.pick([deep, '#8a623e', '#c9a06c'])) +
    rect(152, 170, 496, 636, light) +
    inside +
    path('M152 806L420 170H560L292 806Z', '#fff', { opacity: 0.1 })
  )
}

/** A book standing, or a small pile. */
export function books(pen: Pen): string {
  const { main, second, accent, light, deep } = pen.colours
  const ground = groundFor(pen)
  if (pen.chance(0.4)) {
    let pile = shadow(400, 838, 300, pen.colours)
    for (let i = 0; i < 5; i++) {
      const width = pen.between(400, 520)
      const y = 760 - i * 82
      const colour = [main, light, accent, second, deep][i] ?? main
      pile +=
        rect(400 - width / 2 + pen.between(-24, 24), y, width, 74, colour, { rx: 6 }) +
        rect(440 - width / 2, y + 24, width * 0.4, 10, i === 1 ? deep : light, { opacity: 0.8 })
    }
    return ground + pile
  }
  const cover = pen.pick([
    () => quilt(pen, 250, 250, 3, 4, 120),
    () => arcs(pen, 240, 230, 380, 580),
    () => landscape(pen, 240, 230, 380, 580),
  ])()
  return (
    ground +
    shadow(420, 832, 250, pen.colours) +
    path('M220 222L196 236V822L220 830Z', deep) +
    path('M610 222L634 240V816L610 830Z', '#fffdf6') +
    rect(210, 214, 410, 616, main, { rx: 6 }) +
    within('b', 'M230 214H620V830H230Z', cover) +
    rect(210, 214, 22, 616, deep, { opacity: 0.28 }) +
    rect(290, 300, 250, 120, light) +
    rect(316, 330, 160, 16, deep) +
    rect(316, 364, 100, 10, deep, { opacity: 0.6 })
  )
}

/** A record half out of its sleeve. */
export function records(pen: Pen): string {
  const { main, accent, light, deep, second } = pen.colours
  const vinyl = pen.pick([deep, deep, main, accent])
  const right = pen.between(470, 530)
  let grooves = ''
  for (let r = 90; r < 226; r += 15)
    grooves += circle(right, 500, r, 'none', { stroke: light, 'stroke-width': 2, opacity: 0.16 })
  const cover = pen.pick([
    () => quilt(pen, 90, 270, 4, 4, 115),
    () => arcs(pen, 90, 270, 460, 460),
    () => landscape(pen, 90, 270, 460, 460),
  ])()
  return (
    plainGround(pen) +
    ellipse(400, 748, 330, 20, deep, { opacity: 0.2 }) +
    circle(right, 500, 228, vinyl === deep ? '#15130f' : vinyl) +
    grooves +
    circle(right, 500, 76, vinyl === accent ? main : accent) +
    circle(right, 500, 76, 'none', { stroke: light, 'stroke-width': 3, opacity: 0.5 }) +
    circle(right, 500, 10, second) +
    path(`M${right} 500L${right + 150} 330A228 228 0 0 1 ${right + 200} 400Z`, '#fff', { opacity: 0.08 }) +
    cover +
    rect(90, 270, 460, 460, '#fff', { opacity: 0.06 }) +
    rect(542, 270, 8, 460, deep, { opacity: 0.25 })
  )
}

/** Tickets, torn where they should be. */
export function tickets(pen: Pen): string {
  const { main, accent, light, deep, second } = pen.colours
  const one = (colour: string, ink: string): string => {
    const notch = 'a26 26 0 0 0 52 0'
    const body = `M0 0H170${notch}H560V260H222a26 26 0 0 0-52 0H0Z`
    let bars = ''
    for (let x = 24; x < 146;) {
      const width = pen.between(4, 13)
      bars += rect(x, 40, width, 180, ink)
      x += width + pen.between(5, 9)
    }
    const holes = [0, 1, 2, 3, 4, 5].map((i) => circle(196, 50 + i * 32, 5, ink, { opacity: 0.5 })).join('')
    const face = pen.pick([
      () => circle(440, 130, 84, ink) + path('M356 130a84 84 0 0 1 168 0Z', colour === accent ? deep : accent),
      () =>
        [0, 1, 2, 3]
          .map((i) => stroke(`M${290 + i * 56} 220L${350 + i * 56} 40`, ink, 20, { 'stroke-linecap': 'butt' }))
          .join(''),
      () =>
        [0, 1, 2]
          .map((i) =>
            circle(330 + i * 80, 130, 62, i === 1 ? (colour === accent ? deep : accent) : ink, { opacity: 0.9 }),
          )
          .join(''),
    ])()
    return path(body, colour) + bars + holes + face
  }
  const tilt = pen.between(-24, -10)
  const back = pen.pick([
    [second, deep],
    [accent, deep],
  ] as const)
  return (
    plainGround(pen) +
    group(
      `translate(150 250) rotate(${tilt + pen.between(18, 30)} 280 130)`,
      tag('g', { opacity: 0.96 }, one(back[0], back[1])),
    ) +
    group(
      `translate(126 532) rotate(${tilt} 280 130)`,
      rect(8, 12, 560, 260, deep, { opacity: 0.2 }) + one(pen.pick([main, light]), pen.pick([deep, deep])),
    )
  )
}
