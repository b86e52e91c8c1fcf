/**
 * The waiting room: one calm panel that says where you stand, and beside it what happens next. Complete without a
 * script. With one it stays as it is and only its numbers move; what concerns everybody alike (a pause, sold out, the
 * end) lies ready in the page, so that telling a hundred thousand people costs no request.
 */
import type { Child, FC } from 'hono/jsx'
import { asset } from './assets.ts'
import { numberInWords, said, waitInWords, wordsFor } from './languages/index.ts'
import type { Words } from './languages/words.ts'
import { Join } from './joining.tsx'
import { Notice } from './parts/cards.tsx'
import { Countdown } from './parts/countdown.tsx'
import { page } from './parts/layout.tsx'
import { Instant, Say } from './parts/say.tsx'
import type { Frame, PlaceView, RoomView } from './views.ts'
import { Next } from './waiting-next.tsx'
import { aheadOf, isAsking, refreshSecondsOf, roomStateOf, type RoomState } from './waiting-state.ts'

interface Drawn {
  frame: Frame
  view: RoomView
  words: Words['room']
  locale: string
}

export function waitingPage(frame: Frame, view: RoomView) {
  const locale = frame.store.locale
  const words = wordsFor(locale).room
  const { drop, room, place } = view
  const state = roomStateOf(drop.status, room, place, view.late)
  const drawn = { frame, view, words, locale }
  return page(
    frame,
    {
      title: tabOf(state, drawn),
      isCalm: true,
      foreignScript: view.challenge === null ? undefined : `${view.challenge.host}/turnstile/v0/api.js`,
      scripts: ['countdown.js', 'waiting.js', 'waiting-told.js', 'waiting-numbers.js'],
      // Nobody's half-written address is taken from them.
      refreshSeconds: isAsking(view) ? undefined : refreshSecondsOf(state, room, drop.opensAt - frame.now),
    },
    <>
      <p class="unseen" role="status" aria-live="polite" data-told />
      <section
        class="room"
        aria-label={words.waitingRoom}
        data-room
        data-now={`/api/v1/drops/${drop.slug}/now`}
        data-events={view.isTold ? `/api/v1/drops/${drop.slug}/now/events` : undefined}
        data-opens-at={drop.opensAt}
        data-state={state}
        data-mine={mineOf(state, place)}
        data-position={place?.position ?? undefined}
        data-title={`${words.tab.line} · ${frame.store.name}`}
        data-ahead-then={place?.position ? aheadOf(place.position, room) : undefined}
        data-per-pass={room.unitsPerPass}
        data-chance-then={place?.chance ?? undefined}
        data-poll={room.pollAfterMs}
        data-jitter={room.jitterMs}
        data-turn-icon={asset('favicon-turn.svg')}
      >
        <div class="room-stage" data-shown>
          <State state={state} drawn={drawn} />
        </div>
        {ALIKE.filter((other) => other !== state).map((other) => (
          <template data-for={other} data-title={`${tabOf(other, drawn)} · ${frame.store.name}`}>
            <State state={other} drawn={drawn} />
          </template>
        ))}
        <Next state={state} view={view} words={words} />
      </section>
    </>,
  )
}

/** What of a place does not change with the small number that everybody is told; `waiting`: all of it does. */
function mineOf(
  state: RoomState,
  place: PlaceView | null,
): 'outside' | 'waiting' | 'inside' | 'late' | 'next' | 'over' {
  if (place === null) return 'outside'
  if (place.phase === 'inside') return 'inside'
  if (place.phase === 'missed') return state === 'next' || state === 'over' ? state : 'late'
  if (place.phase === 'used' || place.phase === 'left') return 'over'
  return 'waiting'
}

/** What everybody is told alike. */
const ALIKE: readonly RoomState[] = ['paused', 'sold_out', 'ended']

function tabOf(state: RoomState, { view, words, locale }: Drawn): string {
  const { place, room } = view
  if (state === 'line' && place?.position) {
    return said(words.tab.line, { ahead: numberInWords(aheadOf(place.position, room), locale) })
  }
  switch (state) {
    case 'draw':
    case 'drawing':
    case 'turn':
      return words.tab[state]
    case 'paused':
      return words.paused.title
    case 'sold_out':
      return words.soldOut.title
    case 'ended':
      return words.ended.title
    default:
      return words.tab.other
  }
}

