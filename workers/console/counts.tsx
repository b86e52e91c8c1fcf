/** A table of figures: wide ones scroll within themselves, so that a page never does on a phone. */
import type { FC, PropsWithChildren } from 'hono/jsx'

/** The first column names the row. `caption` where the heading above does not say what is counted. */
export const Counts: FC<PropsWithChildren<{ heads: readonly string[]; caption?: string }>> = ({
  heads,
  caption,
  children,
}) => (
  <div class="wide">
    <table class="counts">
      {caption === undefined ? null : <caption>{caption}</caption>}
      <thead>
        <tr>
          {heads.map((head) => (
            <th scope="col">{head}</th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </div>
)
