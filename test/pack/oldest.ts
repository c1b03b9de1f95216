import { execFileSync } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { ROOT } from '../setup/workspace.ts'
import { runVitest } from './run.ts'
import { installTools } from './setup.ts'

// `pnpm test:oldest`: the tests under the oldest Node that the packages support. What follows goes to vitest.

// Node 22.13 strips types only when asked, and announces that and node:sqlite as experiments in every process.
const NODE_OPTIONS = '--experimental-strip-types --disable-warning=ExperimentalWarning'

await installTools()
const node = join(import.meta.dirname, 'node_modules', 'node', 'bin', 'node')
const PATH = [dirname(node), process.env['PATH'] ?? ''].join(delimiter)
process.stdout.write(`Node ${execFileSync(node, ['--version'], { encoding: 'utf8' })}`)
process.exitCode = runVitest(node, process.argv.slice(2), { cwd: ROOT, env: { NODE_OPTIONS, PATH } })
