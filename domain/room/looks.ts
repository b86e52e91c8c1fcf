/**
 * How long whoever asks how a drop stands waits for what the owners of its stock say. A look at the stock is waited for
 * until this long after it began and not for this long by everybody: an owner that hangs holds up nobody twice, and one
 * that is only slow makes nobody tell the figures of the look before, which the edge would then keep for a second more.
 */

/** Several times what a busy owner takes. With what the edge keeps, workers/room.test.ts adds it up to two seconds. */
export const LOOK_PATIENCE_MS = 750

/** For how much longer, in ms, a look that began then is waited for; 0: the last figures are told. */
export const lookPatienceMs = (now: number, beganAt: number): number => Math.max(0, beganAt + LOOK_PATIENCE_MS - now)
