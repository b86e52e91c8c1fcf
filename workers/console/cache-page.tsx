/** The cache's page in the console: whether it holds, what it knows, what lies in it, and the lever to drop it. */
import type { FC } from 'hono/jsx'
import type { Stats } from '../cache-desk.ts'
import { Counts } from './counts.tsx'
import { number } from './say.ts'

type Part = FC<{ stats: Stats }>

export const CachePage: FC<{ stats: Stats; mayPurge: boolean; said: string | null }> = ({ stats, mayPurge, said }) => (
  <div class="sheet">
    <h1>Cache</h1>
    <p class="small">
      {`Of the one isolate that answered (${stats.of.isolate}${stats.of.data_centre === null ? '' : ` in ${stats.of.data_centre}`}), since ${stats.counted_since.slice(11, 19)} UTC. Each has a memory of its own; another look may meet another.`}
    </p>
    {said === null ? null : (
      <div class="notice notice-good" role="status">
        <p class="notice-title">{said}</p>
      </div>
    )}
    <Tiers stats={stats} />
    <Epochs stats={stats} />
    <Latest stats={stats} />
    {mayPurge ? (
      <form class="lever" method="post" action="/console/cache/purge">
        <label for="tag">Drop copies with a tag; empty: all of them</label>
        <div class="lever-row">
          <input id="tag" name="tag" maxlength={200} placeholder="products" />
          <button class="button button-quiet">Drop</button>
        </div>
      </form>
    ) : null}
  </div>
)

const percent = (part: number, whole: number): string => (whole === 0 ? '–' : `${((part / whole) * 100).toFixed(1)} %`)

const Tiers: Part = ({ stats }) => {
  const { memory, data_centre, world } = stats.tiers
  const rows: [string, (typeof stats.tiers)['memory']][] = [
    ['Memory', memory],
    ['Data centre', data_centre],
    ['World', world],
  ]
  return (
    <section aria-labelledby="tiers-title">
      <h2 id="tiers-title">Tiers</h2>
      <dl class="figures">
        <Figure label="Said ready" value={number(stats.said_ready)} rest="before a request was looked at" />
        <Figure label="Asked of databases" value={number(stats.loads)} rest={`${number(stats.load_faults)} in vain`} />
        <Figure label="Shared a question" value={number(stats.collapsed)} rest="readers" />
        <Figure label="Out of date" value={number(stats.outdated)} rest="copies found so" />
        <Figure label="Stood in" value={number(stats.stood_in)} rest="for a database" />
        <Figure label="In memory" value={number(stats.entries)} rest={`${(stats.bytes / 1e6).toFixed(1)} MB`} />
      </dl>
      <Counts heads={['Tier', 'Hits', 'Stale', 'Misses', 'Hit rate']}>
        {rows.map(([name, { hits, stale, misses }]) => (
          <tr>
            <th scope="row">{name}</th>
            <td>{number(hits)}</td>
            <td>{number(stale)}</td>
            <td>{number(misses)}</td>
            <td>{percent(hits + stale, hits + stale + misses)}</td>
          </tr>
        ))}
      </Counts>
    </section>
  )
}

const Figure: FC<{ label: string; value: string; rest: string }> = ({ label, value, rest }) => (
  <div class="figure">
    <dt>{label}</dt>
    <dd>
      <b>{value}</b> <span>{rest}</span>
    </dd>
  </div>
)

const Epochs: Part = ({ stats: { epochs, propagation } }) => {
  const all = propagation.reduce((sum, { count }) => sum + count, 0)
  return (
    <section aria-labelledby="epochs-title">
      <h2 id="epochs-title">What is known of changes</h2>
      <Counts heads={['Shard', 'Counted', 'Tags known', 'Heard']}>
        {epochs.shards.map(({ version, tags, age_ms }, shard) => (
          <tr>
            <th scope="row">{String(shard)}</th>
            <td>{version === null ? '–' : number(version)}</td>
            <td>{number(tags)}</td>
            <td>{age_ms === null ? 'not heard yet' : `${(age_ms / 1000).toFixed(1)} s ago`}</td>
          </tr>
        ))}
      </Counts>
      <p class="small">
        {`An answer asks anew when it was heard more than ${number(epochs.bound_ms)} ms ago. Heard ${number(epochs.asked)} times from the shards and ${number(epochs.from_neighbours)} times from neighbours; ${number(epochs.in_vain)} times in vain.`}
      </p>
      {all === 0 ? null : (
        <Counts heads={['Within', 'Changes', 'Share']} caption="From a change’s commit until it was known here">
          {propagation.map(({ up_to_ms, count }) => (
            <tr>
              <th scope="row">{up_to_ms === null ? 'longer' : `up to ${number(up_to_ms)} ms`}</th>
              <td>{number(count)}</td>
              <td>{percent(count, all)}</td>
            </tr>
          ))}
        </Counts>
      )}
    </section>
  )
}

const Latest: Part = ({ stats: { latest } }) => (
  <section aria-labelledby="latest-title">
    <h2 id="latest-title">Read last</h2>
    {latest.length === 0 ? (
      <p class="small">Nothing of this store is in this isolate’s memory.</p>
    ) : (
      <Counts heads={['Question', 'Bytes', 'Age', 'Lives', 'Tags']}>
        {latest.map(({ key, bytes, age_ms, lifetime_ms, tags }) => (
          <tr>
            <th scope="row">
              <code>{key.length > 80 ? `${key.slice(0, 80)}…` : key}</code>
            </th>
            <td>{number(bytes)}</td>
            <td>{`${(age_ms / 1000).toFixed(1)} s`}</td>
            <td>{`${(lifetime_ms / 1000).toFixed(1)} s`}</td>
            <td>{tags.slice(0, 4).join(', ') + (tags.length > 4 ? ', …' : '')}</td>
          </tr>
        ))}
      </Counts>
    )}
  </section>
)
