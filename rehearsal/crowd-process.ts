/** A crowd in a process of its own: is sent one job, answers with what it saw, and leaves. */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { binary, ROOT } from '../local/runner/root.ts'

export async function sendCrowd<Seen>(program: string, job: object): Promise<Seen> {
  const crowd = fork(join(ROOT, program), {
    execPath: binary('node'),
    execArgv: ['--disable-warning=ExperimentalWarning'],
    serialization: 'advanced', // a history of some ten thousand answers, as it is
  })
  try {
    return await new Promise<Seen>((resolve, reject) => {
      crowd.once('message', (seen) => resolve(seen as Seen))
      crowd.once('error', reject)
      crowd.once('exit', (code, signal) => reject(new Error(`The crowd is gone: ${signal ?? code}.`)))
      crowd.send(job)
    })
  } finally {
    crowd.kill()
  }
}
