/** The proof of the staleness bound by trying: docs/concepts/the-cache.md says why it must hold, here it is attacked. */
import { describe, expect, it } from 'vitest'
import { STALENESS_BOUND_MS } from '../../domain/freshness/freshness.ts'
import { live, type Flaw } from './proof-world.ts'

/** `CCH_SEEDS=500 npx vitest run platform/cache/proof.test.ts` lives as many worlds. */
const SEEDS = Number(process.env['CCH_SEEDS'] ?? 6)
const seeds = Array.from({ length: SEEDS }, (_, i) => i + 1)

describe('the staleness bound', () => {
  it.each(seeds)(
    '[CCH3] holds for every answer that is not marked, whatever is lost, dead, slow or wrong about the time: seed %i',
    async (seed) => {
      const { wrong, answers, marked } = await live({ seed, seconds: 40, isStormy: true })
      expect(wrong).toEqual([])
      expect(answers - marked).toBeGreaterThan(answers / 4)
    },
  )

  it('[CCH3] in fair weather holds for all, marks none, and leaves most answers to the cache', async () => {
    const { wrong, marked, answers, loads, oldestMs } = await live({ seed: 7, seconds: 40, isStormy: false })
    expect({ wrong, marked }).toEqual({ wrong: [], marked: 0 })
    expect(oldestMs).toBeLessThan(STALENESS_BOUND_MS)
    expect(loads).toBeLessThan(answers / 4)
  })

  it.each<Flaw>([
    'stamped when stored',
    'news believed to be of now',
    'neighbour’s news believed to be of now',
    'data centre keeps news too long',
    'replica not asked how far it is',
    'rows removed before they are counted',
    'a change without its row',
    'shard forgets and keeps its name',
  ])('[CCH3] is seen to break where it must: %s', async (flaw) => {
    let found: string[] = []
    for (let seed = 1; found.length === 0 && seed <= 20; seed++) {
      found = (await live({ seed, seconds: 40, isStormy: true, flaw })).wrong
    }
    expect(found).not.toEqual([])
  })
})
