import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Digest } from '../domain/room/bytes.ts'
import { NOON, TestRoom } from '../domain/room/testing.ts'
import { checkDraw, type PublishedDraw } from './draw-check.ts'

const sha256: Digest = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest())

/** A real draw of 1,500 people, as the API publishes it. */
function finishedDraw(): PublishedDraw {
  const room = new TestRoom(sha256)
  for (let i = 0; i < 1500; i++) room.joins(`vis_${i}`)
  room.now = NOON
  room.opens()
  const { commitment, algorithm, joined, seed, publicValue, root } = room.drop.draw()!
  const entries = [...room.drop.drawEntries(0), ...room.drop.drawEntries(1000)]
  return {
    ...{ drop: 'friday', commitment, algorithm, joined, drawn_at: new Date(NOON).toISOString() },
    ...{ seed, public_value: publicValue, root, entries },
  }
}

const whole = finishedDraw()
const tampered = (change: (draw: PublishedDraw) => void): PublishedDraw => {
  const copy = structuredClone(whole)
  change(copy)
  return copy
}
const swap = (draw: PublishedDraw, i: number, j: number): void => {
  const [a, b] = [draw.entries[i]!.lot, draw.entries[j]!.lot]
  draw.entries[i]!.lot = b
  draw.entries[j]!.lot = a
}
const flip = (hex: string): string => (hex.startsWith('0') ? '1' : '0') + hex.slice(1)

describe('checking a draw', () => {
  it('[DRW6] confirms one that is whole, and says what it looked at', () => {
    expect(checkDraw(whole)).toMatchObject({ outcome: 'confirmed' })
    expect(checkDraw(whole, whole.commitment)).toMatchObject({ outcome: 'confirmed' })
  })

  it.each<[string, (draw: PublishedDraw) => void, RegExp]>([
    ['two neighbours changed places', (draw) => swap(draw, 700, 701), /position 701 .* must come after position 702/],
    ['a friend was put first', (draw) => swap(draw, 0, 1400), /^position \d+ /],
    ['a lot was exchanged', (draw) => (draw.entries[9]!.lot = flip(draw.entries[9]!.lot)), /^SHA-256 of the lots is /],
    ['a lot stands twice', (draw) => (draw.entries[9]!.lot = draw.entries[3]!.lot), /position 10 for the second time/],
    ['somebody was left out', (draw) => draw.entries.splice(5, 1), /1499 lots are listed, and 1500 took part/],
    ['a position is missing', (draw) => (draw.entries[4]!.position = 6), /^line 5 is no lot in its place/],
    ['the seed is another', (draw) => (draw.seed = flip(draw.seed!)), /^SHA-256 of the seed is /],
    ['the commitment is another', (draw) => (draw.commitment = flip(draw.commitment)), /^SHA-256 of the seed is /],
    ['the public value is another', (draw) => (draw.public_value = flip(draw.public_value!)), /public value/],
    ['the root is another', (draw) => (draw.root = flip(draw.root!)), /^SHA-256 of the lots is /],
    ['the seed is missing', (draw) => (draw.seed = null), /not 32 bytes each/],
    ['the algorithm is another', (draw) => (draw.algorithm = 'dice'), /“dice”/],
  ])('[DRW6] refuses a draw where %s', (_, change, where) => {
    const verdict = checkDraw(tampered(change))
    expect(verdict).toMatchObject({ outcome: 'refused', wrong: expect.stringMatching(where) as string })
  })

  it('[DRW6] refuses a draw that is whole but not the one that was promised', () => {
    expect(checkDraw(whole, flip(whole.commitment))).toMatchObject({ outcome: 'refused' })
  })
})

describe('npm run verify-draw', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onrush-draw-'))
  let served: PublishedDraw = whole
  let server: Server
  let url: string
  beforeAll(async () => {
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url!, 'http://localhost')
      const { drop: _, entries, ...draw } = served
      const from = Number(searchParams.get('cursor') ?? 0)
      const data = entries.slice(from, from + 1000)
      const next_cursor = from + 1000 < entries.length ? String(from + 1000) : null
      const body = pathname.endsWith('/entries') ? { data, next_cursor } : draw
      response.statusCode = pathname.startsWith('/api/v1/drops/friday/draw') ? 200 : 404
      response.end(JSON.stringify(body))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })

  const run = (...args: string[]): Promise<{ code: number; said: string }> =>
    new Promise((resolve) => {
      execFile('node', ['scripts/verify-draw.ts', ...args], (fault, stdout, stderr) =>
        resolve({ code: fault ? Number(fault.code) : 0, said: stdout + stderr }),
      )
    })

  it('[DRW6] confirms a finished drop over HTTP, finds a lot, and saves it all', async () => {
    served = whole
    const file = join(folder, 'draw.json')
    const lot = whole.entries[1233]!.lot
    const online = await run('friday', '--url', url, '--lot', lot, '--save', file)
    expect(online.said).toMatch(/your lot has position 1234 of 1500[\s\S]*is confirmed/)
    expect(online.code).toBe(0)
    expect((await run('--file', file)).code).toBe(0)
  })

  it('[DRW6] refuses a tampered one with 1, saying where', async () => {
    served = tampered((draw) => swap(draw, 1200, 1300))
    const file = join(folder, 'tampered.json')
    writeFileSync(file, JSON.stringify(served))
    for (const args of [
      ['friday', '--url', url],
      ['--file', file],
    ]) {
      const { code, said } = await run(...args)
      expect([code, said]).toEqual([1, expect.stringMatching(/WRONG {2}position 120\d /) as string])
    }
  })

  it('[DRW6] ends with 2 when there is nothing to check', async () => {
    served = { ...whole, drawn_at: null, seed: null, public_value: null, root: null, entries: [] }
    const early = await run('friday', '--url', url)
    expect([early.code, early.said]).toEqual([2, expect.stringContaining(whole.commitment) as string])
    expect((await run('saturday', '--url', url)).code).toBe(2)
    expect((await run('--file', join(folder, 'nowhere.json'))).code).toBe(2)
    expect((await run()).code).toBe(2)
  })
})
