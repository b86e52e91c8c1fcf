/** A sentence of the words table with elements in its slots, and an instant in the reader's own zone. */
import type { Child, FC } from 'hono/jsx'
import { instantInWords } from '../words.ts'

/** "The draw is at {time}." with an element for the time. */
export const Say: FC<{ words: string; slots: Readonly<Record<string, Child>> }> = ({ words, slots }) => (
  <>{words.split(/(\{\w+\})/).map((part) => (part.startsWith('{') ? (slots[part.slice(1, -1)] ?? part) : part))}</>
)

/** Said in UTC by the server, which knows no better; a script says it in the reader's zone. */
export const Instant: FC<{ at: number; locale: string; exact?: boolean }> = ({ at, locale, exact = false }) => (
  <time datetime={new Date(at).toISOString()} data-local={locale} data-exact={exact ? '' : undefined}>
    {instantInWords(at, locale, exact)}
  </time>
)
