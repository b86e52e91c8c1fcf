/**
 * A port that stays ours over a restart. Ports the system hands out by itself (from 32768 on Linux) may be borrowed by
 * anybody's outgoing connection while a killed Worker starts again, so free ones are looked for below those.
 */
import { createServer } from 'node:net'

const LOWEST = 20_000
const COUNT = 12_000
const TRIES = 50

/** The asked port when nobody listens there (else PortTaken); for 0, a free one. */
export async function choosePort(asked: number, random: () => number = Math.random): Promise<number> {
  if (asked !== 0) {
    if (!(await isFree(asked))) throw new PortTaken(asked)
    return asked
  }
  for (let tried = 0; tried < TRIES; tried += 1) {
    const port = LOWEST + Math.floor(random() * COUNT)
    if (await isFree(port)) return port
  }
  throw new Error(`No free port after ${TRIES} tries.`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)))
  })
}

/** Somebody else listens there. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken'
  constructor(port: number) {
    super(`Port ${port} is taken: choose another with --port, or 0 for a free one.`)
  }
}
