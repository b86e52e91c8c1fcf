/** A drop's page in the console: its live parts, and the commands. */
import type { FC } from 'hono/jsx'
import type { DropWithProducts } from '../../domain/drop/drop.ts'
import type { Board } from '../board-wire.ts'
import { Figures, Numbers, Refusals, Skus, State, Wrong } from './board-parts.tsx'
import { number } from './say.ts'

export interface DropView {
  facts: DropWithProducts
  board: Board
  /** A key for the form that adds units: sent twice, it adds once. */
  requestKey: string
  mayControl: boolean
  mayStock: boolean
  notice: Notice | null
}

export interface Notice {
  tone: 'good' | 'bad'
  title: string
  detail: string
}

export const DropPage: FC<{ view: DropView }> = ({ view }) => {
  const { board, facts, notice } = view
  const at = `/console/drops/${facts.drop.slug}`
  return (
    <div class="board" data-events={`${at}/events`} data-page={at}>
      <h1>
        {board.drop.title} <a href={`/drops/${facts.drop.slug}`}>see it in the shop</a>
      </h1>
      <div class="standing">
        <State board={board} />
        <div data-part="notice" role="status">
          {notice ? (
            <div class={`notice notice-${notice.tone}`}>
              <p class="notice-title">{notice.title}</p>
              <p>{notice.detail}</p>
            </div>
          ) : null}
        </div>
      </div>
      <Numbers board={board} />
      <div class="watch">
        <section class="chart" aria-labelledby="chart-title">
          <div class="part-head">
            <h2 id="chart-title">
              Last minutes <span>a second, mean of five</span>
            </h2>
            <p class="key" data-chart-key>
              {board.room ? <span class="key-admitted">admitted</span> : null} <span class="key-holds">holds</span>{' '}
              <span class="key-paid">paid</span> {board.room ? <span class="key-limit">limit</span> : null}
            </p>
          </div>
          <div class="plot" data-chart={board.room ? 'room' : 'plain'}>
            <noscript>
              <p class="small">The chart needs JavaScript; the figures do not.</p>
            </noscript>
          </div>
        </section>
        <Figures board={board} />
        <Skus board={board} />
      </div>
      <div class="side">
        <aside class="steer" aria-label="Commands">
          <Commands view={view} at={at} />
        </aside>
        <Wrong board={board} />
        <Refusals board={board} />
      </div>
      <script type="application/json" data-seconds dangerouslySetInnerHTML={{ __html: secondsJson(board) }} />
    </div>
  )
}

/** For the chart. Numbers and nulls only, so nothing in it can end its element. */
export const secondsJson = ({ seconds, room }: Board): string =>
  JSON.stringify({ ...seconds, limit: room && room.admissions_per_minute / 60 })

const Commands: FC<{ view: DropView; at: string }> = ({ view, at }) => {
  const { board, facts, mayControl, mayStock, requestKey } = view
  const isOver = board.drop.status === 'ended'
  if (!mayControl && !mayStock) return <p class="small">This key may look, and nothing else.</p>
  return (
    <>
      {mayControl ? <Switch board={board} at={at} /> : null}
      {mayControl && facts.drop.room && !isOver ? (
        <form class="lever" method="post" action={`${at}/pace`} data-command>
          <label for="pace">Admit a minute, at most</label>
          <div class="lever-row">
            <input
              id="pace"
              name="pace"
              type="number"
              inputmode="numeric"
              min={1}
              max={1_000_000}
              required
              value={String(facts.drop.room.admissionsPerMinute)}
            />
            <button class="button button-quiet">Set</button>
            <button class="button button-quiet" name="slow" value="half" formnovalidate>
              Slow to half
            </button>
          </div>
        </form>
      ) : null}
      {mayStock && !isOver && facts.drop.skus.length > 0 ? (
        <form class="lever" method="post" action={`${at}/units`} data-command>
          <label for="units">Add units</label>
          <div class="lever-row">
            <input type="hidden" name="key" value={requestKey} />
            <SkuChoice view={view} />
            <input id="units" name="units" type="number" inputmode="numeric" min={1} required placeholder="how many" />
            <button class="button button-quiet">Add</button>
          </div>
        </form>
      ) : null}
    </>
  )
}

const SkuChoice: FC<{ view: DropView }> = ({ view: { board } }) =>
  board.skus.length === 1 ? (
    <input type="hidden" name="sku" value={board.skus[0]!.sku} />
  ) : (
    <>
      <label class="unseen" for="sku">
        Of which
      </label>
      <select id="sku" name="sku" required>
        {board.skus.map(({ sku, title }) => (
          <option value={sku}>{title}</option>
        ))}
      </select>
    </>
  )

/** What can be done with the drop as it stands; taken anew when that changes. */
export const Switch: FC<{ board: Board; at: string }> = ({ board, at }) => {
  const { status } = board.drop
  if (status === 'ended') {
    return (
      <div data-part="switch" data-over>
        <p class="small">{`It is over. ${number(board.units.sold)} of ${number(board.units.total)} units were sold.`}</p>
      </div>
    )
  }
  return (
    <div data-part="switch" class="switch">
      {status === 'paused' ? (
        <form method="post" action={`${at}/resume`} data-command>
          <button class="button button-go">Resume</button>
        </form>
      ) : (
        <form method="post" action={`${at}/pause`} data-command>
          <button class="button button-hold">Pause</button>
        </form>
      )}
      <details class="stop" data-key="stop">
        <summary class="button button-quiet">Stop…</summary>
        <form method="post" action={`${at}/stop`} data-command>
          <label class="check">
            <input type="checkbox" name="sure" value="yes" required />
            <span>End it now and for good. Those who wait are told; open orders are settled.</span>
          </label>
          <button class="button button-stop">Stop the drop</button>
        </form>
      </details>
    </div>
  )
}
