import { describe, expect, it } from 'vitest'
import { deviceOf, isFetchedAhead, isRobot, languageOf } from './asker.ts'

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1'
const ANDROID =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36'
const ANDROID_TABLET = ANDROID.replace(' Mobile', '')
const WINDOWS =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'
const CUBOT =
  'Mozilla/5.0 (Linux; Android 12; CUBOT X50) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36'

describe('who asks', () => {
  it.each([
    [IPHONE, 'phone'],
    [ANDROID, 'phone'],
    [ANDROID_TABLET, 'tablet'],
    [WINDOWS, 'desktop'],
    ['Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) Mobile/15E148 Safari/604.1', 'tablet'],
  ])('[EXP4] tells devices apart: %#', (userAgent, device) => {
    expect(deviceOf(userAgent, null)).toBe(device)
  })

  it.each([
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', true],
    ['Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.1; +https://openai.com/gptbot)', true],
    ['facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)', true],
    ['Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)', true],
    ['WhatsApp/2.23.20.0', true],
    ['curl/8.5.0', true],
    ['', true],
    [null, true],
    [IPHONE, false],
    [ANDROID, false],
    [WINDOWS, false],
    [CUBOT, false],
  ])('[EXP5] takes no robot for a visitor, and no visitor for a robot: %s', (userAgent, robot) => {
    expect(isRobot(userAgent)).toBe(robot)
  })

  it.each([
    ['sec-purpose', 'prefetch;prerender', true],
    ['purpose', 'prefetch', true],
    ['x-moz', 'prefetch', true],
    ['sec-fetch-dest', 'document', false],
  ])('[EXP5] knows a page that nobody looks at yet: %s: %s', (name, value, ahead) => {
    expect(isFetchedAhead((asked) => (asked === name ? value : null))).toBe(ahead)
  })

  it.each([
    ['de-CH, fr;q=0.9, en;q=0.8', 'de'],
    ['fr;q=0.5, en;q=0.7', 'en'],
    ['*', null],
    ['de;q=0', null],
    ['', null],
    [null, null],
    ['x'.repeat(100_000), null],
  ])('[EXP4] takes the language that is wanted most: %#', (header, language) => {
    expect(languageOf(header)).toBe(language)
  })
})
