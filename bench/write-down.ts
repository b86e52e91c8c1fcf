/** Notes in docs/benchmarks.md what was measured, with the day, the machine and the command. */
import { readFile, writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../local/runner/root.ts'

export async function writeDown(what: string, command: string, text: string): Promise<void> {
  const path = join(ROOT, 'docs/benchmarks.md')
  const before = await readFile(path, 'utf8')
  const date = new Date().toISOString().slice(0, 10)
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}, load ${loadavg()[1]!.toFixed(1)}`
  await writeFile(path, `${before.trimEnd()}\n\n### ${date}: ${what}\n\n${machine}. \`${command}\`\n\n${text}\n`)
}
