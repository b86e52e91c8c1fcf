/** Faults planted in what a waiting room keeps. */
import type { BendDropStore } from './hosts.ts'

export const ROOM_MUTANTS: readonly { name: string; bend: BendDropStore }[] = [
  { name: 'passes that end keep their place', bend: (store) => Object.assign(store, { endPassesBy: () => 0 }) },
  { name: 'a pass is not found again', bend: (store) => Object.assign(store, { pass: () => undefined }) },
  { name: 'a call is not written down', bend: (store) => Object.assign(store, { insertCall: () => {} }) },
  {
    name: 'numbers that were given are forgotten',
    bend: (store) => Object.assign(store, { lastRange: () => undefined }),
  },
  { name: 'patience never ends', bend: (store) => Object.assign(store, { openCalls: () => [] }) },
  {
    name: 'who is inside is not counted',
    bend: (store) => {
      const save = store.saveRoom.bind(store)
      return Object.assign(store, {
        saveRoom: (room: Parameters<typeof save>[0]) => save({ ...room, counts: { ...room.counts, inside: 0 } }),
      })
    },
  },
]