const State: FC<{ state: RoomState; drawn: Drawn }> = ({ state, drawn }) => {
  const { view, words } = drawn
  return (
    <>
      <p class="eyebrow">
        <span class={`dot dot-${DOTS[state]}`} aria-hidden="true" /> {words.waitingRoom} ·{' '}
        <a href={`/drops/${view.drop.slug}`}>{view.drop.title}</a>
      </p>
      {view.notice === undefined ? null : (
        <Notice tone="bad" title={view.notice.title}>
          <p>{view.notice.detail}</p>
        </Notice>
      )}
      <Body state={state} drawn={drawn} />
      <p class="room-offline" role="status" data-offline>
        {words.offline}
      </p>
    </>
  )
}

const DOTS: Record<RoomState, string> = {
  outside_before: 'scheduled',
  outside_after: 'open',
  draw: 'scheduled',
  drawing: 'open',
  line: 'open',
  turn: 'open',
  inside: 'open',
  late: 'paused',
  next: 'open',
  over: 'ended',
  paused: 'paused',
  sold_out: 'sold_out',
  ended: 'ended',
}

const Body: FC<{ state: RoomState; drawn: Drawn }> = ({ state, drawn }) => {
  const { view, words, locale, frame } = drawn
  const { drop, place } = view
  switch (state) {
    case 'outside_before':
      return (
        <>
          <Told {...words.outsideBefore} />
          <Countdown until={drop.opensAt} now={frame.now} locale={locale} verb={words.draw.verb} atEnd="stop" />
          <Join view={view} words={words} />
        </>
      )
    case 'outside_after':
      return (
        <>
          <Told {...words.outsideAfter} />
          <Figures>
            <Figure name={words.waiting}>
              <span data-waiting>{numberInWords(view.room.waiting, locale)}</span>
            </Figure>
            <Left drawn={drawn} />
          </Figures>
          <Join view={view} words={words} />
        </>
      )
    case 'draw':
      return (
        <>
          <Told title={words.draw.title}>
            <Say words={words.draw.lead} slots={{ time: <Instant at={drop.opensAt} locale={locale} exact /> }} />
          </Told>
          <Countdown until={drop.opensAt} now={frame.now} locale={locale} verb={null} atEnd="stop" />
          <Figures>
            <Figure name={words.waiting}>
              <span data-waiting>{numberInWords(view.room.waiting, locale)}</span>
            </Figure>
          </Figures>
        </>
      )
    case 'drawing':
      return <Told {...words.drawing} />
    case 'line':
      return place === null ? null : <Line drawn={drawn} place={place} />
    case 'turn':
      return <Turn drawn={drawn} place={place} />
    case 'inside':
      return (
        <>
          <Told {...words.inside} />
          {/* The same pass again, for a browser that has lost its cookie. */}
          <form class="room-go" method="post" action={`/drops/${drop.slug}/waiting/pass`}>
            <button class="button">{words.inside.button}</button>
          </form>
        </>
      )
    case 'late':
      return (
        <>
          <Told {...words.late} />
          <div class="hero-actions">
            <form method="post" action={`/drops/${drop.slug}/waiting/pass`}>
              <button class="button">{words.late.button}</button>
            </form>
            <a class="button button-quiet" href="/basket">
              {words.late.basket}
            </a>
          </div>
        </>
      )
    case 'next':
      return <Told {...words.next} />
    case 'over':
      return (
        <>
          <Told {...words.over} />
          <Way href="/basket">{words.late.basket}</Way>
        </>
      )
    case 'paused':
      return <Told {...words.paused} />
    case 'sold_out':
      return <SoldOut drawn={drawn} />
    case 'ended':
    default:
      return (
        <>
          <Told {...words.ended} />
          <Way href="/">{words.ended.button}</Way>
        </>
      )
  }
}

/** The heading of a state and what it means. */
const Told: FC<{ title: string; lead?: string; children?: Child }> = ({ title, lead, children }) => (
  <>
    <h1>{title}</h1>
    <p class="hero-lead">{lead ?? children}</p>
  </>
)

const Way: FC<{ href: string; children?: Child }> = ({ href, children }) => (
  <p class="hero-actions">
    <a class="button" href={href}>
      {children}
    </a>
  </p>
)

