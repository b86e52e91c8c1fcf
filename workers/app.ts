import { Hono } from 'hono'

export const app = new Hono<{ Bindings: Env }>()
app.get('/health/live', (c) => c.json({ status: 'pass' }))
