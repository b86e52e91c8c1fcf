import { DurableObject } from 'cloudflare:workers'

export class OrderBookObject extends DurableObject<Env> {}
