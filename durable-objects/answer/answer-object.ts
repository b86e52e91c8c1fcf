import { DurableObject } from 'cloudflare:workers'

export class AnswerObject extends DurableObject<Env> {}
