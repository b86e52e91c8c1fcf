/** The command line of `serve` and `dev`. A refusal is a sentence for the person who typed it. */
import { parseArgs } from 'node:util'
import type { Decision } from '../../domain/basics/decision.ts'

export interface ServeArguments {
  port: number
  data: string
  json: boolean
  empty: boolean
  help: boolean
}

/** `defaults` are what the program does when nothing is said. */
export function parseArguments(
  args: string[],
  defaults: { port: number; data: string },
): Decision<ServeArguments, { code: 'bad_arguments'; sentence: string }> {
  const read = readArgs(args)
  if (typeof read === 'string') return { ok: false, refusal: { code: 'bad_arguments', sentence: read } }
  const port = read.port === undefined ? defaults.port : Number(read.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || read.port === '') {
    return {
      ok: false,
      refusal: { code: 'bad_arguments', sentence: `--port takes a number from 0 to 65535, not ${read.port}.` },
    }
  }
  if (read.data === '') return { ok: false, refusal: { code: 'bad_arguments', sentence: '--data takes a folder.' } }
  return {
    ok: true,
    value: { port, data: read.data ?? defaults.data, json: read.json, empty: read.empty, help: read.help },
  }
}

interface Read {
  port?: string | undefined
  data?: string | undefined
  json: boolean
  empty: boolean
  help: boolean
}

function readArgs(args: string[]): Read | string {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string' },
        data: { type: 'string' },
        json: { type: 'boolean', default: false },
        empty: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (cause) {
    return `${cause instanceof Error ? (cause.message.split('.')[0] ?? '') : String(cause)}. Try --help.`
  }
}
