import { html, type Html } from './html.ts'

/** What is shown of an event. */
export interface ToldEvent {
  readonly at: string
  readonly type: string
  readonly reason?: string | undefined
}

/** What the ledger says of a person, as a heading and a table. */
export function storyOf(events: readonly ToldEvent[]): Html {
  const lines = events.map(
    ({ at, type, reason = '' }) =>
      html`<tr>
        <td class="time">${at.slice(5, 19).replace('T', ' ')}</td>
        <td>${type} <span class="quiet">${reason}</span></td>
      </tr>`,
  )
  return html`<h2>What the guard wrote down about you</h2>
    <table>
      <tr>
        <th>When (UTC)</th>
        <th>What</th>
      </tr>
      ${lines}
    </table>`
}
