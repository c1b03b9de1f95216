import { join } from 'node:path'
import { ROOT } from '../setup/workspace.ts'
import { runVitest } from './run.ts'

// `pnpm pack:check`: builds and packs every package, and judges the tarballs. What follows goes to vitest.

const config = join(import.meta.dirname, 'vitest.config.ts')
process.exitCode = runVitest(process.execPath, ['--config', config, ...process.argv.slice(2)], { cwd: ROOT })
