/** Text that can be kept and sent on: Postgres takes no NUL, and UTF-8 has no way to write half of a surrogate pair. */
export const isStorableText = (text: string): boolean => !/[\0\p{Cs}]/u.test(text)
