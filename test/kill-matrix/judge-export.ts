import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { runSallyport } from '../../packages/cli/src/index.ts'
import type { Run } from './run-program.ts'

/** Judges the export as it was left: one that was said to be done is good, unless the next one has begun. */
export async function judgeExport({ folder, said }: Run): Promise<readonly string[]> {
  const last = said.findLast(({ step }) => step === 'export' || step === 'close')
  if (last?.step !== 'export' || last.answer !== '0') return []
  const { code, lines } = await sallyport('verify', join(folder, 'export'), '--log-key', join(folder, 'log.pub'))
  return code === 0 ? [] : [`The export was said to be done, and verify says ${code}: ${lines.join(' ')}`]
}

/**
 * Exports again, and judges that the folder is what an undisturbed export gives, byte for byte, and good. Beside it may be
 * partial tiles of an earlier, smaller export, which stay until the tile is full: each is how its tile begins.
 */
export async function judgeRestOfExport({ folder }: Run): Promise<readonly string[]> {
  const ledger = `sqlite:${join(folder, 'ledger.db')}`
  const [disturbed, fresh] = [join(folder, 'export'), join(folder, 'export-fresh')]
  const again = await sallyport('export', ledger, disturbed)
  if (again.code !== 0) return [`The export cannot be done again: ${again.lines.join(' ')}`]
  await sallyport('export', ledger, fresh)
  const evidence = ['--log-key', join(folder, 'log.pub'), '--checkpoint', join(folder, 'checkpoint')]
  const { code, lines } = await sallyport('verify', disturbed, ...evidence)
  const differing = await compareFolders(disturbed, fresh)
  return [
    ...(code === 0 ? [] : [`Of the export that was done again verify says ${code}: ${lines.join(' ')}`]),
    ...(differing.length === 0 ? [] : [`The export that was done again differs in ${differing.join(', ')}.`]),
  ]
}

async function compareFolders(one: string, other: string): Promise<readonly string[]> {
  const [ofOne, ofOther] = [await readFolder(one), await readFolder(other)]
  const names = new Set([...ofOne.keys(), ...ofOther.keys()])
  return [...names].filter((name) => ofOne.get(name) !== ofOther.get(name) && !isEarlierTile(name, ofOne, ofOther))
}

/** Tells whether a file that is in the one folder alone is a beginning of the same tile in the other. */
function isEarlierTile(name: string, one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  const tile = /^tile\/.+\.p\//.exec(name)?.[0]
  const bytes = one.get(name)
  if (tile === undefined || bytes === undefined || other.has(name)) return false
  return [...other].some(([later, content]) => later.startsWith(tile) && content.startsWith(bytes))
}

/** What every file below a folder holds; empty folders count, too. */
async function readFolder(root: string): Promise<ReadonlyMap<string, string>> {
  const content = new Map<string, string>()
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    content.set(relative(root, path), entry.isFile() ? await readFile(path, 'hex') : 'folder')
  }
  return content
}

async function sallyport(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const lines: string[] = []
  const code = await runSallyport(args, { print: (line) => lines.push(line), report: (line) => lines.push(line) })
  return { code, lines }
}
