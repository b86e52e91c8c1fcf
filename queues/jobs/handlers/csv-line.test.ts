import { expect, it } from 'vitest'
import { csvLine } from './csv-line.ts'

it('[JHN17] writes cells that every reader takes, and none that a spreadsheet would run', () => {
  expect(csvLine(['a', 'b,c', 'd"e', 'f\ng', 5, null, undefined, true])).toBe('a,"b,c","d""e","f\ng",5,,,true\r\n')
  expect(csvLine(['=1+1', '+1', '-1', '@x', -1])).toBe("'=1+1,'+1,'-1,'@x,-1\r\n")
})
