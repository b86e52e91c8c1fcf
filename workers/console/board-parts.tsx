/**
 * The live parts of a drop's board. They are drawn here and nowhere else: first into the page, then once a second into
 * the stream, from which a script takes those that have changed.
 */
import type { FC } from 'hono/jsx'
import type { Board } from '../board-wire.ts'
import { PROBLEMS, type Code } from '../problems.ts'
import { number, rate, stateLine } from './say.ts'

type Part = FC<{ board: Board }>

export const BoardParts: Part = ({ board }) => (
  <>
    <State board={board} />
    <Numbers board={board} />
    <Figures board={board} />
    <Skus board={board} />
    <Refusals board={board} />
    <Wrong board={board} />
  </>
)

export const State: Part = ({ board }) => {
  const { word, rest } = stateLine(board)
  return (
    <div data-part="state" class={`state state-${board.drop.status}`} data-status={board.drop.status}>
      <p class="state-word">{word}</p>
      <p class="state-rest">{rest}</p>
    </div>
  )
}

export const Numbers: Part = ({ board }) => {
  const { room, units, orders, holds } = board
  return (
    <dl data-part="numbers" class="numbers">
      <Big label="Free" value={number(units.free)} of={`of ${number(units.total)}`} share={[units.free, units.total]} />
      {room ? (
        <>
          <Big
            label="Inside"
            value={number(room.inside)}
            of={`of ${number(room.inside_max)}`}
            share={[room.inside, room.inside_max]}
            isOver={room.inside > room.inside_max}
          />
          <Big label="Waiting" value={number(room.waiting)} of={`${number(room.called)} called`} />
        </>
      ) : (
        <>
          <Big label="Held" value={number(units.held)} of="units in baskets" />
          <Big
            label="Holds a second"
            value={rate(lately(board.seconds.holds))}
            of={`${number(holds.granted)} in all`}
          />
        </>
      )}
      <Big label="Paid a minute" value={number(orders.paid_last_minute)} of={`${number(orders.paid)} in all`} />
    </dl>
  )
}

/** A second alone jumps too much to be read; the chart shows the same mean. */
function lately(counts: readonly (number | null)[]): number {
  const few = counts.slice(-5)
  return few.reduce<number>((sum, count) => sum + (count ?? 0), 0) / Math.max(1, few.length)
}

type BigProps = { label: string; value: string; of: string; share?: [number, number]; isOver?: boolean }

const Big: FC<BigProps> = ({ label, value, of, share, isOver }) => (
  <div class={isOver ? 'number number-over' : 'number'}>
    <dt>{label}</dt>
    <dd>
      <b>{value}</b> <span>{of}</span>
    </dd>
    {share === undefined ? null : <Bar parts={[['share', share[0]]]} of={share[1]} />}
  </div>
)

export const Figures: Part = ({ board }) => {
  const { room, holds, orders, payments } = board
  return (
    <dl data-part="figures" class="figures">
      {room ? (
        <Figure
          label="Admitted"
          value={number(room.admitted)}
          rest={`${rate(lately(board.seconds.admitted))}/s of ${rate(room.admissions_per_minute / 60)}/s allowed`}
        />
      ) : null}
      <Figure label="Holds" value={number(holds.granted)} rest={`${rate(lately(board.seconds.holds))}/s`} />
      <Figure label="Units held" value={number(holds.units_held)} rest="in baskets and orders" />
      <Figure
        label="Orders"
        value={number(orders.accepted)}
        rest={`${number(orders.paid)} paid, ${number(orders.failed)} failed`}
        isBad={orders.failed > orders.paid}
      />
      <Figure
        label="Payments in line"
        value={payments ? number(payments.waiting) : '–'}
        rest={
          payments
            ? `${rate(payments.per_second)}/s taken${payments.waiting > 0 ? `, the first waits ${rate(payments.oldest_wait_ms / 1000)} s` : ''}`
            : 'not known'
        }
        isBad={(payments?.oldest_wait_ms ?? 0) > 60_000}
      />
      {room && room.missed > 0 ? (
        <Figure label="Called, late" value={number(room.missed)} rest="may still come" />
      ) : null}
    </dl>
  )
}

const Figure: FC<{ label: string; value: string; rest: string; isBad?: boolean }> = ({ label, value, rest, isBad }) => (
  <div class={isBad ? 'figure figure-bad' : 'figure'}>
    <dt>{label}</dt>
    <dd>
      <b>{value}</b> <span>{rest}</span>
    </dd>
  </div>
)

