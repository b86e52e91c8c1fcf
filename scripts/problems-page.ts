/** `npm run docs:problems`: writes docs/reference/problems.md from workers/problems.ts. `--check` only compares. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { problemsMarkdown } from './problems-markdown.ts'

const PAGE = 'docs/reference/problems.md'
const page = problemsMarkdown()

if (process.argv.includes('--check')) {
  if (readFileSync(PAGE, 'utf8') !== page) {
    console.error(`${PAGE} is out of date: npm run docs:problems`)
    process.exitCode = 1
  }
} else {
  mkdirSync('docs/reference', { recursive: true })
  writeFileSync(PAGE, page)
}
