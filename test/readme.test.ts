import { spawnSync } from 'node:child_process'
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { verifyReceipt } from '@sallyport/audit/ledger'
import { beforeAll, describe, expect, test } from 'vitest'
import { listPackages, ROOT } from './setup/workspace.ts'

// Every ```ts block of a README is a program of its own, as a reader would copy it; one run of the compiler judges all.

const WORKPLACE = join(ROOT, 'test', '.readme')

const OPTIONS = {
  extends: '../../tsconfig.json',
  // The declarations of the dependencies are judged by the run over the sources.
  compilerOptions: {
    noUnusedLocals: false,
    noUnusedParameters: false,
    isolatedDeclarations: false,
    declaration: false,
    skipLibCheck: true,
  },
  include: ['*.ts'],
}

const COMMANDS = readFileSync(join(ROOT, 'packages', 'cli', 'COMMANDS.md'), 'utf8')

interface Block {
  readonly file: string
  readonly code: string
}

let blocks: readonly Block[] = []

beforeAll(() => {
  rmSync(WORKPLACE, { recursive: true, force: true })
  mkdirSync(join(WORKPLACE, 'node_modules'), { recursive: true })
  writeFileSync(join(WORKPLACE, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(join(WORKPLACE, 'tsconfig.json'), JSON.stringify(OPTIONS))
  linkEverything()
  blocks = collectBlocks()
  for (const { file, code } of blocks) writeFileSync(join(WORKPLACE, file), `${code}\nexport {}\n`)
})

describe('the README files', () => {
  test('there is one for the repository and one for each package', () => {
    const folders = [ROOT, ...listPackages().map((one) => one.folder)]

    expect(folders.filter((folder) => !existsSync(join(folder, 'README.md')))).toEqual([])
  })

  test('every TypeScript block compiles as it stands', () => {
    const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    const run = spawnSync(process.execPath, [compiler, '-p', WORKPLACE], { cwd: WORKPLACE, encoding: 'utf8' })

    expect(blocks.length).toBeGreaterThan(0)
    expect(`${run.stdout}${run.stderr}`).toBe('')
    expect(run.status).toBe(0)
  })
})

describe('the pages beside the README files', () => {
  test('COMMANDS.md has a section for each command of the usage, and no other', () => {
    const help = spawnSync(process.execPath, [join(ROOT, 'packages', 'cli', 'src', 'main.ts'), 'help'])
    const commands = [...help.stdout.toString().matchAll(/^ {2}sallyport (\S+)/gm)].map(([, name]) => name)
    const sections = [...COMMANDS.matchAll(/^## (\S+)$/gm)].map(([, name]) => name)

    expect(commands.length).toBeGreaterThan(0)
    expect(new Set(sections)).toEqual(new Set(commands))
  })

  test('the receipt in COMMANDS.md proves its event by the public key beside it', () => {
    const [, receipt = ''] = /^(c2sp\.org\/tlog-proof@v1\n[^`]*)```$/m.exec(COMMANDS) ?? []
    const [, key = ''] = /^```text\n(bank\.example\/ledger\+\S+)\n```$/m.exec(COMMANDS) ?? []

    expect(verifyReceipt(receipt, { verifierKeys: [key] })).toMatchObject({ ok: true, index: 8, size: 10 })
  })

  test('in the pages of the repository, of the ledger and of the first door every link leads to a file, and to a heading where it names one', () => {
    const pages = globSync(['*.md', 'decisions/*.md', 'packages/{audit,cli,oidc,tlog,witness}/!(CHANGELOG).md'], {
      cwd: ROOT,
    })

    expect(pages.flatMap(deadLinks)).toEqual([])
  })

  test('the table of providers in the README of oidc is that of PROVIDERS.md', () => {
    const tableOf = (page: string): string | undefined => {
      const text = readFileSync(join(ROOT, 'packages', 'oidc', page), 'utf8').replaceAll(
        /\[([^\]]+)\]\(#[^)]*\)/g,
        '$1',
      )
      return /^\| \| issuer \|[^]*?\n\n/m.exec(text)?.[0]
    }

    expect(tableOf('PROVIDERS.md')).toBeDefined()
    expect(tableOf('README.md')).toBe(tableOf('PROVIDERS.md'))
  })
})

function deadLinks(page: string): readonly string[] {
  const links = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links.filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(page, link)).map((link) => `${page}: ${link}`)
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#')
  const target = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path)
  if (!existsSync(target)) return false
  return heading === undefined || headingsOf(readFileSync(target, 'utf8')).includes(heading)
}

/** The names by which the headings of a page can be linked to. */
function headingsOf(page: string): readonly string[] {
  const headings = [...page.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase())
  return headings.map((heading) => heading.replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'))
}

function collectBlocks(): readonly Block[] {
  const files = globSync(['README.md', '{packages,examples}/*/README.md', 'packages/*/!(CHANGELOG).md'], { cwd: ROOT })
  return [...new Set(files)].toSorted().flatMap((file) => {
    const found = [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^```ts\n([^]*?)^```$/gm)]
    const name = file.replace('.md', '').replaceAll(/[/\\]/g, '-')
    return found.map(([, code], index) => ({ file: `${name}-${index + 1}.ts`, code: code ?? '' }))
  })
}

/** A reader has everything installed that the packages and examples name: links stand in for that. */
function linkEverything(): void {
  const folders = globSync(['packages/*/node_modules', 'examples/*/node_modules', 'test/node_modules'], { cwd: ROOT })
  for (const folder of folders) {
    for (const name of globSync(['[!.@]*', '@*/*'], { cwd: join(ROOT, folder) })) link(name, join(ROOT, folder, name))
  }
  link('@types/node', join(ROOT, 'node_modules', '@types', 'node'))
  for (const one of listPackages()) link(`@sallyport/${one.name}`, one.folder)
}

function link(name: string, target: string): void {
  const path = join(WORKPLACE, 'node_modules', name)
  if (existsSync(path)) return
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(realpathSync(target), path, 'dir')
}
