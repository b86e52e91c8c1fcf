/** Globs: `**` is anything, `*` is anything but a slash; every other letter is itself. */
const LETTERS_WITH_A_MEANING = /[.+?^${}()|[\]\\]/g

/** What the wild cards stood for, in their order; null: it does not fit. Takes time linear in text and wild cards. */
export type Glob = (text: string) => readonly string[] | null

/** Two neighbouring wild cards would make matching slow and mean nothing. */
export const isGlob = (text: string): boolean => !/\*{3,}|\*\/?\*\/?\*/.test(text) && text.length <= 300

export function globOf(text: string): Glob {
  const pattern = text
    .split(/(\*\*|\*)/)
    .map((piece) =>
      piece === '**' ? '(.*)' : piece === '*' ? '([^/]*)' : piece.replace(LETTERS_WITH_A_MEANING, '\\$&'),
    )
    .join('')
  const expression = new RegExp(`^${pattern}$`, 's')
  return (asked) => expression.exec(asked)?.slice(1) ?? null
}

/** `$1`, `$2`, … replaced by what the wild cards stood for; one too many is nothing. */
export const filledIn = (template: string, stoodFor: readonly string[]): string =>
  template.replace(/\$(\d)/g, (_, digit: string) => stoodFor[Number(digit) - 1] ?? '')
