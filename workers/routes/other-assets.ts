/**
 * Assets of another version of the shop. The platform has answered for this version's own files before the Worker is
 * asked, so what comes here was named by a page from before a deploy, or by one of the next version while both are served.
 * It gets the same asset as this version has it: a page with a style sheet of its neighbour is better than a bare one. The
 * address promises other contents, so nobody may keep the answer.
 */
import { assetInstead } from '../pages/assets.ts'
import { turnedAway } from '../doorstep.ts'
import { router } from './endpoint.ts'

export const otherAssets = router()

otherAssets.get('/assets/:file', async (c) => {
  const instead = assetInstead(c.req.param('file'))
  if (instead === null) return turnedAway(c, { code: 'not_found', what: c.req.path })
  const found = await c.env.ASSETS.fetch(new URL(instead, c.var.visit.origin))
  if (!found.ok) return turnedAway(c, { code: 'not_found', what: c.req.path })
  const headers = { 'content-type': found.headers.get('content-type') ?? '', 'cache-control': 'no-store' }
  return new Response(found.body, { headers })
})
