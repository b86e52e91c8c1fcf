/** The form at the foot of every page: another market, another language, and back to where one was. */
import { Hono } from 'hono'
import type { AppEnv } from '../context.ts'
import { chooseMarket } from '../market.ts'
import { readForm } from './forms.ts'
import { goTo } from './frame.ts'

export const marketPages = new Hono<AppEnv>()

marketPages.post('/market', async (c) => {
  const { market = '', language = '', back = '' } = await readForm(c)
  chooseMarket(c, market, language)
  return goTo(pathHere(back, c.var.visit.origin))
})

/** A path of this shop; the front page for anything that leads elsewhere. */
export function pathHere(back: string, origin: string): string {
  if (!back.startsWith('/') || back.length > 2000 || !URL.canParse(back, origin)) return '/'
  const { origin: there, pathname, search } = new URL(back, origin)
  return there === origin && !pathname.startsWith('//') ? pathname + search : '/'
}
