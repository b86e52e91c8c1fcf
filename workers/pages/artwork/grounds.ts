/** What lies behind a thing: a wall, a sun, a corner of a room. Quiet, so that the thing stays the subject. */
import { circle, path, rect, SHEET_HEIGHT, SHEET_WIDTH } from './pen.ts'
import type { Pen } from './pen.ts'

const wall = ({ colours }: Pen): string => rect(0, 0, SHEET_WIDTH, SHEET_HEIGHT, colours.ground)

const shelf = (pen: Pen): string => wall(pen) + rect(0, 760, SHEET_WIDTH, 240, pen.colours.second, { opacity: 0.55 })

function sun(pen: Pen): string {
  const { second, main } = pen.colours
  return (
    wall(pen) +
    circle(pen.between(260, 540), pen.between(330, 470), pen.between(250, 330), pen.pick([second, main]), {
      opacity: 0.35,
    })
  )
}

function arch(pen: Pen): string {
  const half = pen.between(230, 290)
  const top = pen.between(120, 200) + half
  const d = `M${400 - half} 1000V${top}a${half} ${half} 0 0 1 ${half * 2} 0V1000Z`
  return wall(pen) + path(d, pen.colours.second, { opacity: 0.5 })
}

function slope(pen: Pen): string {
  const from = pen.between(420, 640)
  return (
    wall(pen) + path(`M0 ${from}L800 ${from - pen.between(120, 300)}V1000H0Z`, pen.colours.second, { opacity: 0.45 })
  )
}

/** A ground for things that stand. */
export const groundFor = (pen: Pen): string => pen.pick([shelf, sun, arch, slope])(pen)

/** A ground for things that hang or lie flat. */
export const plainGround = (pen: Pen): string => pen.pick([wall, wall, slope, sun])(pen)
