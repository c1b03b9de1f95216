// The package has no types of its own; this is the part that the subclass stands on.
declare module 'passport-openidconnect' {
  export default class Strategy {
    name: string
    constructor(options: Readonly<Record<string, unknown>>, verify: (...parameters: never[]) => unknown)
    authenticate(req: unknown, options?: unknown): void
    authorizationParams(options: unknown): object
  }
}
