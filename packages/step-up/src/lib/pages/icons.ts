import { html, trustedMarkup } from './html.ts'
import type { Markup } from './html.ts'

// Drawn for these pages on a grid of 24; each says again what the heading says, so assistive technology skips it.
const DRAWINGS = {
  shield:
    '<path d="M12 3l7.5 2.8v5.4c0 4.7-3.1 8.3-7.5 9.8-4.4-1.5-7.5-5.1-7.5-9.8V5.8z"/><path d="M8.7 12l2.3 2.3 4.3-4.6"/>',
  key: '<circle cx="8" cy="15.5" r="4"/><path d="M10.9 12.6L19.5 4M15.5 8l3.2 3.2"/>',
  paper: '<path d="M6 3h8.5L19 7.5V21H6z"/><path d="M14 3v5h5M9 12.5h7M9 16.5h5"/>',
  send: '<path d="M20.5 3.5L3.5 10l6.5 3.5L13.5 20z"/><path d="M10 13.5l5-5"/>',
  done: '<circle cx="12" cy="12" r="9"/><path d="M8 12.3l2.8 2.8L16 9.5"/>',
  alert: '<circle cx="12" cy="12" r="9"/><path d="M12 7.5v5.5M12 16.4v.1"/>',
} as const

/** The name of a drawing at the head of a page. */
export type Icon = keyof typeof DRAWINGS

/** Draws the sign at the head of a page. */
export function drawIcon(icon: Icon): Markup {
  return html`<svg
    class="icon ${icon}"
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${trustedMarkup(DRAWINGS[icon])}
  </svg>`
}
