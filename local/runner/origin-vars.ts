/** The settings that put an existing shop behind this one, as the environment of `serve` and `dev` says them. */
const NAMES = ['ORIGIN_URL', 'ORIGIN_TAKES', 'ORIGIN_CACHE']

/** Laid over [vars] of wrangler.toml; what the environment does not say stays as it is there. */
export const originVars = (): Record<string, string> =>
  Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
