/** Said of schedules. */
import type { Answers } from './refusals.ts'

export const SCHEDULES = {
  schedule_not_found: {
    status: 404,
    title: 'There is no such schedule.',
    help: 'It belongs to another store, or was removed.',
  },
  schedule_never_fires: {
    status: 422,
    title: 'This schedule would never fire.',
    help: 'No instant of its plan lies ahead within its own start and end. Preview it: `POST /schedules/preview`.',
  },
  schedule_changed: {
    status: 409,
    title: 'Somebody else changed this schedule in between.',
    help: 'It is at `version` now. Read it again, and apply your change to what you find.',
  },
  schedule_lives_elsewhere: {
    status: 422,
    title: 'This schedule cannot get that concurrency key or rate.',
    help: 'Jobs of one key, and of a type with a rate, are judged by one object, and a schedule stays in its own. Make a new schedule.',
  },
  backfill_too_large: {
    status: 422,
    title: 'That is too much to fill in at once.',
    help: 'At most `most` firings at a time: ask for a shorter range.',
  },
  backfill_too_early: {
    status: 422,
    title: 'The ledger does not reach so far back.',
    help: 'Nobody knows any more what has fired before `earliest_at`; begin there.',
  },
} satisfies Partial<Answers>
