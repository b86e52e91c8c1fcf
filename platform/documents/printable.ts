/**
 * Text as the PDF's built-in fonts can print it: Windows-1252, nothing else. Letters outside lose their accents or are
 * written as they are usually transliterated (Greek, Cyrillic); what has no such spelling becomes a question mark. A
 * receipt with a plain name is better than none; letters and pages show the name as it is.
 */
const BEYOND_LATIN_1 = new Set('€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ')

const SPELLINGS: Record<string, string> = {
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ħ: 'h',
  Ħ: 'H',
  ı: 'i',
  ŧ: 't',
  Ŧ: 'T',
  ŋ: 'ng',
  ə: 'e',
  '−': '-',
  '‐': '-',
  '‑': '-',
  '′': "'",
  α: 'a',
  β: 'v',
  γ: 'g',
  δ: 'd',
  ε: 'e',
  ζ: 'z',
  η: 'i',
  θ: 'th',
  ι: 'i',
  κ: 'k',
  λ: 'l',
  μ: 'm',
  ν: 'n',
  ξ: 'x',
  ο: 'o',
  π: 'p',
  ρ: 'r',
  σ: 's',
  ς: 's',
  τ: 't',
  υ: 'y',
  φ: 'f',
  χ: 'ch',
  ψ: 'ps',
  ω: 'o',
  а: 'a',
  б: 'b',
  в: 'v',
  г: 'g',
  д: 'd',
  е: 'e',
  ж: 'zh',
  з: 'z',
  и: 'i',
  й: 'y',
  к: 'k',
  л: 'l',
  м: 'm',
  н: 'n',
  о: 'o',
  п: 'p',
  р: 'r',
  с: 's',
  т: 't',
  у: 'u',
  ф: 'f',
  х: 'kh',
  ц: 'ts',
  ч: 'ch',
  ш: 'sh',
  щ: 'shch',
  ъ: '',
  ы: 'y',
  ь: '',
  э: 'e',
  ю: 'yu',
  я: 'ya',
  ё: 'yo',
  і: 'i',
  ї: 'yi',
  є: 'ye',
  ґ: 'g',
  ђ: 'dj',
  ј: 'j',
  љ: 'lj',
  њ: 'nj',
  ћ: 'c',
  џ: 'dz',
}

/** Never longer than a few times the text, never a letter the font does not have, never a line break. */
export function printable(text: string): string {
  let printed = ''
  for (const letter of text.normalize('NFC').replaceAll(/[\p{Z}\p{Cc}]+/gu, ' ')) printed += spelled(letter)
  return printed
}

function spelled(letter: string): string {
  if (isPrintable(letter)) return letter
  const known = spelling(letter)
  if (known !== undefined) return known
  // Take the accents off: what stays may be printable, or have a spelling.
  const base = Array.from(letter.normalize('NFKD')).filter((part) => !/[\p{M}\p{Cf}]/u.test(part))
  if (base.length === 0) return ''
  if (base.length === 1 && base[0] === letter) return '?'
  return base.map((part) => (isPrintable(part) ? part : (spelling(part) ?? '?'))).join('')
}

function spelling(letter: string): string | undefined {
  const lower = letter.toLowerCase()
  const known = SPELLINGS[letter] ?? SPELLINGS[lower]
  if (known === undefined || letter === lower || SPELLINGS[letter] !== undefined) return known
  return known.slice(0, 1).toUpperCase() + known.slice(1)
}

function isPrintable(letter: string): boolean {
  const code = letter.codePointAt(0)!
  return (code >= 0x20 && code <= 0x7e) || (code >= 0xa1 && code <= 0xff && code !== 0xad) || BEYOND_LATIN_1.has(letter)
}
