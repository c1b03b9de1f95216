import type { Program } from '../support/child-process.ts'
import { createHttpServer } from './http-server.ts'

/** What `main.ts child <name>` can be. Loaded on demand, so that a process holds only what it runs. */
export const PROGRAMS: Readonly<Record<string, () => Promise<Program<never, unknown>>>> = {
  row: async () => (await import('./row.ts')).createRowProgram(),
  load: async () => (await import('./load.ts')).createLoad(),
  winston: async () => (await import('./log-writer.ts')).createWinstonWriter(),
  synced: async () => (await import('./log-writer.ts')).createSyncedWriter(),
  'verify-memory': async () => (await import('./verify-memory.ts')).createVerifyMemory(),
  plain: async () => createHttpServer((await import('./plain-app.ts')).openPlainApp),
  guarded: async () => {
    const { openGuardedApp } = await import('./guarded-app.ts')
    return createHttpServer((folder) => openGuardedApp(folder, 'recorded'))
  },
  'guarded-without-events': async () => {
    const { openGuardedApp } = await import('./guarded-app.ts')
    return createHttpServer((folder) => openGuardedApp(folder, 'off'))
  },
  'better-auth': async () => createHttpServer((await import('./better-auth-app.ts')).openBetterAuthApp),
}
