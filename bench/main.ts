// `pnpm bench`: measures side by side, in one run, and says which targets are met. Ratios are the claim; absolute
// figures are this machine's.
import { writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'

import type { RowQuestion } from './programs/row.ts'
import { PROGRAMS } from './programs/index.ts'
import { ROWS } from './rows/index.ts'
import { parseArguments, USAGE, type Arguments } from './support/arguments.ts'
import { serveParent, startChild } from './support/child-process.ts'
import { FULL_PLAN, LARGE_PLAN, QUICK_PLAN } from './support/plan.ts'
import { judge, type Measured, type Result } from './support/results.ts'
import { formatTable } from './support/table.ts'

const [command, name = ''] = process.argv.slice(2)

if (command === 'child') await runChild(name)
else if (command === '--help') console.log(USAGE)
else await runRows(parseArguments(process.argv.slice(2), Object.keys(ROWS)))

async function runChild(program: string): Promise<void> {
  const load = PROGRAMS[program]
  if (load === undefined) throw new Error('There is no such program.')
  serveParent(await load())
}

async function runRows({ quick, large, only, out }: Arguments): Promise<void> {
  const startedAt = performance.now()
  const plan = quick ? QUICK_PLAN : large ? LARGE_PLAN : FULL_PLAN
  const results: Result[] = []
  for (const row of Object.keys(ROWS)) {
    if (only.length > 0 && !only.includes(row)) continue
    console.error(`Measuring ${row} …`)
    const child = startChild<RowQuestion, readonly Measured[]>('row')
    results.push(...(await child.ask({ row, plan })).map(judge))
    await child.stop()
  }
  console.log(formatTable(results))
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  console.log(`\nNode ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown'}, ${seconds} s.`)
  if (quick) console.log('A quick run: these figures say nothing.')
  if (out !== undefined) await writeFile(out, `${JSON.stringify(results, null, 2)}\n`)
}
