/** What some waiting room must have lived through. */
export const RARE_PATHS_OF_ROOMS = [
  ...['a request was lost', 'an answer was lost', 'a request arrived twice', 'an object was evicted'],
  ...['a turn crashed before it committed', 'an alarm was lost', 'lots were drawn', 'the room was paused'],
  ...['somebody went home', 'somebody came in late', 'somebody who came late waited', 'somebody inside was refused'],
  'a unit came back',
]
