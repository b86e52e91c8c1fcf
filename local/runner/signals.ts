/** When a program of ours is asked to end: SIGINT, SIGTERM, SIGHUP, or npm going away without a word. */

const LOOK_EVERY_MS = 300

/**
 * Resolves at the first such moment. npm starts us through a shell which some systems keep between us and npm; a
 * SIGTERM for npm then ends that shell and never reaches us, so under npm the loss of the parent counts as well.
 */
export function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve())
    if (process.env['npm_lifecycle_event'] === undefined) return
    const parent = process.ppid
    setInterval(() => {
      if (process.ppid !== parent) resolve()
    }, LOOK_EVERY_MS).unref()
  })
}
