/**
 * `--help` for the named scripts: package.json loads this before each that has no help text of its own. What a script
 * says of itself in the comment at its head is its help, so neither drifts from the other; and it is said before the
 * script looks for a database or builds anything. An option that a script does not know is told in one line.
 */
import { readFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

/** The comment at the head of a file, as somebody reads it on a terminal; empty where there is none. */
export function headOf(source: string): string {
  const [, comment = ''] = /^\/\*\*([\s\S]*?)\*\//.exec(source) ?? []
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
  return lines.join('\n').replaceAll('`', '').trim()
}

/** Said for what `parseArgs` throws at; null: it is another kind of mistake. */
export function mistakeIn(thrown: unknown): string | null {
  if (!(thrown instanceof TypeError) || !('code' in thrown) || typeof thrown.code !== 'string') return null
  return thrown.code.startsWith('ERR_PARSE_ARGS') ? `${thrown.message.split('.')[0]}. Try --help.` : null
}

const script = process.argv[1]
const isPreloaded = process.execArgv.some((word) => word.endsWith('scripts/help.ts'))
if (isPreloaded && isMainThread && script !== undefined) {
  if (process.argv.slice(2).some((word) => word === '--help' || word === '-h')) {
    process.stdout.write(`${headOf(readFileSync(script, 'utf8'))}\n`)
    process.exit(0)
  }
  process.on('uncaughtException', (thrown) => {
    const mistake = mistakeIn(thrown)
    console.error(mistake ?? thrown)
    process.exit(mistake === null ? 1 : 2)
  })
}
