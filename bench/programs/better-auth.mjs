// The only file that knows better-auth. It is JavaScript because the package's declarations do not pass the compiler
// settings of this repository.
import { DatabaseSync } from 'node:sqlite'

import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { fromNodeHeaders } from 'better-auth/node'

export async function openBetterAuth({ path, secret }) {
  const database = new DatabaseSync(path)
  // As whoever runs SQLite behind a server sets it; the package itself sets nothing.
  database.exec('PRAGMA journal_mode = WAL')
  const options = {
    database,
    secret,
    baseURL: 'http://127.0.0.1',
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    logger: { level: 'error', disabled: true },
  }
  await (await getMigrations(options)).runMigrations()
  const auth = betterAuth(options)
  return {
    async signUp() {
      const body = { email: 'carla@bank.example', password: 'correct horse battery', name: 'Carla Customer' }
      const answer = await auth.api.signUpEmail({ body, asResponse: true })
      return answer.headers.getSetCookie()
    },
    hasSession: async (headers) => (await auth.api.getSession({ headers: fromNodeHeaders(headers) })) !== null,
    close: () => database.close(),
  }
}
