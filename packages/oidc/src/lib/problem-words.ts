/** What a page says: a heading, a sentence or two below it, and the way on. */
export interface Words {
  readonly title: string
  readonly text: string
  readonly link: string
}

/** The pages that there are. */
export type ProblemKind =
  | 'stale'
  | 'expired'
  | 'used'
  | 'signed_in'
  | 'refused'
  | 'unavailable'
  | 'not_now'
  | 'denied'
  | 'level'
  | 'age'
  | 'interaction'
  | 'user_refused'
  | 'locked'
  | 'origin'
  | 'provider_unknown'
  | 'link_taken'
  | 'link_own'
  | 'link_limit'
  | 'wrong_subject'
  | 'session_changed'
  | 'step_up_ended'
  | 'ticket'
  | 'not_confirmed'
  | 'not_confirmed_denied'
  | 'not_confirmed_level'
  | 'not_confirmed_age'
  | 'not_linked'

/** The languages of the pages. */
export type ProblemLanguage = 'de' | 'en'

type Texts = Readonly<Record<ProblemKind, readonly [title: string, text: string]>>

const EN: Texts = {
  stale: [
    'This sign-in page is no longer valid',
    'It was used before, has expired, gave way to newer ones, or belongs to another browser. Start again.',
  ],
  expired: ['This sign-in took too long', 'It was open for more than 10 minutes. Start again.'],
  used: [
    'This sign-in was finished before',
    'Perhaps the page was opened twice. If you are not signed in, start again.',
  ],
  signed_in: [
    'You are signed in already',
    'This page belongs to a sign-in that is over. There is nothing left to do here.',
  ],
  refused: ['Sign-in was refused', 'The answer of the identity provider could not be accepted. You are not signed in.'],
  unavailable: [
    'Sign-in is not available right now',
    'The identity provider cannot be reached, or something behind this page is out of order. Try again in a moment.',
  ],
  not_now: [
    'This is not possible right now',
    'The identity provider cannot be reached, or something behind this page is out of order. You are still signed in as before. Try again in a moment.',
  ],
  denied: ['Sign-in was cancelled', 'You are not signed in.'],
  level: [
    'Your provider did not confirm you strongly enough',
    'It did not sign you in with the strength that is needed here. You are not signed in.',
  ],
  age: [
    'Your provider did not ask you again',
    'It told of a sign-in that is older than what is needed here. You are not signed in.',
  ],
  interaction: [
    'Your provider has to ask you',
    'It could not sign you in without your help. Start again to answer its questions.',
  ],
  user_refused: ['You cannot sign in here', 'Your account may not use this application.'],
  locked: [
    'Your account is locked',
    'You are not signed in, and cannot sign in until an administrator has unlocked it.',
  ],
  origin: ['The request was refused', 'It did not come from a page of this application.'],
  provider_unknown: ['There is no such way to sign in', 'The address that led here is not one of this application.'],
  link_taken: [
    'This sign-in belongs to another account',
    'Somebody signs in here with it already, so it cannot be linked to your account.',
  ],
  link_own: [
    'This sign-in is yours already',
    'You can sign in here with it as it is. To link another one, sign in there as that one first.',
  ],
  link_limit: ['No more sign-ins can be linked', 'You have linked as many as there can be. Unlink one of them first.'],
  wrong_subject: [
    'That was another account',
    'At the provider, somebody else signed in than the person who is signed in here. Nothing has changed here.',
  ],
  session_changed: [
    'You are not signed in as before',
    'Your session ended, or another one began, while you were at the provider.',
  ],
  step_up_ended: [
    'This confirmation is over',
    'It was finished, cancelled or replaced meanwhile, or it took too long.',
  ],
  ticket: ['This link is no longer valid', 'It has expired, or belongs to another session.'],
  not_confirmed: [
    'You were not confirmed',
    'The answer of the identity provider could not be accepted. You are still signed in as before.',
  ],
  not_confirmed_denied: [
    'You were not confirmed',
    'The confirmation at your provider was cancelled. You are still signed in as before.',
  ],
  not_confirmed_level: [
    'Your provider did not confirm you strongly enough',
    'It signed you in, but not with the strength that is needed here. You are still signed in as before. Go back to confirm in another way, or to add an authenticator.',
  ],
  not_confirmed_age: [
    'Your provider did not ask you again',
    'It told of a sign-in that is too old for what you want to do. You are still signed in as before. Go back to confirm in another way, or to add an authenticator.',
  ],
  not_linked: [
    'Nothing was linked',
    'The answer of the identity provider could not be accepted. You are still signed in as before.',
  ],
}

