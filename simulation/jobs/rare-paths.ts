/** What some seed of jobs must have lived through. */
export const RARE_PATHS_OF_JOBS = [
  ...['a request was lost', 'an answer was lost', 'a request arrived twice', 'an object was evicted'],
  ...['a turn crashed before it committed', 'an alarm was lost', 'a queue message was lost'],
  ...['a queue message came twice', 'a queue took no message', 'a message came in vain'],
  ...['a consumer died in the middle', 'a consumer heard that it was overtaken', 'a consumer was asked to stop'],
  ...['an end came too late', 'a job was asked for again', 'a dead letter was replayed'],
]
