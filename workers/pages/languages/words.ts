/**
 * What the pages of a drop say, as plain data: one table a language, so that another language is another file, and a
 * translator reads no code. Slots stand in braces.
 */

/** A sentence that follows a count, in the plural forms of its language (CLDR); `other` serves where a form is missing. */
export type Counted = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }

interface Titled {
  title: string
  lead: string
}

/** A step of what happens next: its name, and what it means. */
type Step = readonly [string, string]

/** What is said to somebody who does not get what they wanted: under which title, and what helps. */
type Refused = readonly [title: string, detail: string]

/** A page for when there is nothing to show: its tab, its heading, and what happened. */
type Ending = readonly [tab: string, title: string, lead: string]

export interface Words {
  /** What surrounds the pages, and what their cards say. */
  common: {
    skip: string
    collections: string
    search: string
    searchLabel: string
    basket: string
    footShop: string
    footAll: string
    footWordTitle: string
    footWord: string
    footBuild: string
    footDocs: string
    footRuns: string
    /** Where the reader shops: the form at the foot, and what stands beside a price. */
    market: Record<'title' | 'market' | 'language' | 'asBrowser' | 'change' | 'taxIncluded' | 'taxExcluded', string>
    units: Record<'days' | 'hours' | 'min' | 'sec', string>
    band: Record<'available' | 'few_left' | 'sold_out', string>
    status: Record<'scheduled' | 'open' | 'paused' | 'sold_out' | 'ended' | 'again', string>
    dropMark: string
    reduced: string
    from: string
    before: string
    now: string
  }
  /** A drop's own page. */
  drop: {
    opens: string
    openUntil: string
    whatWillBe: string
    whatIs: string
    sameInstant: string
    chooseNow: string
    limit: Counted
    chooseYours: string
    comeBack: string
    paused: string
    soldOut: string
    again: string
    ended: string
    endedAt: string
    roomBefore: string
    joinDraw: string
    roomOpen: string
    joinLine: string
    toYourPlace: string
    inLine: string
    inside: string
    howTheDraw: string
    codeTitle: string
    codeLabel: string
    codeButton: string
    stay: string
  }
  /** Before the opening: invited, and choosing. */
  early: Record<
    'invited' | 'invitedFrom' | 'invitedNow' | 'chosenTitle' | 'chosenLead' | 'reserve' | 'remove' | 'choose',
    string
  > & { refused: Record<'notValid' | 'usedUp' | 'over' | 'tooMany', { title: string; detail: string }> }
  /** The waiting room. */
  room: {
    waitingRoom: string
    /** In the tab, which is all that many people see of the page. */
    tab: Record<'draw' | 'drawing' | 'line' | 'turn' | 'other', string>
    outsideBefore: Titled
    outsideAfter: Titled
    draw: Titled & { verb: string }
    drawing: Titled
    line: { title: string }
    turn: Titled & { leadOpen: string; button: string; buttonWithBasket: string }
    inside: Titled & { button: string }
    late: Titled & { button: string; basket: string }
    next: Titled
    over: Titled
    paused: Titled
    soldOut: Titled & { stay: string; leave: string }
    staying: Titled
    ended: Titled & { button: string }
    join: string
    ahead: string
    place: string
    wait: string
    left: string
    waiting: string
    soon: string
    unknown: string
    chance: Record<'good' | 'uncertain' | 'small', string>
    leftAndBefore: string
    nextTitle: string
    steps: Record<'joined' | 'drawn' | 'called' | 'hold' | 'pay', Step>
    keep: string
    scriptless: string
    offline: string
    /** Why somebody got no place, and what they can do. */
    refused: Record<
      'emailNeeded' | 'proofOver' | 'letterNotSent' | 'tooManyLetters' | 'emailTaken' | 'tooMany' | 'robot',
      { title: string; detail: string }
    >
    emailLabel: string
    emailHelp: string
    /** Showing that a mailbox is one's own. */
    mailbox: { send: string; sent: Titled; codeLabel: string; again: string; proven: string }
    /** The letter that proves it. */
    letter: Record<'subject' | 'greeting' | 'lead' | 'go' | 'paste' | 'until' | 'ignore', string>
    proof: string
  }
  /** The draw, for whoever wants to check it. */
  draw: Titled & {
    commitment: string
    commitmentHelp: string
    seed: string
    seedHelp: string
    publicValue: string
    publicValueHelp: string
    joined: string
    drawnAt: string
    notYet: string
    howTitle: string
    how: readonly string[]
    recipe: string
    yoursTitle: string
    yoursHelp: string
    lotLabel: string
    check: string
    checking: string
    found: string
    differs: string
    notFound: string
    broken: string
    failed: string
    commandTitle: string
    commandHelp: string
    entries: string
    scriptless: string
  }
  /** Saying no to a buyer (../refusals.ts). */
  refusals: Record<
    | 'soldOut'
    | 'fewLeft'
    | 'lastLeft'
    | 'limit'
    | 'limitTaken'
    | 'notOpen'
    | 'paused'
    | 'ended'
    | 'market'
    | 'marketUnknown'
    | 'law'
    | 'lawAddress'
    | 'notServed'
    | 'notServedAddress'
    | 'invited'
    | 'passUsed'
    | 'passNeeded'
    | 'orderLimit'
    | 'notForSale'
    | 'notInDrop'
    | 'currencies'
    | 'noHold'
    | 'holdOver'
    | 'ordered'
    | 'nothing'
    | 'tooLong'
    | 'units'
    | 'tooMany'
    | 'busy'
    | 'underWay'
    | 'again',
    Refused
  >
  /** The door's own pages (../endings.tsx). */
  endings: Record<'toShop' | 'toBasket' | 'reference', string> &
    Record<'notFound' | 'broken' | 'busy' | 'refused', Ending>
}
