/** Operators' keys. Only their SHA-256 is kept: whoever reads the table cannot use one. */
import { newId } from '../../domain/basics/ids.ts'
import { hintOf, isOperatorKey, newOperatorKey, type ApiKey, type KeyMode } from '../../domain/store/operator-key.ts'
import type { Birth } from './product-writes.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql, type SQL } from './statements.ts'
import type { Writer } from './writing.ts'

type KeyRow = { key: ApiKey }

const keyJson = (where: SQL) =>
  rowsOf<KeyRow>(sql`
    select jsonb_build_object('id', k.id, 'storeId', k.store_id, 'name', k.name, 'hint', k.hint,
      'scopes', to_jsonb(k.scopes), 'createdAt', onrush_ms(k.created_at), 'revokedAt', onrush_ms(k.revoked_at)) as key
    from api_keys k where ${where}`)

/** The living key behind this text; null for a mistyped, unknown or revoked one. A mistyped one asks no database. */
export async function findApiKey(reader: Reader, key: string): Promise<ApiKey | null> {
  if (!isOperatorKey(key)) return null
  const [row] = await reader.rows(keyJson(sql`k.hash = ${await sha256(key)} and k.revoked_at is null`))
  return row?.key ?? null
}

/** The living key of this id; null for an unknown or revoked one. */
export async function findApiKeyById(reader: Reader, storeId: string, id: string): Promise<ApiKey | null> {
  const [row] = await reader.rows(keyJson(sql`k.store_id = ${storeId} and k.id = ${id} and k.revoked_at is null`))
  return row?.key ?? null
}

export async function listApiKeys(reader: Reader, storeId: string): Promise<ApiKey[]> {
  const rows = await reader.rows(keyJson(sql`k.store_id = ${storeId} order by k.id desc limit 500`))
  return rows.map(({ key }) => key)
}

/** Makes a key and returns it in plain, the only time it can be seen. */
export async function issueApiKey(
  writer: Writer,
  storeId: string,
  { name, scopes, mode }: { name: string; scopes: string[]; mode: KeyMode },
  { now, random }: Birth,
): Promise<{ id: string; key: string }> {
  const key = newOperatorKey(mode, random)
  const id = newId('key', now, random)
  await keepApiKey(writer, storeId, { id, key, name, scopes })
  return { id, key }
}

/** Keeps a key that exists already (the local runner's own, say). Safe to repeat. */
export async function keepApiKey(
  writer: Writer,
  storeId: string,
  { id, key, name, scopes }: { id: string; key: string; name: string; scopes: string[] },
): Promise<void> {
  await writer.batch(
    [
      rowsOf(sql`
        insert into api_keys (store_id, id, hash, hint, name, scopes)
        values (${storeId}, ${id}, ${await sha256(key)}, ${hintOf(key)}, ${name},
          array(select jsonb_array_elements_text(${JSON.stringify(scopes)}::jsonb)))
        on conflict (hash) do nothing`),
    ],
    { repeatable: true },
  )
}

/** Takes effect where a key is cached within that cache's few seconds. Safe to repeat. */
export async function revokeApiKey(writer: Writer, storeId: string, id: string): Promise<boolean> {
  const rows = await writer.rows(
    rowsOf<{ id: string }>(sql`update api_keys set revoked_at = coalesce(revoked_at, now())
      where store_id = ${storeId} and id = ${id} returning id`),
    { repeatable: true },
  )
  return rows.length > 0
}

async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
