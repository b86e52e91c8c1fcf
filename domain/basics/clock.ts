/** The time, handed in. Instants are whole milliseconds since the epoch, in UTC. */
export interface Clock {
  now(): number
}
