import { join } from 'node:path'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { PUBLIC_NAMES } from '../setup/public-names.ts'
import { ROOT } from '../setup/workspace.ts'
import { compile, installSample, programEntries, sallyport, start } from './consumer.ts'
import type { Consumer } from './consumer.ts'
import { listTarballs } from './tarball.ts'

/** What came of each step: exit codes, the lines of the program, the verdict. */
interface WalkThrough {
  readonly keygen: number | null
  readonly program: readonly unknown[]
  readonly verify: readonly unknown[]
  readonly verifiedChallenges: number
}

const place = inject('tarballs')
const tarballs = listTarballs(place)

// The oldest of everything that the packages say they work with, installed by npm.
const OLDEST: Consumer = {
  folder: join(place, 'oldest'),
  install: ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'],
  node: join(import.meta.dirname, 'node_modules', 'node', 'bin', 'node'),
  compiler: join(import.meta.dirname, 'node_modules', 'typescript', 'bin', 'tsc'),
  versions: {
    '@types/express': '5.0.6',
    '@types/express-session': '1.18.2',
    '@types/node': '22.13.0',
    '@types/passport': '1.0.17',
    express: '5.1.0',
    'express-session': '1.18.0',
    otplib: '13.5.0',
    passport: '0.7.0',
    winston: '3.17.0',
  },
}

// What the repository itself works with, installed by pnpm, which lets no package import what it does not ask for.
const NEWEST: Consumer = {
  folder: join(place, 'newest'),
  install: ['pnpm', 'install', '--prefer-offline'],
  node: process.execPath,
  compiler: join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'),
  versions: {
    '@types/express': '5.0.6',
    '@types/express-session': '1.19.0',
    '@types/node': '26.6.6',
    '@types/passport': '1.0.17',
    express: '5.3.0',
    'express-session': '1.19.0',
    otplib: '13.5.0',
    passport: '0.7.0',
    winston: '3.19.0',
  },
}

// What `walkThrough` finds when all is well.
const WALKED: WalkThrough = {
  keygen: 0,
  program: [
    0,
    'before login: /login',
    'login: welcome',
    'enrolment: 303',
    'challenge: asks for a code',
    'second door: the till is open',
  ],
  verify: [0, 'good'],
  verifiedChallenges: 1,
}

describe('installed by npm, with Node 22.13, TypeScript 5.9 and the oldest peers', () => {
  beforeAll(async () => await installSample(OLDEST, tarballs))

  test('every declaration compiles without the DOM library', async () => {
    expect(await compile(OLDEST)).toEqual({ code: 0, output: '', errors: '' })
  })

  test('every entry has the names that were decided', async () => {
    expect(await findNames(OLDEST)).toEqual(decidedNames())
  })

  test('both doors open, and the ledger verifies with the installed command', async () => {
    expect(await walkThrough(OLDEST)).toEqual(WALKED)
  })
})

describe('installed by pnpm, with the Node, TypeScript and peers of this repository', () => {
  beforeAll(async () => await installSample(NEWEST, tarballs))

  test('every declaration compiles without the DOM library', async () => {
    expect(await compile(NEWEST)).toEqual({ code: 0, output: '', errors: '' })
  })

  test('every entry has the names that were decided', async () => {
    expect(await findNames(NEWEST)).toEqual(decidedNames())
  })

  test('both doors open, and the ledger verifies with the installed command', async () => {
    expect(await walkThrough(NEWEST)).toEqual(WALKED)
  })
})

function decidedNames(): Readonly<Record<string, readonly string[] | undefined>> {
  return Object.fromEntries(programEntries(tarballs).map((entry) => [entry, PUBLIC_NAMES[entry]?.values]))
}

async function findNames(consumer: Consumer): Promise<unknown> {
  return JSON.parse((await start(consumer, 'entries')).output)
}

/** Makes keys, runs the program, and reads its ledger: what each step came to. */
async function walkThrough(consumer: Consumer): Promise<WalkThrough> {
  const made = await sallyport(consumer, 'keygen', '--origin', 'shop.example/ledger')
  const walk = await start(consumer, 'main')
  const verdict = await sallyport(consumer, 'verify', 'sqlite:shop.db', '--log-key', 'log.pub')
  const proofs = await sallyport(consumer, 'query', 'sqlite:shop.db', '--type', 'challenge.verified', '--json')
  return {
    keygen: made.code,
    program: [walk.code, ...linesOf(walk.output)],
    verify: [verdict.code, verdict.output.split(':')[0]],
    verifiedChallenges: linesOf(proofs.output).length,
  }
}

function linesOf(output: string): readonly string[] {
  return output.split('\n').filter((line) => line !== '')
}
