/** Who you are, where it goes, how you pay: one form that needs no script and orders once, however often it is sent. */
import type { Child, FC } from 'hono/jsx'
import { Notice } from './parts/cards.tsx'
import { Countdown } from './parts/countdown.tsx'
import { page } from './parts/layout.tsx'
import { Lines, Total } from './parts/lines.tsx'
import type { CheckoutView, Frame } from './views.ts'
import { priceInWords } from './words.ts'

export const checkoutPage = (frame: Frame, view: CheckoutView, notice?: Child) =>
  page(
    frame,
    { title: 'Checkout', scripts: ['countdown.js'] },
    <div class="desk">
      <h1>Checkout</h1>
      {notice}
      <div class="desk-split">
        <Form view={view} locale={frame.store.locale} />
        <aside class="first" aria-label="What you are buying">
          <div class="slip">
            <Countdown
              until={view.hold.expiresAt}
              now={frame.now}
              locale={frame.store.locale}
              verb="Yours until"
              atEnd="reload"
              size="small"
            />
            <Lines lines={view.hold.lines} pictures={view.pictures} locale={frame.store.locale} />
            <Total total={view.hold.total} locale={frame.store.locale} />
            <p class="small">Once you have ordered, the clock stops: your units wait for the payment.</p>
          </div>
        </aside>
      </div>
    </div>,
  )

const Form: FC<{ view: CheckoutView; locale: string }> = ({ view, locale }) => {
  const field = { filled: view.filled, mistakes: view.mistakes }
  const count = Object.keys(view.mistakes).length
  return (
    <form class="checkout-form" method="post" action={`/checkout/${view.hold.id}`} data-once>
      <input type="hidden" name="key" value={view.requestKey} />
      {count === 0 ? null : (
        <Notice
          tone="bad"
          title={
            view.mistakes[''] ?? (count === 1 ? 'One thing needs another look.' : `${count} things need another look.`)
          }
        />
      )}
      <section aria-labelledby="who">
        <h2 id="who">Who you are</h2>
        <div class="fields">
          <Field
            {...field}
            name="email"
            label="E-mail"
            type="email"
            autocomplete="email"
            hint="Your receipt goes here."
            required
            max={254}
          />
          <Field {...field} name="name" label="Name" autocomplete="name" required max={120} />
        </div>
      </section>
      <section aria-labelledby="where">
        <h2 id="where">Where it goes</h2>
        <div class="fields">
          <Field {...field} name="line1" label="Street and number" autocomplete="address-line1" required max={200} />
          <Field {...field} name="line2" label="Addition (optional)" autocomplete="address-line2" max={200} />
          <Field
            {...field}
            name="postal_code"
            label="Postal code"
            autocomplete="postal-code"
            part="third"
            required
            max={20}
          />
          <Field {...field} name="city" label="Town" autocomplete="address-level2" part="rest" required max={120} />
          <CountryField view={view} locale={locale} />
        </div>
      </section>
      <section aria-labelledby="how">
        <h2 id="how">How you pay</h2>
        <PaymentChoices view={view} />
      </section>
      <div>
        <button class="button">Order and pay {priceInWords(view.hold.total, locale)}</button>
        <p class="small">We authorise the amount, secure your units, and only then charge you.</p>
      </div>
    </form>
  )
}

type FieldProps = {
  filled: Record<string, string>
  mistakes: Record<string, string>
  name: string
  label: string
  type?: string
  autocomplete: string
  hint?: string
  part?: 'half' | 'third' | 'rest'
  required?: boolean
  max: number
}

const Field: FC<FieldProps> = ({
  filled,
  mistakes,
  name,
  label,
  type = 'text',
  autocomplete,
  hint,
  part,
  required = false,
  max,
}) => {
  const mistake = mistakes[name]
  const described = [hint === undefined ? '' : `${name}-hint`, mistake === undefined ? '' : `${name}-mistake`]
    .filter(Boolean)
    .join(' ')
  return (
    <div class={part === undefined ? 'field' : `field field-${part}`}>
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={type}
        autocomplete={autocomplete}
        value={filled[name] ?? ''}
        required={required}
        maxlength={max}
        aria-describedby={described || undefined}
        aria-invalid={mistake === undefined ? undefined : 'true'}
      />
      {mistake === undefined ? null : (
        <p class="mistake" id={`${name}-mistake`}>
          {mistake}
        </p>
      )}
      {hint === undefined ? null : (
        <p class="small" id={`${name}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

const CountryField: FC<{ view: CheckoutView; locale: string }> = ({ view, locale }) => {
  const names = new Intl.DisplayNames([locale], { type: 'region' })
  const options = view.countries
    .map((code) => [code, names.of(code) ?? code] as const)
    .toSorted((a, b) => a[1].localeCompare(b[1], locale))
  return (
    <div class="field">
      <label for="country">Country</label>
      <select id="country" name="country" autocomplete="country" required>
        {options.map(([code, name]) => (
          <option value={code} selected={code === view.filled['country']}>
            {name}
          </option>
        ))}
      </select>
      {view.mistakes['country'] === undefined ? null : <p class="mistake">{view.mistakes['country']}</p>}
    </div>
  )
}

const PaymentChoices: FC<{ view: CheckoutView }> = ({ view }) =>
  view.payments.length === 0 ? (
    <Notice tone="bad" title="This shop cannot take payments yet.">
      <p>Its owner has not connected a way to pay. Nothing will be charged.</p>
    </Notice>
  ) : (
    <fieldset class="choices">
      <legend>Test cards: no money moves</legend>
      {view.payments.map((choice, i) => (
        <label class="choice">
          <input
            type="radio"
            name="payment_method"
            value={choice.id}
            required
            checked={
              choice.id === (view.filled['payment_method'] ?? view.payments[0]?.id) ||
              (i === 0 && view.filled['payment_method'] === undefined)
            }
          />
          <b>{choice.title}</b>
          <span class="small">{choice.note}</span>
        </label>
      ))}
    </fieldset>
  )
