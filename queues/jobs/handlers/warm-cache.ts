/** Has pages and answers made before a crowd asks for them, and put where every data centre takes them from. */
import { z } from 'zod'
import { BRISK, jobHandler, noUse, succeeded, tryAgain } from '../handler.ts'

/** Addresses that anybody may ask for, and nothing else. */
const PATH = /^\/(?:$|(?:api\/v1\/)?(?:products|collections|drops)(?:\/[a-z0-9-]{1,200}){0,2}(?:\?[\w=&%+.-]{0,500})?$)/

export const warmCache = jobHandler({
  type: 'warm_cache',
  summary: 'Warms public pages, or all that a drop’s crowd will ask for.',
  payload: z.union([
    z.strictObject({
      paths: z.array(z.string().regex(PATH, 'must be the path of a public page or answer')).min(1).max(100),
    }),
    z.strictObject({ drop: z.string().min(1).max(200) }),
  ]),
  result: z.object({ warmed: z.int(), missed: z.array(z.string()), spread: z.int() }),
  scopes: () => ['catalog:write'],
  policy: { lane: 'default', attemptsMax: 5, backoff: BRISK, timeoutMs: 60_000 },
  run: async (payload, { storeId }, parts) => {
    const warmed = await parts.warm(storeId, payload)
    if (!warmed)
      return noUse('not_found', 'drop' in payload ? `There is no drop ${payload.drop}.` : 'There is no shop.')
    const { answers, spread } = warmed
    if (answers.some(({ status }) => status >= 500)) return tryAgain('shop_is_busy', 'Some pages could not be made.')
    const missed = answers.filter(({ status }) => status !== 200).map(({ path }) => path)
    return succeeded({ warmed: answers.length - missed.length, missed: missed.slice(0, 100), spread })
  },
})
