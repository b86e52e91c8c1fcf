/** What an operator writes as HTML, made safe before it is kept. */
import { safeHtml } from '../../../domain/catalog/safe-html.ts'

export const markup = (html: string): string => safeHtml(html)