const DE: Texts = {
  stale: [
    'Diese Anmeldeseite gilt nicht mehr',
    'Sie wurde schon benutzt, ist abgelaufen, wurde von neueren verdrängt oder gehört zu einem anderen Browser. Beginnen Sie von vorn.',
  ],
  expired: ['Diese Anmeldung hat zu lange gedauert', 'Sie war länger als 10 Minuten offen. Beginnen Sie von vorn.'],
  used: [
    'Diese Anmeldung ist schon abgeschlossen',
    'Vielleicht wurde die Seite zweimal geöffnet. Wenn Sie nicht angemeldet sind, beginnen Sie von vorn.',
  ],
  signed_in: [
    'Sie sind schon angemeldet',
    'Diese Seite gehört zu einer Anmeldung, die abgeschlossen ist. Hier ist nichts mehr zu tun.',
  ],
  refused: [
    'Die Anmeldung wurde abgelehnt',
    'Die Antwort des Identitätsanbieters konnte nicht angenommen werden. Sie sind nicht angemeldet.',
  ],
  unavailable: [
    'Die Anmeldung ist gerade nicht möglich',
    'Der Identitätsanbieter ist nicht erreichbar, oder hinter dieser Seite ist etwas gestört. Versuchen Sie es gleich noch einmal.',
  ],
  not_now: [
    'Das ist gerade nicht möglich',
    'Der Identitätsanbieter ist nicht erreichbar, oder hinter dieser Seite ist etwas gestört. Sie sind angemeldet wie zuvor. Versuchen Sie es gleich noch einmal.',
  ],
  denied: ['Die Anmeldung wurde abgebrochen', 'Sie sind nicht angemeldet.'],
  level: [
    'Ihr Anbieter hat Sie nicht stark genug bestätigt',
    'Er hat Sie nicht mit der Stärke angemeldet, die hier nötig ist. Sie sind nicht angemeldet.',
  ],
  age: [
    'Ihr Anbieter hat Sie nicht noch einmal gefragt',
    'Er nennt eine Anmeldung, die älter ist, als hier nötig ist. Sie sind nicht angemeldet.',
  ],
  interaction: [
    'Ihr Anbieter muss Sie etwas fragen',
    'Er konnte Sie nicht ohne Ihre Hilfe anmelden. Beginnen Sie von vorn, um ihm zu antworten.',
  ],
  user_refused: ['Sie können sich hier nicht anmelden', 'Ihr Konto darf diese Anwendung nicht benutzen.'],
  locked: [
    'Ihr Konto ist gesperrt',
    'Sie sind nicht angemeldet und können sich nicht anmelden, bis eine Administratorin oder ein Administrator es entsperrt hat.',
  ],
  origin: ['Die Anfrage wurde abgelehnt', 'Sie kam nicht von einer Seite dieser Anwendung.'],
  provider_unknown: [
    'Diesen Weg zur Anmeldung gibt es nicht',
    'Die Adresse, die hierher geführt hat, ist keine dieser Anwendung.',
  ],
  link_taken: [
    'Diese Anmeldung gehört zu einem anderen Konto',
    'Damit meldet sich hier schon jemand an; darum lässt sie sich nicht mit Ihrem Konto verknüpfen.',
  ],
  link_own: [
    'Diese Anmeldung ist schon Ihre',
    'Sie können sich damit anmelden. Um eine andere zu verknüpfen, melden Sie sich dort zuerst mit der anderen an.',
  ],
  link_limit: [
    'Mehr Anmeldungen lassen sich nicht verknüpfen',
    'Sie haben so viele verknüpft, wie es geben kann. Lösen Sie zuerst eine davon.',
  ],
  wrong_subject: [
    'Das war ein anderes Konto',
    'Beim Anbieter hat sich jemand anderes angemeldet als die Person, die hier angemeldet ist. Hier hat sich nichts geändert.',
  ],
  session_changed: [
    'Sie sind nicht mehr angemeldet wie zuvor',
    'Ihre Sitzung ist zu Ende, oder eine andere hat begonnen, während Sie beim Anbieter waren.',
  ],
  step_up_ended: [
    'Diese Bestätigung ist vorbei',
    'Sie wurde inzwischen abgeschlossen, abgebrochen oder ersetzt, oder sie hat zu lange gedauert.',
  ],
  ticket: ['Dieser Link gilt nicht mehr', 'Er ist abgelaufen oder gehört zu einer anderen Sitzung.'],
  not_confirmed: [
    'Sie wurden nicht bestätigt',
    'Die Antwort des Identitätsanbieters konnte nicht angenommen werden. Sie sind angemeldet wie zuvor.',
  ],
  not_confirmed_denied: [
    'Sie wurden nicht bestätigt',
    'Die Bestätigung bei Ihrem Anbieter wurde abgebrochen. Sie sind angemeldet wie zuvor.',
  ],
  not_confirmed_level: [
    'Ihr Anbieter hat Sie nicht stark genug bestätigt',
    'Er hat Sie angemeldet, aber nicht mit der Stärke, die hier nötig ist. Sie sind angemeldet wie zuvor. Gehen Sie zurück, um sich anders zu bestätigen oder einen Authenticator hinzuzufügen.',
  ],
  not_confirmed_age: [
    'Ihr Anbieter hat Sie nicht noch einmal gefragt',
    'Er nennt eine Anmeldung, die für Ihr Vorhaben zu alt ist. Sie sind angemeldet wie zuvor. Gehen Sie zurück, um sich anders zu bestätigen oder einen Authenticator hinzuzufügen.',
  ],
  not_linked: [
    'Es wurde nichts verknüpft',
    'Die Antwort des Identitätsanbieters konnte nicht angenommen werden. Sie sind angemeldet wie zuvor.',
  ],
}

const TEXTS: Readonly<Record<ProblemLanguage, Texts>> = { de: DE, en: EN }
const LINKS: Readonly<Record<ProblemLanguage, Readonly<Record<'again' | 'back' | 'on', string>>>> = {
  de: { again: 'Von vorn beginnen', back: 'Zurück', on: 'Weiter' },
  en: { again: 'Start again', back: 'Go back', on: 'Continue' },
}

/** The words of a page; `way` says where its link leads. */
export function wordsOf(kind: ProblemKind, language: ProblemLanguage, way: 'again' | 'back' | 'on'): Words {
  const [title, text] = TEXTS[language][kind]
  return { title, text, link: LINKS[language][way] }
}

/**
 * Picks the language of a page: the first wanted one that there is, by its primary language, or else English.
 *
 * @param wanted BCP 47 tags, the best first; controlled by the client, who can choose nothing but one of ours.
 */
export function pickProblemLanguage(wanted: readonly string[]): ProblemLanguage {
  const languages = wanted.map((tag) => tag.toLowerCase().split('-', 1)[0])
  return languages.find((one): one is ProblemLanguage => one === 'de' || one === 'en') ?? 'en'
}
