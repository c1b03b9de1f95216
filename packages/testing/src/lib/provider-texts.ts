/** The languages of the sign-in pages, as `ui_locales` names them. */
export const LOCALES = ['en', 'de'] as const

/** One of `LOCALES`. */
export type Locale = (typeof LOCALES)[number]

/** The words on the sign-in pages. */
export interface PageTexts {
  readonly signIn: string
  readonly userName: string
  readonly password: string
  readonly cancel: string
  readonly wrong: string
  readonly chooseAccount: string
  readonly continueAs: string
  readonly allow: string
  readonly allowHeading: string
  readonly secondFactor: string
}

/** The words, by language. */
export const TEXTS: Readonly<Record<Locale, PageTexts>> = {
  en: {
    signIn: 'Sign in',
    userName: 'User name',
    password: 'Password',
    cancel: 'Cancel',
    wrong: 'That name and password do not belong together.',
    chooseAccount: 'Choose an account',
    continueAs: 'Continue as',
    allow: 'Allow',
    allowHeading: 'Let this application sign you in?',
    secondFactor: 'A second factor is asked for. Here it is taken as given.',
  },
  de: {
    signIn: 'Anmelden',
    userName: 'Benutzername',
    password: 'Passwort',
    cancel: 'Abbrechen',
    wrong: 'Dieser Name und dieses Passwort gehören nicht zusammen.',
    chooseAccount: 'Konto wählen',
    continueAs: 'Weiter als',
    allow: 'Erlauben',
    allowHeading: 'Darf diese Anwendung Sie anmelden?',
    secondFactor: 'Ein zweiter Faktor wird verlangt. Hier gilt er als gegeben.',
  },
}

/** The first language of `ui_locales` that the pages have (OpenID Connect Core §3.1.2.1), else English. */
export function localeOf(uiLocales: unknown): Locale {
  const wanted = typeof uiLocales === 'string' ? uiLocales.split(' ').map((tag) => tag.split('-')[0]) : []
  return wanted.flatMap((tag) => LOCALES.filter((known) => known === tag))[0] ?? 'en'
}