/** In line: the one number that matters, large; a script moves it, and the bar, without anything else moving. */
const Line: FC<{ drawn: Drawn; place: PlaceView }> = ({ drawn, place }) => {
  const { view, words, locale } = drawn
  const position = place.position ?? 0
  const ahead = aheadOf(position, view.room)
  return (
    <>
      <h1 class="room-quiet">{words.line.title}</h1>
      <p class="room-ahead">
        <b data-ahead>{numberInWords(ahead, locale)}</b>
        <span>{words.ahead}</span>
      </p>
      <progress
        class="room-bar"
        aria-label={words.ahead}
        value={position - 1 - ahead}
        max={Math.max(1, position - 1)}
        data-bar
      />
      <Figures>
        <Figure name={words.place}>{numberInWords(position, locale)}</Figure>
        <Wait place={place} words={words} locale={locale} per={view.room.admissionsPerMinute} ahead={ahead} />
      </Figures>
      <p class="hero-lead room-chance">
        <span data-few hidden={view.unitsLeft === null}>
          <Say
            words={words.leftAndBefore}
            slots={{
              left: <b data-left>{numberInWords(view.unitsLeft ?? 0, locale)}</b>,
              ahead: <b data-ahead>{numberInWords(ahead, locale)}</b>,
            }}
          />{' '}
        </span>
        {(['good', 'uncertain', 'small'] as const).map((chance) => (
          <span data-chance={chance} hidden={chance !== place.chance}>
            {words.chance[chance]}
          </span>
        ))}
      </p>
    </>
  )
}

const Figures: FC<{ children?: Child }> = ({ children }) => <dl class="room-figures">{children}</dl>

const Figure: FC<{ name: string; hidden?: boolean; children?: Child }> = ({ name, hidden = false, children }) => (
  <div hidden={hidden}>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

type WaitProps = { place: PlaceView; words: Words['room']; locale: string; per: number; ahead: number }

/** The estimate, and what it was made of: a script scales it as the line gets shorter and the pace changes. */
const Wait: FC<WaitProps> = ({ place, words, locale, per, ahead }) => (
  <Figure name={words.wait}>
    <span
      data-wait
      data-from={place.estimate?.fromS}
      data-to={place.estimate?.toS}
      data-ahead-then={ahead}
      data-pace-then={per}
      data-soon={words.soon}
    >
      {place.estimate === null ? words.unknown : (waitInWords(place.estimate, locale) ?? words.soon)}
    </span>
  </Figure>
)

/** Said once it is few enough to be a number. */
const Left: FC<{ drawn: Drawn }> = ({ drawn: { view, words, locale } }) => (
  <Figure name={words.left} hidden={view.unitsLeft === null}>
    <span data-left>{view.unitsLeft === null ? '' : numberInWords(view.unitsLeft, locale)}</span>
  </Figure>
)

/** One button, and until when. */
const Turn: FC<{ drawn: Drawn; place: PlaceView | null }> = ({ drawn, place }) => {
  const { view, words, locale, frame } = drawn
  const until = place?.calledUntil ?? null
  return (
    <>
      <h1>{words.turn.title}</h1>
      <form class="room-go" method="post" action={`/drops/${view.drop.slug}/waiting/pass`}>
        <button class="button">{view.hasBasket ? words.turn.buttonWithBasket : words.turn.button}</button>
      </form>
      {until === null ? (
        <p class="hero-lead">{words.turn.leadOpen}</p>
      ) : (
        <>
          <p class="hero-lead">
            <Say words={words.turn.lead} slots={{ time: <Instant at={until} locale={locale} exact /> }} />
          </p>
          <Countdown until={until} now={frame.now} locale={locale} verb={null} atEnd="stop" size="small" />
        </>
      )}
    </>
  )
}

/** The end of most people's evening: told at once, and with the one thing that can still be done. */
const SoldOut: FC<{ drawn: Drawn }> = ({ drawn: { view, words } }) => {
  const isStaying = view.isStaying && view.place !== null
  return (
    <>
      <Told {...(isStaying ? words.staying : words.soldOut)} />
      <div class="hero-actions">
        {view.place === null || isStaying ? null : (
          <form action={`/drops/${view.drop.slug}/waiting`}>
            <input type="hidden" name="stay" value="1" />
            <button class="button">{words.soldOut.stay}</button>
          </form>
        )}
        <a class="button button-quiet" href="/">
          {words.soldOut.leave}
        </a>
      </div>
    </>
  )
}
