/** The colours of one scheme, as CSS hexadecimal colours. */
export interface Palette {
  readonly page: string
  readonly card: string
  readonly text: string
  readonly quiet: string
  /** Borders of fields and buttons. */
  readonly edge: string
  /** Lines that only divide. */
  readonly line: string
  readonly accent: string
  /** Text on `accent`. */
  readonly onAccent: string
  /** Behind what is being approved. */
  readonly approve: string
  readonly error: string
  readonly onError: string
}

/** For people who prefer light. */
export const LIGHT: Palette = {
  page: '#f1f3f7',
  card: '#ffffff',
  text: '#181c22',
  quiet: '#4f5864',
  edge: '#76808c',
  line: '#dfe3ea',
  accent: '#1a4fc4',
  onAccent: '#ffffff',
  approve: '#eef3fd',
  error: '#fdeeee',
  onError: '#9b1c1c',
}

/** For people who prefer dark. */
export const DARK: Palette = {
  page: '#0f1215',
  card: '#1a1e23',
  text: '#e9ebee',
  quiet: '#a8b1bc',
  edge: '#7d8895',
  line: '#323941',
  accent: '#8fb4ff',
  onAccent: '#0c1a36',
  approve: '#202b40',
  error: '#3a1d1f',
  onError: '#ffb4b4',
}

/**
 * Writes a scheme as CSS custom properties.
 *
 * @param palette the colours.
 */
export function variables(palette: Palette): string {
  const { page, card, text, quiet, edge, line, accent, onAccent, approve, error, onError } = palette
  return `--page:${page};--card:${card};--text:${text};--quiet:${quiet};--edge:${edge};--line:${line};--accent:${accent};--on-accent:${onAccent};--approve:${approve};--error:${error};--on-error:${onError}`
}
