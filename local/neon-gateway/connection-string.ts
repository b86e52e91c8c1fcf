/**
 * The `Neon-Connection-String` header: who wants to go where. The host chooses the database server and is looked up in
 * a table, never in DNS; the whole string is the key of the connection pool, as it is at Neon.
 *
 * The driver rewrites the string and adds an `application_name`, so nobody may compare it with the one it was given.
 */
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'

export interface Destination {
  host: string
  user: string
  password: string
  database: string
  applicationName: string | undefined
  options: string | undefined // as in `-c statement_timeout=5s`
}

/** Reads the header, or refuses with Neon's sentence for what is wrong with it (answered as 400). */
export function parseConnectionString(header: string | undefined): Decision<Destination, string> {
  if (header === undefined) return refuse('invalid header: neon-connection-string')
  const url = URL.parse(header)
  if (!url) return refuse('invalid connection string: relative URL without a base')
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') return refuse('incorrect scheme')
  const [database, user, password] = [url.pathname.slice(1), url.username, url.password].map(decoded)
  if (!database) return refuse('invalid database name')
  if (!user) return refuse('missing username')
  if (!password) return refuse('missing authentication credentials: required password')
  const host = url.hostname.toLowerCase()
  if (!host || /^[\d.]+$|^\[/.test(host)) return refuse('missing hostname') // an address names no endpoint
  return accept({
    host,
    user,
    password,
    database,
    applicationName: url.searchParams.get('application_name') ?? undefined,
    options: url.searchParams.get('options') ?? undefined,
  })
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // a lone percent sign in a password stands for itself
  }
}
