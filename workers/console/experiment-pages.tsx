/** Experiments in the console: all of them, and one with what came of it so far. */
import type { FC } from 'hono/jsx'
import type { Experiment } from '../../domain/experiment/experiment.ts'
import type { Results } from '../../domain/experiment/results.ts'
import type { Notice } from './drop-page.tsx'
import { Counted, Differences, verdictInWords } from './experiment-parts.tsx'
import { span } from './say.ts'

const STATES = { draft: 'Draft', running: 'Running', stopped: 'Over' } as const
/** The colours of drops, which operators know already. */
const COLOURS = { draft: 'scheduled', running: 'open', stopped: 'ended' } as const

export const ExperimentsPage: FC<{ experiments: readonly Experiment[]; now: number }> = ({ experiments, now }) => (
  <div class="drops">
    <h1>Experiments</h1>
    {experiments.length === 0 ? (
      <p>
        There is none yet. Define one by <code>POST /api/v1/admin/experiments</code>; see <a href="/docs">the API</a>.
      </p>
    ) : (
      <ul class="drop-list">
        {experiments.map((one) => (
          <li>
            <a href={`/console/experiments/${one.key}`}>
              <span class={`mini-state state-${COLOURS[one.state]}`}>{STATES[one.state]}</span>
              <b>{one.name}</b>
              <span class="drop-when">{since(one, now)}</span>
            </a>
          </li>
        ))}
      </ul>
    )}
  </div>
)

function since({ state, startedAt, stoppedAt, variations }: Experiment, now: number): string {
  if (state === 'draft' || startedAt === null) return `${variations.length} variations`
  return state === 'running' ? `for ${span(now - startedAt)}` : `ran for ${span((stoppedAt ?? now) - startedAt)}`
}

export interface ExperimentView {
  experiment: Experiment
  /** Null: an object that counts did not answer. */
  results: Results | null
  currency: string
  previews: readonly string[]
  mayControl: boolean
  notice: Notice | null
  now: number
}

export const ExperimentPage: FC<{ view: ExperimentView }> = ({ view }) => {
  const { experiment, results, currency, notice, now } = view
  const verdict = results && verdictInWords(results.verdict, experiment)
  return (
    <div class="sheet">
      <h1>{experiment.name}</h1>
      {notice ? (
        <div class={`notice notice-${notice.tone}`} role="status">
          <p class="notice-title">{notice.title}</p>
          <p>{notice.detail}</p>
        </div>
      ) : null}
      <div class={`state state-${COLOURS[experiment.state]}`}>
        <p class="state-word">{STATES[experiment.state]}</p>
        <p class="state-rest">
          {since(experiment, now)}
          {experiment.stoppedBy !== null && experiment.stoppedBy !== 'operator'
            ? `, stopped by its guardrail: ${experiment.stoppedBy}`
            : ''}
        </p>
      </div>
      {experiment.hypothesis === '' ? null : <p class="hypothesis">{experiment.hypothesis}</p>}
      {verdict === null ? (
        <p class="bad">
          Not all who count have answered. Half of the visitors are no smaller experiment, so nothing is shown.
        </p>
      ) : (
        <div class="verdict">
          <p class="verdict-line">{verdict.line}</p>
          <p>{verdict.detail}</p>
        </div>
      )}
      {results ? <Counted experiment={experiment} results={results} currency={currency} /> : null}
      {results && experiment.state !== 'draft' ? <Differences experiment={experiment} results={results} /> : null}
      <Variations view={view} />
      {view.mayControl ? <Commands experiment={experiment} /> : null}
    </div>
  )
}

const Variations: FC<{ view: ExperimentView }> = ({ view: { experiment, previews } }) => (
  <section aria-labelledby="variations">
    <h2 id="variations">
      Variations <span>a preview is a query for any product page; looking is not counted</span>
    </h2>
    <dl class="variations-list">
      {experiment.variations.map((variation, i) => (
        <div>
          <dt>{variation.name}</dt>
          <dd>
            <code>{JSON.stringify(variation.parameters)}</code>
            <br />
            <code class="preview">?{previews[i]}</code>
          </dd>
        </div>
      ))}
    </dl>
  </section>
)

const Commands: FC<{ experiment: Experiment }> = ({ experiment: { key, state } }) => (
  <aside class="steer" aria-label="Commands">
    {state === 'draft' ? (
      <form method="post" action={`/console/experiments/${key}/start`}>
        <button class="button button-go">Start</button>
        <p class="small">From then on what decides who sees what stays as it is.</p>
      </form>
    ) : null}
    {state === 'running' ? (
      <form method="post" action={`/console/experiments/${key}/stop`}>
        <label class="check">
          <input type="checkbox" name="sure" value="yes" /> For good
        </label>
        <button class="button button-stop">Stop</button>
      </form>
    ) : null}
  </aside>
)
