import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { ServerQuestion } from '../programs/http-server.ts'
import type { LoadOrder, LoadReport } from '../programs/load.ts'
import { startChild, type Child } from '../support/child-process.ts'
import type { Plan } from '../support/plan.ts'
import type { Measured } from '../support/results.ts'
import { measureInterleaved, quantile } from '../support/rounds.ts'
import { withFolder } from '../support/temporary-folder.ts'

const CONNECTIONS = 64
const PATH = '/private'

type Name = 'guarded' | 'guarded-without-events' | 'plain' | 'better-auth'

interface Site {
  readonly child: Child<ServerQuestion, number>
  readonly port: number
  readonly cookie: string
  readonly reports: LoadReport[]
}

/** A request through a satisfied second door, against the same route without it and behind better-auth's guard. */
export async function measureGuard(plan: Plan): Promise<readonly Measured[]> {
  const load = startChild<LoadOrder, LoadReport>('load')
  const started: Child<ServerQuestion, number>[] = []
  try {
    return await withFolder(async (folder) => {
      const open = async (name: Name): Promise<Site> => await openSite(name, { folder, started })
      const sites = {
        guarded: await open('guarded'),
        'guarded-without-events': await open('guarded-without-events'),
        plain: await open('plain'),
      }
      const peer = await open('better-auth').catch((error: unknown) => String(error))
      const contenders = Object.entries(typeof peer === 'string' ? sites : { ...sites, 'better-auth': peer })
      const figure = await measureInterleaved(
        Object.fromEntries(contenders.map(([name, site]) => [name, () => strain(load, site, plan.loadMs)])),
        plan.rounds,
      )
      const entries = await sites.guarded.child.ask({ ask: 'entries' })
      return report({ sites, peer, figure, entries })
    })
  } finally {
    await Promise.all([load, ...started].map((child) => child.stop()))
  }
}

/** Starts a server, signs in, and makes sure that the guard refuses strangers and lets the signed-in through. */
async function openSite(
  name: Name,
  { folder, started }: { readonly folder: string; readonly started: Child<ServerQuestion, number>[] },
): Promise<Site> {
  const own = join(folder, name)
  await mkdir(own)
  const child = startChild<ServerQuestion, number>(name)
  started.push(child)
  const port = await child.ask({ ask: 'start', folder: own })
  const origin = `http://127.0.0.1:${port}`
  const login = await fetch(`${origin}/login`)
  const cookie = login.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const asJson = { accept: 'application/json' }
  const stranger = await fetch(`${origin}${PATH}`, { headers: asJson })
  const visitor = await fetch(`${origin}${PATH}`, { headers: { ...asJson, cookie } })
  if (stranger.status !== 401 || visitor.status !== 200) {
    throw new Error(`The guard ${name} answered ${stranger.status} to a stranger and ${visitor.status} to its user.`)
  }
  return { child, port, cookie, reports: [] }
}

async function strain(load: Child<LoadOrder, LoadReport>, site: Site, durationMs: number): Promise<number> {
  const { port, cookie, reports } = site
  const report = await load.ask({ port, cookie, path: PATH, connections: CONNECTIONS, durationMs })
  reports.push(report)
  return report.requestsPerSecond
}

function report(found: {
  readonly sites: Readonly<Record<Exclude<Name, 'better-auth'>, Site>>
  readonly peer: Site | string
  readonly figure: (name: Name) => number
  readonly entries: number
}): readonly Measured[] {
  const { sites, peer, figure, entries } = found
  const unit = 'requests/s'
  const without = { 'express-session + passport': figure('plain') }
  const beside = `${describe('without us', sites.plain)}.`
  const recorded = `${CONNECTIONS} connections; ${describe('ours', sites.guarded)}; ${beside}`
  return [
    {
      name: 'guard, access events recorded',
      unit,
      ours: figure('guarded'),
      peers: without,
      target: 0.6,
      note: `${recorded} The ledger took ${entries} entries.`,
    },
    {
      name: 'guard, access events off',
      unit,
      ours: figure('guarded-without-events'),
      peers: without,
      target: 0.9,
      note: `${CONNECTIONS} connections; ${describe('ours', sites['guarded-without-events'])}; ${beside}`,
    },
    {
      name: 'guard, access events recorded, beside better-auth',
      unit,
      ours: figure('guarded'),
      target: 4,
      ...(typeof peer === 'string'
        ? { peers: {}, notMeasured: `better-auth could not run here: ${peer.split('\n')[0]}` }
        : { peers: { 'better-auth getSession': figure('better-auth') }, note: `${describe('better-auth', peer)}.` }),
    },
  ]
}

function describe(who: string, { reports }: Site): string {
  const median = (read: (report: LoadReport) => number): number => quantile(reports.map(read), 0.5)
  const p50 = median(({ p50Ms }) => p50Ms).toFixed(1)
  const p99 = median(({ p99Ms }) => p99Ms).toFixed(1)
  const cpu = Math.round(median(({ ownCpu }) => ownCpu) * 100)
  return `${who} p50 ${p50} ms, p99 ${p99} ms, load generator at ${cpu} % of a core`
}
