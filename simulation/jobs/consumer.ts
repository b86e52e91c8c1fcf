/**
 * Who runs jobs: claims what a message names, works for a while, says that it lives, and tells how it ended. It may die in
 * the middle, stall for longer than its lease, never hear the answer to its claim, or tell its end again and again.
 */
import type { AttemptEnd, Claim } from '../../domain/message/job-desk.ts'
import type { JobWorld } from './life.ts'

const BEAT_MS = 10_000
const TELLS_MOST = 4

export function consumes(jobs: JobWorld, ids: readonly string[]): void {
  const { world, network } = jobs
  for (const [host, asked] of Map.groupBy(ids, (id) => jobs.hostOf(id))) {
    network.ask<(Claim | null)[]>(
      (reply) => reply(host.claim(asked.map((jobId) => ({ jobId, send: 1 })))),
      (claims) => {
        for (const claim of claims ?? []) if (claim) works(jobs, claim)
        if (claims?.some((claim) => claim === null)) world.sometimes('a message came in vain')
      },
    )
  }
}

function works(jobs: JobWorld, claim: Claim): void {
  const { world } = jobs
  const runs = world.oneOf([5, 500, 8_000, 8_000, 25_000, 80_000])
  // A clock that goes wrong: one beats too seldom, another far too often.
  const skew = world.oneOf([0.3, 1, 1, 1, 4])
  const dies = world.strikes(jobs.dying) ? world.dice.fraction() * runs : Number.POSITIVE_INFINITY
  if (dies < runs) world.sometimes('a consumer died in the middle')
  let isOver = false
  const beats = (after: number): void => {
    if (after >= Math.min(runs, dies)) return
    world.later(BEAT_MS * skew, () => {
      if (isOver) return
      speaks(jobs, claim, (heard) => {
        if (heard === 'superseded') world.sometimes('a consumer heard that it was overtaken')
        if (heard === 'stop') {
          world.sometimes('a consumer was asked to stop')
          if (!isOver && dies === Number.POSITIVE_INFINITY) tells(jobs, claim, { kind: 'cancelled' })
          isOver = true
        }
      })
      beats(after + BEAT_MS * skew)
    })
  }
  beats(0)
  if (dies < runs) return
  world.later(runs, () => {
    if (isOver) return
    isOver = true
    tells(jobs, claim, endOf(jobs))
  })
}

function speaks(jobs: JobWorld, { jobId, token }: Claim, hear: (said: string) => void): void {
  jobs.network.ask<string[]>(
    (reply) => reply(jobs.hostOf(jobId).beat([{ jobId, token, progress: null }])),
    (said) => said && hear(said[0]!),
  )
}

function tells(jobs: JobWorld, claim: Claim, end: AttemptEnd, times = 0): void {
  const { jobId, token } = claim
  jobs.network.ask<string[]>(
    (reply) => reply(jobs.hostOf(jobId).end([{ jobId, token, end }])),
    (said) => {
      if (said?.[0] === 'superseded') jobs.world.sometimes('an end came too late')
      if (said === null && times < TELLS_MOST) tells(jobs, claim, end, times + 1)
    },
  )
}

function endOf({ world }: JobWorld): AttemptEnd {
  const lot = world.dice.fraction()
  const error = { code: 'away', message: 'the other side is away' }
  if (lot < 0.62) return { kind: 'succeeded', result: JSON.stringify({ lot: Math.floor(lot * 2) }) }
  if (lot < 0.72) return { kind: 'to_be_continued', checkpoint: `${world.steps}`, progress: { done: lot, note: '' } }
  if (lot < 0.78) return { kind: 'failed', error, retryInMs: null, isFinal: true }
  return { kind: 'failed', error, retryInMs: lot < 0.84 ? 20_000 : null, isFinal: false }
}
