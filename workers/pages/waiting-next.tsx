/** Beside the waiting room: what happens next, step by step, from joining to paying. */
import type { FC } from 'hono/jsx'
import type { Words } from './languages/words.ts'
import type { RoomView } from './views.ts'
import { isAsking, type RoomState } from './waiting-state.ts'

const STEPS = ['joined', 'drawn', 'called', 'hold', 'pay'] as const

/** Which step somebody is at; those before it are done. */
const AT: Partial<Record<RoomState, (typeof STEPS)[number]>> = {
  outside_before: 'joined',
  outside_after: 'joined',
  draw: 'drawn',
  drawing: 'drawn',
  line: 'called',
  turn: 'called',
  next: 'called',
  inside: 'hold',
}

export const Next: FC<{ state: RoomState; view: RoomView; words: Words['room'] }> = ({ state, view, words }) => {
  // Who comes after the draw was not drawn.
  const isDrawn = view.place === null ? view.room.phase === 'before' : view.place.lot !== null
  const steps: readonly (typeof STEPS)[number][] = isDrawn ? STEPS : STEPS.filter((step) => step !== 'drawn')
  const at = steps.indexOf(AT[state] ?? 'joined')
  return (
    <aside class="room-next" aria-labelledby="room-next" hidden={AT[state] === undefined} data-next>
      <h2 id="room-next">{words.nextTitle}</h2>
      <ol class="steps">
        {steps.map((step, i) => (
          <li class={i < at ? 'done' : i === at ? 'now' : ''} aria-current={i === at ? 'step' : undefined}>
            <b>{words.steps[step][0]}</b>
            {words.steps[step][1]}
          </li>
        ))}
      </ol>
      <p class="small">
        {words.keep} {isAsking(view) ? null : <noscript>{words.scriptless}</noscript>}
      </p>
      <p class="small">
        <a href={`/drops/${view.drop.slug}/draw`}>{words.proof}</a>
      </p>
    </aside>
  )
}
