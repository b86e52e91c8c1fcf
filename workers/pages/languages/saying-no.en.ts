import type { Words } from './words.ts'

export const sayingNo: Pick<Words, 'refusals' | 'endings'> = {
  refusals: {
    soldOut: [
      'Sold out, for now',
      'Everything is reserved or sold. Units of abandoned baskets come back, so it is worth another look.',
    ],
    fewLeft: ['Only {free} left', 'You asked for {requested}. Take {free} or fewer.'],
    lastLeft: ['Only {free} left', 'You asked for {requested}. Take the last one.'],
    limit: ['At most {limit} for each person', 'Please take fewer.'],
    limitTaken: [
      'At most {limit} for each person',
      'You have reserved or bought {taken} already. Look in your basket.',
    ],
    notOpen: [
      'Not open yet: {left} to go',
      'It opens {time}, by our clock, for everybody at once. Nothing is reserved yet.',
    ],
    paused: ['Paused for a moment', 'We have paused this drop. Nothing is lost; try again in a few seconds.'],
    ended: ['This drop is over', 'It ended {time}.'],
    market: ['Not sold where you are', 'This drop is sold in some countries only. Nothing is reserved.'],
    marketUnknown: [
      'Not sold where you are',
      'This drop is sold in some countries only, and we cannot tell which one you are in. Try without a VPN.',
    ],
    law: [
      'We may not sell to this country',
      'A law forbids us to sell to where you are. You are welcome to look around.',
    ],
    lawAddress: [
      'We may not sell to this country',
      'A law forbids us to send anything there. Nothing was ordered; choose another address.',
    ],
    notServed: ['We do not sell to this country', 'We do not serve where you are yet. You are welcome to look around.'],
    notServedAddress: [
      'We do not sell to this country',
      'We send nothing there yet. Nothing was ordered; choose another address.',
    ],
    invited: ['For the invited', 'This drop is for people with an invitation. Enter your code on its page first.'],
    passUsed: [
      'This turn has been used',
      'A turn is for one reservation, and yours has been made. Look in your basket, or take a new place.',
    ],
    passNeeded: [
      'There is a waiting room',
      'Take your place on the drop’s page; when it is your turn you can reserve.',
    ],
    orderLimit: ['At most {limit} in one order', 'You chose {requested}. Please take fewer.'],
    notForSale: ['Not for sale', 'This is not on sale at the moment. Nothing is reserved.'],
    notInDrop: [
      'Not part of this drop',
      'What you chose is sold outside of the drop. Open its page and reserve it there.',
    ],
    currencies: ['Two currencies in one basket', 'These are priced in different currencies. Reserve them one by one.'],
    noHold: ['No such reservation', 'It is not ours, or not yours. Look in your basket.'],
    holdOver: [
      'The time ran out',
      'Your reservation ended before the order came, and its units went back on sale. Nothing was charged. Reserve again if they are still there.',
    ],
    ordered: ['Ordered already', 'There is an order for this reservation. It is not placed twice.'],
    nothing: ['Nothing was chosen', 'Choose something first.'],
    tooLong: ['Too much at once', 'At most {most} different things in one basket.'],
    units: ['How many?', 'Choose a whole number from 1 to {most}.'],
    tooMany: [
      'A little slower, please',
      'That was too much at once. Nothing was done; wait some seconds, then try again.',
    ],
    busy: [
      'We are busy',
      'More people are buying than we can serve at once. Nothing was done; try again in some seconds.',
    ],
    underWay: ['Still at it', 'Your first click is being dealt with. Give it a second, then look in your basket.'],
    again: ['Please try once more', 'This form was sent before with other contents. Nothing was done twice.'],
  },
  endings: {
    toShop: 'To the shop',
    toBasket: 'To your basket',
    notFound: [
      'Not here',
      'This is not here',
      'The address leads nowhere, or what was here has gone. Perhaps a search finds it.',
    ],
    broken: [
      'Our mistake',
      'That was our mistake',
      'Something broke on our side. Reservations and orders you have made are safe; nothing is charged twice.',
    ],
    reference: 'If you write to us, this helps:',
    busy: [
      'We are busy',
      'We are busy',
      'More people than we can serve this second, or a part of us is resting. Try again in {time}. What you have reserved or ordered is safe.',
    ],
    refused: ['Not like this', 'Not like this', 'Nothing was changed. Go back, or start again from the shop.'],
  },
}