export const Skus: Part = ({ board }) => (
  <section data-part="skus" class="skus" aria-labelledby="skus-title">
    <div class="part-head">
      <h2 id="skus-title">Units</h2>
      <p class="key">
        <span class="key-sold">sold</span> <span class="key-held">held</span> <span class="key-free">free</span>
      </p>
    </div>
    <ul class={board.skus.length > 6 ? 'sku-list sku-list-many' : 'sku-list'}>
      {board.skus.map((one) => (
        <SkuRow one={one} />
      ))}
    </ul>
    {board.skus_of > board.skus.length ? (
      <p class="small">{`And ${number(board.skus_of - board.skus.length)} more, counted in the sums above.`}</p>
    ) : null}
  </section>
)

const SkuRow: FC<{ one: Board['skus'][number] }> = ({ one: { sku, title, units, leaves } }) => {
  const most = Math.max(1, ...leaves.map(({ free, held, sold }) => free + held + sold))
  return (
    <li class="sku">
      <div class="sku-head">
        <b>{title}</b>
        <span class="sku-count">
          {units ? (
            <>
              <i class={units.free === 0 ? 'gone' : ''}>{`${number(units.free)} free`}</i>
              {` · ${number(units.held)} held · ${number(units.sold)} sold of ${number(units.total)}`}
            </>
          ) : (
            <i class="gone">does not answer</i>
          )}
        </span>
      </div>
      {units ? <Bar parts={partsOf(units)} of={units.total} /> : null}
      {leaves.length > 0 ? (
        <details data-key={sku}>
          <summary>{`${number(leaves.length - 1)} leaves and their owner`}</summary>
          <ul class="leaves">
            {leaves.map((leaf) => (
              <li>
                <span>{leaf.leaf}</span>
                <Bar parts={partsOf(leaf)} of={most} />
                <span>{`${number(leaf.free)} · ${number(leaf.held)} · ${number(leaf.sold)}`}</span>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </li>
  )
}

interface Units {
  free: number
  held: number
  sold: number
}

const partsOf = ({ free, held, sold }: Units): [string, number][] => [
  ['sold', sold],
  ['held', held],
  ['free', free],
]

const WIDE = 1000

/** A stacked bar. As a drawing, because widths in a style attribute would be inline style. */
const Bar: FC<{ parts: readonly (readonly [string, number])[]; of: number }> = ({ parts, of }) => {
  let at = 0
  return (
    <svg class="units" viewBox={`0 0 ${WIDE} 10`} preserveAspectRatio="none" aria-hidden="true">
      {parts.map(([name, count]) => {
        const width = of > 0 ? Math.min(WIDE, Math.max(0, (count / of) * WIDE)) : 0
        const x = at
        at += width
        return width > 0 ? (
          <rect class={`fill-${name}`} x={x.toFixed(1)} y="0" width={width.toFixed(1)} height="10" />
        ) : null
      })}
    </svg>
  )
}

export const Refusals: Part = ({ board }) => (
  <section data-part="refusals" class="refusals" aria-labelledby="refusals-title">
    <h2 id="refusals-title">Told no</h2>
    {board.refusals.length === 0 ? (
      <p class="small">Nobody has been refused.</p>
    ) : (
      <table>
        <tbody>
          {board.refusals.map(({ code, count }) => (
            <tr>
              <th scope="row">
                <code>{code}</code>
                <span>{PROBLEMS[code as Code]?.title ?? ''}</span>
              </th>
              <td>{number(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
    <Since board={board} />
  </section>
)

/** Counted in memory: an object that was started anew begins anew. */
const Since: Part = ({ board: { counted_since, drop } }) => {
  if (counted_since === null) return null
  const isLate = counted_since > drop.opens_at
  const time = <time datetime={counted_since}>{`${counted_since.slice(11, 19)} UTC`}</time>
  return (
    <p class="small">
      Holds, orders and refusals are counted since {time}
      {isLate ? ', when the last of the order books woke; what was before is not in these sums.' : '.'}
    </p>
  )
}

export const Wrong: Part = ({ board }) => (
  <section data-part="wrong" class="wrong" aria-labelledby="wrong-title">
    <h2 id="wrong-title">Faults</h2>
    {board.faults === 0 && board.silent.length === 0 ? <p class="fine">Everything answers.</p> : null}
    {board.faults > 0 ? (
      <p class="bad">{`${number(board.faults)} ${board.faults === 1 ? 'hold' : 'holds'} could not be decided.`}</p>
    ) : null}
    {board.silent.length > 0 ? (
      <>
        <p class="bad">{`${number(board.silent.length)} ${board.silent.length === 1 ? 'object does' : 'objects do'} not answer:`}</p>
        <ul class="silent">
          {board.silent.slice(0, 12).map((name) => (
            <li>
              <code>{name}</code>
            </li>
          ))}
        </ul>
      </>
    ) : null}
  </section>
)

/** The tab's title: told at a glance, too. */
export const tabTitle = (board: Board): string =>
  `${stateLine(board).word}${board.drop.status === 'open' ? `, ${number(board.units.free)} free` : ''} · ${board.drop.title}`
