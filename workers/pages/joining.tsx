/**
 * The way into a waiting room: one button, or, where there is one lot for each mailbox, an address, then the letter that
 * went there, then the button. Forms alone; a reload takes nothing away, and following the link in the letter joins
 * nobody: programs that look into letters follow links too.
 */
import type { FC } from 'hono/jsx'
import type { Words } from './languages/words.ts'
import { Notice } from './parts/cards.tsx'
import type { RoomView } from './views.ts'

interface JoinProps {
  view: RoomView
  words: Words['room']
}

export const Join: FC<JoinProps> = ({ view, words }) => {
  const { mailbox } = view
  switch (mailbox?.step) {
    case undefined:
      return <Enter view={view} words={words} proof={null} />
    case 'ask':
      return <AskForLetter view={view} words={words} />
    case 'sent':
      return (
        <>
          <Notice tone="good" title={words.mailbox.sent.title}>
            <p>{words.mailbox.sent.lead}</p>
          </Notice>
          <EnterCode view={view} words={words} />
          <AskForLetter view={view} words={words} isAgain />
        </>
      )
    case 'proven':
    default:
      return (
        <>
          <p class="hero-fine">{words.mailbox.proven}</p>
          <Enter view={view} words={words} proof={mailbox?.proof ?? null} />
        </>
      )
  }
}

const Enter: FC<JoinProps & { proof: string | null }> = ({ view, words, proof }) => (
  <form class="room-join" method="post" action={`/drops/${view.drop.slug}/waiting`}>
    {proof === null ? null : <input type="hidden" name="email_proof" value={proof} />}
    <Challenge view={view} />
    <button class="button">{words.join}</button>
  </form>
)

const EnterCode: FC<JoinProps> = ({ view, words }) => (
  <form class="room-join" method="post" action={`/drops/${view.drop.slug}/waiting`}>
    <div class="field">
      <label for="room-proof">{words.mailbox.codeLabel}</label>
      <input id="room-proof" name="email_proof" autocomplete="off" spellcheck={false} required maxlength={1000} />
    </div>
    <Challenge view={view} />
    <button class="button">{words.join}</button>
  </form>
)

const AskForLetter: FC<JoinProps & { isAgain?: boolean }> = ({ view, words, isAgain = false }) => (
  <form class="room-join" method="post" action={`/drops/${view.drop.slug}/waiting/letter`}>
    <div class="field">
      <label for="room-email">{words.emailLabel}</label>
      <input
        id="room-email"
        name="email"
        type="email"
        autocomplete="email"
        required
        maxlength={254}
        aria-describedby="room-email-help"
      />
      <p class="hero-fine" id="room-email-help">
        {words.emailHelp}
      </p>
    </div>
    <Challenge view={view} />
    <button class={isAgain ? 'button button-quiet' : 'button'}>
      {isAgain ? words.mailbox.again : words.mailbox.send}
    </button>
  </form>
)

const Challenge: FC<{ view: RoomView }> = ({ view: { challenge } }) =>
  challenge === null ? null : (
    <div class="cf-turnstile" data-sitekey={challenge.siteKey} data-response-field-name="challenge" />
  )
