/** Said of jobs. */
import type { Answers } from './refusals.ts'

export const JOBS = {
  job_not_found: {
    status: 404,
    title: 'There is no such job.',
    help: 'It belongs to another store, or ended so long ago that it was forgotten.',
  },
  job_has_ended: {
    status: 409,
    title: 'This job has ended.',
    help: 'It is `state`; nothing of it is left to cancel or to hurry. A dead one can be replayed: `POST /dead-letters/{id}/replay`.',
  },
  job_not_dead: {
    status: 409,
    title: 'This job was not given up on.',
    help: 'It is `state`; only dead letters are mended and replayed.',
  },
  ancestor_not_found: {
    status: 422,
    title: 'A job that this one comes after does not exist.',
    help: 'There is no job `job_id` in this store, or it ended so long ago that it was forgotten. Nothing was made.',
  },
  too_many_replays: {
    status: 409,
    title: 'This job was replayed too often.',
    help: 'After `replays_max` replays it is not tried again: what it was asked to do does not work. Make a new one.',
  },
} satisfies Partial<Answers>
