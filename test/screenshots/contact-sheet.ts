/**
 * Makes the page that shows all pictures side by side.
 *
 * @param samples the names of the pages.
 * @param columns the looks; each picture is `<sample>-<column>.png` beside this page.
 * @returns HTML; the names are ours.
 */
export function contactSheet(samples: readonly string[], columns: readonly string[]): string {
  const head = columns.map((column) => `<th>${column}</th>`).join('')
  const rows = samples.map((sample) => {
    const cells = columns.map((column) => cell(`${sample}-${column}.png`)).join('')
    return `<tr><th>${sample}</th>${cells}</tr>`
  })
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8" />
<title>The pages of the second door</title>
<style>
body { font: 14px system-ui, sans-serif; }
th { text-align: start; vertical-align: top; padding: 8px; }
td { vertical-align: top; padding: 8px; }
img { max-width: 320px; max-height: 480px; border: 1px solid #999; }
</style>
<table>
<tr><th></th>${head}</tr>
${rows.join('\n')}
</table>
<p>${cell('enrolment-recovery-codes-print.png')} ${cell('authenticators-german.png')}</p>
`
}

function cell(file: string): string {
  return `<td><a href="${file}"><img src="${file}" alt="" loading="lazy" /></a></td>`
}
