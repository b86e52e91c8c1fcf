import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { headOf, mistakeIn } from './help.ts'

const run = promisify(execFile)
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
/** Those that are programs of ours; the others are a tool's. */
const OWN = Object.entries(scripts).filter(([, command]) => command.startsWith('node '))
const told = (name: string, ...words: string[]) => {
  const [, ...rest] = scripts[name]!.split(' ')
  const asked = run(process.execPath, [...rest, ...words])
  return asked.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  )
}

describe('a named script', () => {
  it.concurrent.each(OWN)('[TDY11] says with --help what it is for: %s', async (name) => {
    const { code, stdout, stderr } = await told(name, '--help')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`npm run ${name}`)
    expect(stdout).not.toMatch(/^\s+at |[`*]\//m)
  })

  it('[TDY11] tells in a line that it does not know an option', async () => {
    const { code, stderr } = await told('import', '--what')
    expect([code, stderr]).toEqual([2, "Unknown option '--what'. Try --help.\n"])
  })

  it('[TDY11] says what stands at its head, as text', () => {
    expect(headOf('/**\n * `npm run x`: does\n *\n *   this\n */\nimport a')).toBe('npm run x: does\n\n  this')
    expect(headOf('/** One `line`. */\n')).toBe('One line.')
    expect(headOf('import a\n/** later */')).toBe('')
    expect(mistakeIn(new TypeError('else'))).toBeNull()
  })
})
