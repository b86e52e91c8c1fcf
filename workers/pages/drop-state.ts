/** What is told of a drop. "Again" is said of one that was sold out and of which units have truly come back. */
import type { DropState, DropStatus } from './views.ts'

export const dropStateOf = ({ status, isAgain }: { status: DropStatus; isAgain: boolean }): DropState =>
  status === 'open' && isAgain ? 'again' : status
