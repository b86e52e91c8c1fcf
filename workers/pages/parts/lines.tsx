/** What is reserved or ordered, line by line, and what it comes to. */
import type { FC } from 'hono/jsx'
import type { Money } from '../../../domain/basics/money.ts'
import type { HeldLine } from '../../../domain/message/order-book.ts'
import { artworkUrl, ARTWORK_HEIGHT, ARTWORK_WIDTH } from '../artwork.ts'
import type { Pictures } from '../views.ts'
import { priceInWords } from '../words.ts'
import { Picture } from './cards.tsx'

export const Lines: FC<{ lines: readonly HeldLine[]; pictures: Pictures; locale: string }> = ({
  lines,
  pictures,
  locale,
}) => (
  <ul class="lines">
    {lines.map((line) => (
      <li>
        <Picture image={pictures[line.productSlug] ?? drawn(line.productSlug)} />
        <div>
          <b>
            <a href={`/products/${line.productSlug}`}>{line.productTitle}</a>
          </b>
          <span>
            {line.variantTitle === '' ? '' : `${line.variantTitle} · `}
            {line.units} × {priceInWords(line.unitPrice, locale)}
          </span>
        </div>
        <span class="amount">{priceInWords(line.lineTotal, locale)}</span>
      </li>
    ))}
  </ul>
)

export const Total: FC<{ total: Money; locale: string; words?: string }> = ({ total, locale, words = 'Total' }) => (
  <dl class="sum">
    <div class="sum-total">
      <dt>{words}</dt>
      <dd>{priceInWords(total, locale)}</dd>
    </div>
  </dl>
)

const drawn = (slug: string) => ({ url: artworkUrl(slug), alt: '', width: ARTWORK_WIDTH, height: ARTWORK_HEIGHT })
