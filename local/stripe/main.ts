/**
 * The stand-in as a process of its own:
 *   node local/stripe/main.ts --port 12111 --data <folder> --webhook-url <url> --webhook-secret <text> --secret-key <key>
 * Prints one line of JSON when it listens, and ends on SIGTERM or SIGINT.
 */
import { parseArgs } from 'node:util'
import { startStripe } from './server.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    data: { type: 'string' },
    'webhook-url': { type: 'string' },
    'webhook-secret': { type: 'string', default: 'whsec_onrush' },
    'secret-key': { type: 'string' },
  },
})

const standIn = await startStripe({
  port: Number(values.port),
  webhookSecret: values['webhook-secret'],
  ...(values.data === undefined ? {} : { dataDir: values.data }),
  ...(values['webhook-url'] === undefined ? {} : { webhookUrl: values['webhook-url'] }),
  ...(values['secret-key'] === undefined ? {} : { secretKey: values['secret-key'] }),
})
console.log(JSON.stringify({ url: standIn.url, port: standIn.port, secret_key: standIn.secretKey, pid: process.pid }))

const end = (): void => {
  void standIn.stop().then(() => process.exit(0))
}
process.on('SIGTERM', end)
process.on('SIGINT', end)
