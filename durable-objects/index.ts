/** The classes, for wrangler. */
export { AnswerObject } from './answer/answer-object.ts'
export { DropObject } from './drop/drop-object.ts'
export { JoinShardObject } from './drop/join-shard-object.ts'
export { InvitationObject } from './invitation/invitation-object.ts'
export { OrderBookObject } from './order/order-book-object.ts'
export { PacerObject } from './pacer/pacer-object.ts'
export { StockObject } from './stock/stock-object.ts'
