/**
 * Mail: one letter out, through the `send_email` binding. Resolves when the provider has taken it over, rejects when it
 * has not; it may have gone out all the same, so a letter may come twice and never not at all.
 */
import { Fault } from '../fault.ts'

export interface Letter {
  to: string
  from: { email: string; name: string }
  subject: string
  text: string
  html: string
  attachment: { filename: string; type: string; content: Uint8Array } | null
}

export interface Mailer {
  send(letter: Letter): Promise<void>
}

/** A header ends at a line break; whatever stands after one would be a header of the writer's choosing. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu
const SUBJECT_LETTERS_MAX = 200

export class BindingMailer implements Mailer {
  readonly #binding: SendEmail

  constructor(binding: SendEmail) {
    this.#binding = binding
  }

  async send({ to, from, subject, text, html, attachment }: Letter): Promise<void> {
    const attachments = attachment ? [{ ...attachment, disposition: 'attachment' as const }] : []
    try {
      await this.#binding.send({
        to,
        from: { email: from.email, name: oneLine(from.name) },
        subject: oneLine(subject),
        text,
        html,
        attachments,
      })
    } catch (cause) {
      throw new Fault('the letter was not taken over', { cause })
    }
  }
}

const oneLine = (text: string): string => text.replaceAll(CONTROLS, ' ').trim().slice(0, SUBJECT_LETTERS_MAX)
