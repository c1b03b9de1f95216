/** What Passport offers a strategy for ending its work; one of them is called, once. */
export interface Actions {
  readonly success: (user: Express.User, info: object) => void
  readonly fail: (challenge: object, status: number) => void
  readonly redirect: (url: string, status: number) => void
  readonly error: (error: unknown) => void
}

/** How a strategy's work ended. */
export type Ending =
  | { readonly kind: 'success'; readonly user: Express.User; readonly info: object }
  | { readonly kind: 'fail'; readonly challenge: object; readonly status: number }
  | { readonly kind: 'redirect'; readonly url: string; readonly status: 302 | 303 }
  | { readonly kind: 'error'; readonly error: unknown }

/**
 * Takes hold of the four actions of this very request.
 *
 * Passport puts them on the strategy object. Given the object itself instead of its name, it puts those of the next
 * request over them, so nothing may look them up later.
 */
export function captureActions(strategy: Actions): Actions {
  const { success, fail, redirect, error } = strategy
  return {
    success: (user, info) => Reflect.apply(success, strategy, [user, info]),
    fail: (challenge, status) => Reflect.apply(fail, strategy, [challenge, status]),
    redirect: (url, status) => Reflect.apply(redirect, strategy, [url, status]),
    error: (cause) => Reflect.apply(error, strategy, [cause]),
  }
}

/** Runs the work and calls the one action that its ending asks for; a rejection is an error, never a hanging request. */
export function settle(work: Promise<Ending>, actions: Actions): void {
  work.then((ending) => act(ending, actions)).catch((error: unknown) => actions.error(error))
}

function act(ending: Ending, actions: Actions): void {
  switch (ending.kind) {
    case 'success':
      return actions.success(ending.user, ending.info)
    case 'fail':
      return actions.fail(ending.challenge, ending.status)
    case 'redirect':
      return actions.redirect(ending.url, ending.status)
    case 'error':
      return actions.error(ending.error)
  }
}
