/** How the drops stand that have not ended, as their own objects say: units, and people in their waiting rooms. */
import type { DropLive } from '../../domain/message/drop-desk.ts'
import type { Family, Sample } from './exposition.ts'

export function dropFamilies(drops: readonly DropLive[]): Family[] {
  const of = (value: (drop: DropLive) => number | null | undefined, labels: Record<string, string> = {}): Sample[] =>
    drops.flatMap((drop) => {
      const known = value(drop)
      return known === null || known === undefined ? [] : [{ labels: { drop: drop.slug, ...labels }, value: known }]
    })
  return [
    {
      name: 'drop_units',
      help: 'Units of a drop, by where they are.',
      type: 'gauge',
      samples: (['free', 'held', 'sold'] as const).flatMap((state) => of(({ units }) => units?.[state], { state })),
    },
    {
      name: 'drop_people',
      help: 'People at a drop with a waiting room.',
      type: 'gauge',
      samples: (['waiting', 'called', 'inside'] as const).flatMap((state) =>
        of(({ room }) => room?.[state], { state }),
      ),
    },
    {
      name: 'drop_admitted_total',
      help: 'People let in since the opening.',
      type: 'counter',
      samples: of(({ room, admitted }) => room && admitted),
    },
    {
      name: 'drop_admissions_per_minute',
      help: 'The pace now: the operator’s, or what stock and payment allow.',
      type: 'gauge',
      samples: of(({ room }) => room?.admissionsPerMinute),
    },
  ]
}
