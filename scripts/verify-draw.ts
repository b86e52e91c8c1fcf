/**
 * `npm run verify-draw -- <drop> [--url http://127.0.0.1:8787] [--commitment <hex>] [--lot <hex>] [--save draw.json]`
 * `npm run verify-draw -- --file draw.json [--commitment <hex>] [--lot <hex>]`
 *
 * Downloads a finished draw, or reads a saved one, recomputes every position and says whether it is so. `--commitment`:
 * what you wrote down before the opening. `--lot`: yours; says its position. Ends with 0 when everything is confirmed,
 * 1 when something is wrong (and says where), 2 when there is nothing to check yet or the draw cannot be had.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { checkDraw, type PublishedDraw } from './draw-check.ts'

function giveUp(why: string): never {
  console.error(why)
  process.exit(2)
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string', default: process.env['ONRUSH_URL'] ?? 'http://127.0.0.1:8787' },
    file: { type: 'string' },
    save: { type: 'string' },
    commitment: { type: 'string' },
    lot: { type: 'string' },
  },
})
const [drop] = positionals
if (values.file === undefined && drop === undefined) {
  giveUp('Which drop? npm run verify-draw -- <drop> [--url …], or --file <a draw that was saved>.')
}

async function get(path: string): Promise<Record<string, unknown>> {
  const address = new URL(`/api/v1/drops/${encodeURIComponent(drop!)}/draw${path}`, values.url)
  const response = await fetch(address).catch((fault: unknown) =>
    giveUp(`${address.href} does not answer: ${String(fault)}`),
  )
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>
  if (!response.ok)
    giveUp(`${address.href} answers ${response.status}: ${JSON.stringify(body['title'] ?? 'no reason given')}`)
  return body
}

async function download(): Promise<PublishedDraw> {
  const draw = (await get('')) as unknown as Omit<PublishedDraw, 'drop' | 'entries'>
  const entries: PublishedDraw['entries'] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await get(`/entries${cursor === '' ? '' : `?cursor=${encodeURIComponent(cursor)}`}`)
    const { data, next_cursor } = page as unknown as { data: PublishedDraw['entries']; next_cursor: string | null }
    entries.push(...data)
    // A shop that sends us in circles does not get to keep us for ever.
    if (next_cursor === cursor || entries.length > draw.joined) break
    cursor = next_cursor
  }
  return { drop: drop!, ...draw, entries }
}

function read(file: string): PublishedDraw {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PublishedDraw
  } catch (fault) {
    return giveUp(`${file} cannot be read: ${String(fault)}`)
  }
}

const draw = values.file === undefined ? await download() : read(values.file)
if (values.save !== undefined) writeFileSync(values.save, `${JSON.stringify(draw, null, 1)}\n`)
const verdict = checkDraw(draw, values.commitment)
switch (verdict.outcome) {
  case 'not_drawn':
    giveUp(`${draw.drop} has not been drawn yet. Write down its commitment: ${verdict.commitment}`)
    break
  case 'refused':
    for (const line of verdict.checked) console.log(`  ok     ${line}`)
    console.log(`  WRONG  ${verdict.wrong}`)
    console.log(`The draw of ${draw.drop} is refused.`)
    process.exitCode = 1
    break
  case 'confirmed':
  default: {
    for (const line of verdict.checked) console.log(`  ok     ${line}`)
    const own = draw.entries.find(({ lot }) => lot === values.lot?.toLowerCase())
    if (own) console.log(`  ok     your lot has position ${own.position} of ${draw.joined}`)
    else if (values.lot !== undefined) {
      console.log(`  WRONG  lot ${values.lot} did not take part`)
      process.exitCode = 1
    }
    console.log(`The draw of ${draw.drop} is ${process.exitCode ? 'refused' : 'confirmed'}.`)
  }
}
