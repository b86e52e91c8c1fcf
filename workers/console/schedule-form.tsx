/** The form that adds a schedule. Its preview is asked for before anything is saved, and marks what clock changes do. */
import type { Child, FC } from 'hono/jsx'
import { JOB_HANDLERS } from '../../queues/jobs/registry.ts'
import type { Filled } from '../pages/forms.ts'
import type { Notice } from './drop-page.tsx'
import { Told } from './job-page.tsx'
import type { Mistakes } from './schedule-asked.ts'
import { Preview, type PreviewOf } from './schedule-preview.tsx'

export interface FormView {
  filled: Filled
  mistakes: Mistakes
  /** Null: nobody has asked for one. */
  preview: { of: PreviewOf; words: { words: string; clock_changes: string | null }; now: number } | null
  notice: Notice | null
  requestKey: string
}

export const ScheduleForm: FC<{ view: FormView }> = ({ view }) => {
  const { filled, preview, notice, requestKey } = view
  return (
    <div class="sheet">
      <h1>
        Add a schedule <a href="/console/schedules">all schedules</a>
      </h1>
      <Told notice={notice} />
      <form method="post" action="/console/schedules" class="terms">
        <input type="hidden" name="key" value={requestKey} />
        <fieldset>
          <legend>What</legend>
          <Field name="name" label="Name" view={view}>
            <input name="name" maxlength={100} required value={filled['name'] ?? ''} />
          </Field>
          <Choice name="type" label="Type of job" view={view} choices={TYPES} />
          <Field name="payload" label="Payload, as JSON" view={view} isLong>
            <textarea name="payload" maxlength={50_000} spellcheck={false}>
              {filled['payload'] ?? '{}'}
            </textarea>
          </Field>
        </fieldset>
        <When view={view} />
        <fieldset>
          <legend>When something is in the way</legend>
          <Choice name="misfire" label="Firings that nobody was there for" view={view} choices={MISFIRES} />
          <Choice name="overlapping" label="While the last one still runs" view={view} choices={OVERLAPPINGS} />
          <Field name="jitter" label="Late by up to, seconds" view={view}>
            <input name="jitter" type="number" min={0} max={3600} value={filled['jitter'] ?? '0'} />
          </Field>
        </fieldset>
        <div class="commands">
          <button class="button button-quiet" formmethod="get" formaction="/console/schedules/new" formnovalidate>
            Preview
          </button>
          <button class="button">Save</button>
        </div>
      </form>
      {preview === null ? null : (
        <section aria-labelledby="preview-title" id="preview">
          <h2 id="preview-title">Preview</h2>
          <p>{`${preview.words.words}.`}</p>
          {preview.words.clock_changes === null ? null : <p class="small">{preview.words.clock_changes}</p>}
          <Preview of={preview.of} now={preview.now} />
        </section>
      )}
    </div>
  )
}

/** All kinds side by side, since without scripts none could be hidden; only those of the chosen kind are read. */
const When: FC<{ view: FormView }> = ({ view }) => {
  const { filled } = view
  return (
    <fieldset>
      <legend>When</legend>
      <Choice name="kind" label="Fires" view={view} choices={KINDS} />
      <Field name="expression" label="Cron expression" view={view}>
        <input
          name="expression"
          maxlength={200}
          value={filled['expression'] ?? ''}
          placeholder="30 2 * * *"
          spellcheck={false}
        />
      </Field>
      <Field name="zone" label="Time zone" view={view}>
        <input name="zone" maxlength={64} value={filled['zone'] ?? ''} placeholder="Europe/Berlin" spellcheck={false} />
      </Field>
      <Choice name="gap" label="A time the clock leaves out" view={view} choices={GAPS} />
      <Choice name="overlap" label="A time that comes twice" view={view} choices={OVERLAPS} />
      <Field name="every" label="Interval: minutes" view={view}>
        <input name="every" type="number" min={1} max={527_040} value={filled['every'] ?? ''} />
      </Field>
      <Field name="at" label="Once: at, UTC" view={view}>
        <input name="at" type="datetime-local" value={filled['at'] ?? ''} />
      </Field>
      <Field name="drop" label="Drop: its slug" view={view}>
        <input name="drop" maxlength={200} value={filled['drop'] ?? ''} />
      </Field>
      <Choice name="moment" label="Drop: its moment" view={view} choices={MOMENTS} />
      <Field name="offset" label="Drop: minutes after; before: −" view={view}>
        <input name="offset" type="number" value={filled['offset'] ?? '0'} />
      </Field>
    </fieldset>
  )
}

type Choices = readonly (readonly [value: string, words: string])[]

const TYPES: Choices = [...JOB_HANDLERS.keys()].toSorted().map((type) => [type, type])
const KINDS: Choices = [
  ['cron', 'by a cron expression'],
  ['interval', 'at an interval'],
  ['once', 'once'],
  ['drop', 'with a drop'],
]
const GAPS: Choices = [
  ['usual', 'as is usual'],
  ['run_after', 'fires right after'],
  ['run_before', 'fires just before'],
  ['skip', 'does not fire'],
]
const OVERLAPS: Choices = [
  ['usual', 'as is usual'],
  ['first', 'fires the first time'],
  ['last', 'fires the second time'],
  ['both', 'fires both times'],
]
const MOMENTS: Choices = [
  ['opening', 'its opening'],
  ['sold_out', 'being sold out'],
  ['end', 'its end'],
]
const MISFIRES: Choices = [
  ['once', 'are made up for once'],
  ['skip', 'are left out'],
  ['all', 'are made up for, the last ten'],
]
const OVERLAPPINGS: Choices = [
  ['skip', 'left out'],
  ['allow', 'runs beside it'],
  ['queue_one', 'waits for it'],
  ['cancel_running', 'cancels it'],
]

const Choice: FC<{ name: string; label: string; view: FormView; choices: Choices }> = ({
  name,
  label,
  view,
  choices,
}) => (
  <Field name={name} label={label} view={view}>
    <select name={name}>
      {choices.map(([value, words]) => (
        <option value={value} selected={value === view.filled[name]}>
          {words}
        </option>
      ))}
    </select>
  </Field>
)

type FieldProps = { name: string; label: string; view: FormView; isLong?: boolean; children?: Child }

const Field: FC<FieldProps> = ({ name, label, view: { mistakes }, isLong, children }) => (
  <label class={isLong ? 'long' : ''}>
    <span>{label}</span>
    {children}
    {mistakes[name] === undefined ? null : <span class="mistake">{mistakes[name]}</span>}
  </label>
)
