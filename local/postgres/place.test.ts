import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canReach } from './identity.ts'
import { choosePlace, claimPlace } from './place.ts'

/** Somebody who owns nothing here, as the user `postgres` does on a machine where we are root. */
const STRANGER = { uid: 65_533, gid: 65_533 }
const usualTemp = process.env['TMPDIR']
let closed: string
let elsewhere: string

beforeEach(() => {
  closed = mkdtempSync(join(tmpdir(), 'onrush-closed-')) // mkdtemp lets only its maker in
  elsewhere = mkdtempSync(join(tmpdir(), 'onrush-elsewhere-'))
  chmodSync(elsewhere, 0o711)
  // From here on `closed` is no temp folder but somebody's home, which is not ours to open.
  mkdirSync(join(closed, 'tmp'))
  process.env['TMPDIR'] = join(closed, 'tmp')
})

afterEach(() => {
  if (usualTemp === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = usualTemp
  for (const folder of [closed, elsewhere]) rmSync(folder, { recursive: true, force: true })
})

describe('the place of a cluster', () => {
  it('[PGL12] is the data folder itself when Postgres runs as ourselves', () => {
    expect(choosePlace(join(closed, 'data'), undefined, elsewhere)).toBe(join(closed, 'data'))
  })

  it('[PGL12] is elsewhere, and the same again, when Postgres cannot walk to the data folder', () => {
    const place = choosePlace(join(closed, 'data'), STRANGER, elsewhere)
    expect(canReach(join(place, 'primary'), STRANGER)).toBe(true)
    expect(choosePlace(join(closed, 'data'), STRANGER, elsewhere)).toBe(place)
    expect(statSync(closed).mode & 0o777).toBe(0o700)
  })

  it('[PGL12] is forgotten elsewhere once its data folder was deleted', () => {
    const place = choosePlace(join(closed, 'data'), STRANGER, elsewhere)
    const other = choosePlace(join(closed, 'other'), STRANGER, elsewhere)
    rmSync(join(closed, 'data'), { recursive: true })
    expect(choosePlace(join(closed, 'other'), STRANGER, elsewhere)).toBe(other)
    expect(existsSync(place)).toBe(false)
    expect(choosePlace(join(closed, 'data'), STRANGER, elsewhere)).not.toBe(place)
    expect(readdirSync(elsewhere)).toHaveLength(2)
  })

  it('[PGL12] is refused with a remedy when there is no way anywhere', () => {
    chmodSync(elsewhere, 0o700)
    expect(() => choosePlace(join(closed, 'data'), STRANGER, elsewhere)).toThrow(/cannot walk to .*chmod o\+x/)
  })
})

describe('a claim', () => {
  it('[PGL10] of a runner that has died, or whose number somebody else has now, is void', () => {
    for (const holder of [{ pid: 2 ** 22 + 1 }, { pid: process.pid, began: 'in another life' }]) {
      writeFileSync(join(closed, 'runner.json'), JSON.stringify(holder))
      const claim = claimPlace(closed)
      expect(() => claimPlace(closed)).toThrow('in use by another runner')
      claim.release()
    }
    expect(existsSync(join(closed, 'runner.json'))).toBe(false)
  })
})
