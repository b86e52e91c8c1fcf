import { expect, it } from 'vitest'
import { seededRandom } from '../basics/random.ts'
import { Bench } from '../job/testing.ts'
import { shardOfJob } from '../job/shards.ts'
import { letterJob } from './letter-job.ts'

const ROW = {
  id: 'confirmation:ord_1',
  topic: 'letter',
  orderId: 'ord_1',
  kind: 'confirmation',
  refundId: null,
  dueAt: 0,
  sends: 1,
} as const

it('[LET5] is the same job when its row is told again, and is found by the order’s id', () => {
  const random = seededRandom(7)
  const [first, again] = [letterJob('store_x', ROW, 1_000, random), letterJob('store_x', ROW, 61_000, random)]
  expect(shardOfJob(again.id)).toBe(shardOfJob(first.id))
  const { keeper } = new Bench({ shard: shardOfJob(first.id)! })
  expect(keeper.accept([first])).toMatchObject({ value: [{ id: first.id, isNew: true }] })
  expect(keeper.accept([again])).toMatchObject({ value: [{ id: first.id, isNew: false }] })
  const other = letterJob('store_x', { ...ROW, id: 'refund:ref_1', kind: 'refund' }, 1_000, random)
  expect(other.idempotencyKey).not.toBe(first.idempotencyKey)
  expect(keeper.views([first.id])).toMatchObject([{ tags: ['ord_1', 'confirmation'], type: 'order_letter' }])
})
