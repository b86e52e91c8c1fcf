import { describe, expect, it } from 'vitest'
import { exposition } from './exposition.ts'

describe('what Prometheus reads', () => {
  it('[MET2] says of each family what it means and of which type it is, then its samples', () => {
    const text = exposition([
      {
        name: 'jobs_enqueued_total',
        help: 'Jobs taken.',
        type: 'counter',
        samples: [{ labels: { type: 'a' }, value: 3 }],
      },
      { name: 'dead_letters', help: 'Given up on.', type: 'gauge', samples: [{ labels: {}, value: 0.5 }] },
    ])
    expect(text).toBe(
      [
        '# HELP jobs_enqueued_total Jobs taken.',
        '# TYPE jobs_enqueued_total counter',
        'jobs_enqueued_total{type="a"} 3',
        '# HELP dead_letters Given up on.',
        '# TYPE dead_letters gauge',
        'dead_letters 0.5',
        '',
      ].join('\n'),
    )
  })

  it('[MET2] ends a histogram with its infinite bucket, its sum and its count', () => {
    const distributions = [{ labels: { type: 'a' }, buckets: [1, 4, 6], sum: 9.25 }]
    const text = exposition([
      { name: 'job_duration_seconds', help: 'x', type: 'histogram', bounds: [0.01, 1], distributions },
    ])
    expect(text.split('\n').slice(2, -1)).toEqual([
      'job_duration_seconds_bucket{type="a",le="0.01"} 1',
      'job_duration_seconds_bucket{type="a",le="1"} 4',
      'job_duration_seconds_bucket{type="a",le="+Inf"} 6',
      'job_duration_seconds_sum{type="a"} 9.25',
      'job_duration_seconds_count{type="a"} 6',
    ])
  })

  it('[MET2] lets no label, whoever chose it, end its line or its quotes', () => {
    const samples = [{ labels: { type: 'a\\"\nb' }, value: 1 }]
    const text = exposition([{ name: 'x', help: 'one\ntwo \\', type: 'gauge', samples }])
    expect(text).toBe('# HELP x one\\ntwo \\\\\n# TYPE x gauge\nx{type="a\\\\\\"\\nb"} 1\n')
  })

  it('[MET3] leaves out a family of which nothing is known', () => {
    expect(exposition([{ name: 'x', help: 'x', type: 'gauge', samples: [] }])).toBe('')
  })
})
