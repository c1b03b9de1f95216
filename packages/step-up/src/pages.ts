export { messagesDe } from './lib/pages/messages-de.ts'
export { messagesEn } from './lib/pages/messages-en.ts'
export { defaultTemplate, pageTemplate } from './lib/pages/template.ts'
export type {
  ListedAuthenticator,
  ListedSession,
  ListNotice,
  MessageName,
  Page,
  PageProblem,
  ShownAction,
  Template,
} from './lib/page-models.ts'
export type { Messages } from './lib/pages/messages-en.ts'
