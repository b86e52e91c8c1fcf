/**
 * Alerts: a look at a store's jobs is judged by the object that keeps its alerts, and what has to be told is sent. A letter
 * that does not go out stays there for the next look; one that went out and could not be ticked off goes out again.
 */
import type { Letter } from '../../domain/alert/keeper.ts'
import type { Look } from '../../domain/alert/rules.ts'
import { within } from '../../durable-objects/basics/deadline.ts'
import { Fault } from '../../platform/fault.ts'
import { BindingMailer, type Mailer } from '../../platform/mail/mailer.ts'
import { alertDesk } from '../desks.ts'
import { alertJson, alertMail, isPost, receiversIn, type AboutStore } from './letter.ts'

const PATIENCE_MS = 5_000

/** Judges the look and sends what is to be said. Rejects, at the end, when a letter could not be sent. Safe to repeat. */
export async function tellOf(env: Env, store: { id: string; name: string }, look: Look): Promise<void> {
  const desk = alertDesk(env, store.id)
  const letters = await desk.judge(look, receiversIn(env.ALERTS_TO))
  const about = { ...store, board: env.PUBLIC_ORIGIN === '' ? null : `${env.PUBLIC_ORIGIN}/console/jobs` }
  const post = { mailer: new BindingMailer(env.MAIL), from: env.MAIL_FROM, fetch: postJson }
  const faults: unknown[] = []
  for (const letter of letters) {
    try {
      await sendAlert(letter, about, post)
      await desk.told(letter.notice.id, letter.receiver)
    } catch (thrown) {
      faults.push(thrown)
    }
  }
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} alerts could not be sent`)
}

export interface Post {
  mailer: Mailer
  from: string
  /** Resolves when it was taken. */
  fetch: (url: string, body: unknown) => Promise<void>
}

/** Sends one letter to its receiver. Rejects when it was not taken, or nobody knows. */
export async function sendAlert({ notice, receiver }: Letter, store: AboutStore, { mailer, from, fetch }: Post) {
  const sent = isPost(receiver)
    ? fetch(receiver, alertJson(notice, store))
    : mailer.send(alertMail(notice, store, receiver, from))
  await within(PATIENCE_MS, 'an alert', sent)
}

async function postJson(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'manual', // a chat's address does not move; one that does has been taken over
  })
  await answer.body?.cancel()
  // The address is a secret, as chats do it: it is never said.
  if (!answer.ok) throw new Fault(`whoever is posted alerts answered ${answer.status}`)
}
