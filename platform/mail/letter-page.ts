/** What all our letters look like as a page: plain, readable anywhere, and nothing fetched from elsewhere. */

export interface LetterPage {
  /** BCP 47. */
  language: string
  subject: string
  /** HTML, with everything that somebody typed escaped already. */
  body: string
  /** Text, one line each: who wrote this, and about what. */
  foot: readonly string[]
}

export const letterPage = ({ language, subject, body, foot }: LetterPage): string => `<!doctype html>
<html lang="${escaped(language)}">
<head><meta charset="utf-8"><title>${escaped(subject)}</title></head>
<body style="margin:0 auto;max-width:36rem;padding:2rem 1rem;font:16px/1.5 system-ui,sans-serif;color:#1a1a1f">
${body}
<p style="color:#6b6b76">${foot.map(escaped).join('<br>')}</p>
</body>
</html>
`

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text as HTML says it, in content and in attributes. */
export const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign]!)
