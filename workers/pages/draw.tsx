/**
 * The draw, for whoever does not want to take our word: what was promised before, what was revealed after, and two ways
 * to compute the positions anew. Reads as a plain explanation without a script.
 */
import type { FC } from 'hono/jsx'
import { numberInWords, wordsFor } from './languages/index.ts'
import { page } from './parts/layout.tsx'
import { Instant } from './parts/say.tsx'
import type { DrawPageView, Frame } from './views.ts'

export function drawPage(frame: Frame, view: DrawPageView) {
  const locale = frame.store.locale
  const words = wordsFor(locale).draw
  const { drop } = view
  const isDrawn = view.drawnAt !== null
  return page(
    frame,
    {
      title: `${words.title} · ${drop.title}`,
      description: words.lead,
      scripts: isDrawn ? ['countdown.js', 'draw.js'] : ['countdown.js'],
    },
    <div class="desk draw">
      <p class="eyebrow">
        <a href={`/drops/${drop.slug}`}>{drop.title}</a>
      </p>
      <h1>{words.title}</h1>
      <p class="draw-lead">{words.lead}</p>
      <div class="desk-split">
        <div class="story">
          <section class="slip" aria-labelledby="draw-how">
            <h2 id="draw-how">{words.howTitle}</h2>
            <ol class="steps steps-plain">
              {words.how.map((step) => (
                <li>{step}</li>
              ))}
            </ol>
            <p class="small">
              {words.recipe}: <code class="recipe">{view.algorithm}</code>
            </p>
          </section>
          {isDrawn ? <Yours view={view} locale={locale} /> : null}
          <section class="slip" aria-labelledby="draw-command">
            <h2 id="draw-command">{words.commandTitle}</h2>
            <p>{words.commandHelp}</p>
            <pre class="command" tabindex={0}>
              <code>
                npm run verify-draw -- {drop.slug} --url {frame.origin}
              </code>
            </pre>
            {isDrawn ? (
              <p class="small">
                <a href={`/api/v1/drops/${drop.slug}/draw/entries`}>{words.entries}</a>
              </p>
            ) : null}
          </section>
        </div>
        <section class="slip" aria-label={words.title}>
          <dl class="proofs">
            <Fact name={words.commitment} help={words.commitmentHelp} value={view.commitment} />
            <Fact name={words.seed} help={words.seedHelp} value={view.seed} absent={words.notYet} />
            <Fact
              name={words.publicValue}
              help={words.publicValueHelp}
              value={view.publicValue}
              absent={words.notYet}
            />
          </dl>
          <dl class="facts">
            <div>
              <dt>{words.joined}</dt>
              <dd>{numberInWords(view.joined, locale)}</dd>
            </div>
            <div>
              <dt>{words.drawnAt}</dt>
              <dd>
                <Instant at={view.drawnAt ?? drop.opensAt} locale={locale} exact />
              </dd>
            </div>
          </dl>
        </section>
      </div>
    </div>,
  )
}

const Fact: FC<{ name: string; help: string; value: string | null; absent?: string }> = ({
  name,
  help,
  value,
  absent,
}) => (
  <div>
    <dt>{name}</dt>
    <dd>
      {value === null ? <span class="proof-absent">{absent}</span> : <code>{value}</code>}
      <span class="small">{help}</span>
    </dd>
  </div>
)

/** Everything the script needs is on the form; its answer is told where a screen reader hears it. */
const Yours: FC<{ view: DrawPageView; locale: string }> = ({ view, locale }) => {
  const words = wordsFor(locale).draw
  return (
    <section class="slip" aria-labelledby="draw-yours">
      <h2 id="draw-yours">{words.yoursTitle}</h2>
      <p>{words.yoursHelp}</p>
      <form
        class="draw-check"
        data-draw
        data-entries={`/api/v1/drops/${view.drop.slug}/draw/entries`}
        data-commitment={view.commitment}
        data-seed={view.seed}
        data-public-value={view.publicValue}
        data-root={view.root}
        data-checking={words.checking}
        data-found={words.found}
        data-differs={words.differs}
        data-not-found={words.notFound}
        data-broken={words.broken}
        data-failed={words.failed}
      >
        <div class="field">
          <label for="lot">{words.lotLabel}</label>
          <input id="lot" name="lot" required spellcheck={false} autocomplete="off" value={view.ownLot ?? ''} />
        </div>
        <button class="button">{words.check}</button>
      </form>
      <p class="draw-result" role="status" aria-live="polite" data-result />
      <noscript>
        <p class="small">{words.scriptless}</p>
      </noscript>
    </section>
  )
}
