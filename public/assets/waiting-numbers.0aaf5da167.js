// Moves the numbers of the waiting room's page as the line moves, and nothing else: what stands around them stays.
const locale = document.documentElement.lang
const number = (count) => new Intl.NumberFormat(locale).format(count)

document.addEventListener('now', ({ target: room, detail: now }) => {
  const put = (name, text) => {
    for (const place of room.querySelectorAll(`[data-${name}]`))
      if (place.textContent !== text) place.textContent = text
  }
  const left = now.units_left
  if (left !== null) put('left', number(left))
  for (const few of room.querySelectorAll('[data-few]')) few.hidden = left === null
  put('waiting', number(now.room.waiting))
  if (room.dataset.state !== 'line') return
  const position = Number(room.dataset.position)
  const ahead = Math.max(0, position - 1 - now.room.admitted_through)
  put('ahead', number(ahead))
  document.title = room.dataset.title.replace('{ahead}', number(ahead))
  room.querySelector('[data-bar]').value = position - 1 - ahead
  const wait = room.querySelector('[data-wait]')
  if (wait.dataset.from) wait.textContent = waitOf(wait.dataset, ahead, now.room.admissions_per_minute)
  for (const words of room.querySelectorAll('[data-chance]'))
    words.hidden = words.dataset.chance !== chanceOf(left, ahead, room.dataset)
})

/** Whether the rest reaches so far; what the server said while nobody is told how many are left. */
function chanceOf(left, ahead, { perPass, chanceThen }) {
  if (left === null) return chanceThen
  const wanted = (ahead + 1) * perPass
  return left >= 1.5 * wanted ? 'good' : left >= 0.6 * wanted ? 'uncertain' : 'small'
}

/** The server's estimate, scaled to the line and the pace of now. */
function waitOf({ from, to, aheadThen, paceThen, soon }, ahead, pace) {
  const scale = ((ahead + 1) / (Number(aheadThen) + 1)) * (pace > 0 ? Number(paceThen) / pace : 1)
  const minutes = Math.ceil((to * scale) / 60)
  if (minutes <= 1) return soon
  const isLong = minutes >= 120
  const [low, high] = isLong
    ? [Math.floor((from * scale) / 1800) / 2, Math.ceil(minutes / 30) / 2]
    : [Math.floor((from * scale) / 60), minutes]
  const unit = isLong ? 'hour' : 'minute'
  const format = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' })
  return format.formatRange(Math.max(low, isLong ? 0.5 : 1), high)
}
