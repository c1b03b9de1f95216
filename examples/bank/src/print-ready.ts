import type { Settings } from './settings.ts'

/** Tells a person what runs and what to try. */
export function printReady({ dataDir }: Settings, origin: string): void {
  process.stdout.write(`
ready    ${origin}
sign in  customer or teller, password open-sesame
try      1. add an authenticator app under Authenticators
         2. send money: the second door asks for a code, for this one transfer
         3. see under Account what the guard wrote down
look     npx pnpm@10 --silent sallyport query sqlite:${dataDir}/sallyport.db
         npx pnpm@10 --silent sallyport story sqlite:${dataDir}/sallyport.db <a flow of it>
check    npx pnpm@10 --silent sallyport verify sqlite:${dataDir}/sallyport.db --log-key ${dataDir}/log.pub --checkpoint ${dataDir}/checkpoint
stop     Ctrl+C

`)
}
