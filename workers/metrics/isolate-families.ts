/**
 * What one isolate has counted since it woke: its cache, its limits, its gates. The next look may meet another isolate, so
 * each of these series says whose it is; `sum(rate(...))` over them is right as far as they were met.
 */
import type { Stats } from '../cache-desk.ts'
import type { LimitStats } from '../limit-desk.ts'
import type { Family, Sample } from './exposition.ts'

export function isolateFamilies(cache: Stats, { limits, load }: LimitStats): Family[] {
  const { isolate } = cache.of
  const one = (value: number): Sample[] => [{ labels: { isolate }, value }]
  const tiers = Object.entries(cache.tiers).flatMap(([tier, { hits, stale, misses }]) => [
    { labels: { isolate, tier, outcome: 'hit' }, value: hits },
    { labels: { isolate, tier, outcome: 'stale' }, value: stale },
    { labels: { isolate, tier, outcome: 'miss' }, value: misses },
  ])
  const decisions = limits.flatMap(({ name: limit, letIn, refused, away }) => [
    { labels: { isolate, limit, outcome: 'let_in' }, value: letIn },
    { labels: { isolate, limit, outcome: 'refused' }, value: refused },
    { labels: { isolate, limit, outcome: 'judge_away' }, value: away },
  ])
  const turns = load.kinds.flatMap(({ work, letIn, shed }) => [
    { labels: { isolate, work, outcome: 'let_in' }, value: letIn },
    { labels: { isolate, work, outcome: 'turned_away' }, value: shed },
  ])
  const gates = (of: 'inside' | 'limit' | 'standing'): Sample[] =>
    load.gates.map((gate) => ({ labels: { isolate, gate: gate.name }, value: gate[of] }))
  return [
    counter('cache_lookups_total', 'Questions to the cache for public reads, by tier and what it had.', tiers),
    counter(
      'cache_ready_answers_total',
      'Answers said from memory before a request was looked at.',
      one(cache.said_ready),
    ),
    counter('cache_loads_total', 'Questions that went on to a database or an object.', one(cache.loads)),
    counter('cache_load_faults_total', 'Those of them that failed.', one(cache.load_faults)),
    counter('cache_collapsed_total', 'Readers who shared the question of another.', one(cache.collapsed)),
    counter('cache_stood_in_total', 'Copies given because the database was away or slow.', one(cache.stood_in)),
    gauge('cache_bytes', 'What lies in the memory for public reads.', one(cache.bytes)),
    counter('limit_decisions_total', 'Requests that a limit let in or refused, or nobody could judge.', decisions),
    counter('load_decisions_total', 'Requests let in and turned away for load, by kind of work.', turns),
    gauge('load_gate_inside', 'Requests under way behind a gate.', gates('inside')),
    gauge('load_gate_limit', 'How many may be.', gates('limit')),
    gauge('load_gate_standing', 'How many of them wait for their turn.', gates('standing')),
  ]
}

const counter = (name: string, help: string, samples: Sample[]): Family => ({ name, help, type: 'counter', samples })
const gauge = (name: string, help: string, samples: Sample[]): Family => ({ name, help, type: 'gauge', samples })
