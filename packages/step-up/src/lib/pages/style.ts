import { DARK, LIGHT, variables } from './palette.ts'

/** The one stylesheet of the pages: system fonts, nothing loaded, nothing that moves. */
export const STYLE: string = `
:root{color-scheme:light dark;${variables(LIGHT)}}
@media (prefers-color-scheme:dark){:root{${variables(DARK)}}}
*{box-sizing:border-box}
[hidden]{display:none!important}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
.site{max-width:34rem;margin:0 auto;padding:1.25rem 1.25rem 0;font-weight:600}
main{max-width:34rem;margin:0 auto;padding:1.5rem 1.25rem 3rem;background:var(--card);min-height:100vh;border-top:.25rem solid var(--accent)}
.site+main{min-height:0;margin-top:1.25rem}
@media (min-width:40rem){
main,.site+main{min-height:0;margin:3rem auto;padding:2.25rem 2.5rem 2.5rem;border:1px solid var(--line);border-top:.25rem solid var(--accent);border-radius:.75rem;box-shadow:0 1px 2px rgb(0 0 0/.08),0 8px 24px rgb(0 0 0/.08)}
.site{margin-top:2rem;padding:0 .25rem}
.site+main{margin-top:1rem}
}
.icon{display:block;width:3rem;height:3rem;margin:0 0 1rem;padding:.65rem;color:var(--accent);background:var(--approve);border-radius:50%}
.icon.alert{color:var(--on-error);background:var(--error)}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .5rem;text-wrap:balance}
h2{font-size:1.15rem;line-height:1.3;margin:2rem 0 .5rem}
h3{font-size:1rem;margin:0}
p{margin:.5rem 0}
.quiet{color:var(--quiet)}
.small{font-size:.9rem}
.unseen{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.approve{margin:1.5rem 0;padding:1rem 1.25rem;background:var(--approve);border-inline-start:.3rem solid var(--accent);border-radius:.5rem}
.approve h2{margin:0;font-size:1rem;font-weight:400;color:var(--quiet)}
.approve .name{margin:0;font-size:1.1rem;font-weight:600}
.approve dl{margin:.75rem 0 0}
.approve dt{color:var(--quiet);margin-top:.5rem}
.approve dd{margin:0;font-size:1.5rem;font-weight:700;line-height:1.3;white-space:pre-wrap}
form{margin:.75rem 0 0}
label{display:block;font-weight:600;margin-bottom:.25rem}
input[type=text]{width:100%;min-height:2.75rem;padding:.6rem .75rem;font:inherit;color:inherit;background:var(--card);border:1px solid var(--edge);border-radius:.45rem}
input.code{max-width:16rem;font-size:1.5rem;letter-spacing:.15em;font-variant-numeric:tabular-nums}
input.letters{max-width:none;font:1.1rem/1.5 ui-monospace,Menlo,Consolas,monospace;letter-spacing:.05em}
input[aria-invalid=true]{border:2px solid var(--on-error)}
.check{display:flex;gap:.75rem;align-items:flex-start;margin:1.25rem 0}
.check input{flex:none;width:1.5rem;height:1.5rem;margin:0;accent-color:var(--accent)}
.check label{margin:0}
button,.button{display:inline-block;min-height:2.75rem;padding:.55rem 1.25rem;font:inherit;font-weight:600;line-height:1.5;text-align:center;color:var(--accent);background:transparent;border:1px solid var(--edge);border-radius:.45rem;cursor:pointer;text-decoration:none}
button:hover,.button:hover{text-decoration:underline;text-underline-offset:.15em}
button[aria-disabled=true]{opacity:.7;cursor:default;text-decoration:none}
.main{color:var(--on-accent);background:var(--accent);border-color:var(--accent)}
.danger{color:var(--on-error);border-color:var(--on-error)}
.big{width:100%;min-height:3.25rem;font-size:1.1rem}
.go{margin:1rem 0}
form button{margin-top:1rem}
@media (max-width:29.99rem){.main{width:100%}}
.secret+label,.small+label{margin-top:1.5rem}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.problem,.notice{margin:1rem 0;padding:.75rem 1rem;border-radius:.45rem;background:var(--approve);border:1px solid var(--line)}
.notice{border-color:var(--accent)}
.problem{background:var(--error);color:var(--on-error);border-color:var(--on-error);font-weight:600}
.qr{width:14rem;max-width:100%;margin:1rem 0;padding:.25rem;background:#fff;border:1px solid var(--line);border-radius:.5rem}
.qr svg{display:block;width:100%;height:auto}
.secret{display:block;padding:.65rem .75rem;font:1.1rem/1.6 ui-monospace,Menlo,Consolas,monospace;background:var(--approve);border-radius:.45rem}
.secret,.codes{user-select:all;-webkit-user-select:all}
.codes{margin:.75rem 0;padding:.75rem .75rem .75rem 2.5rem;background:var(--approve);border-radius:.5rem}
.codes:has(>li:only-child){padding-inline-start:.75rem}
.codes li:only-child{list-style:none}
.codes li{padding:.15rem 0}
.codes li::marker{color:var(--quiet);font-size:.9rem}
.codes code{font:.95rem/1.6 ui-monospace,Menlo,Consolas,monospace}
.plain{margin:0;padding:0;list-style:none}
.ways{margin-top:.5rem;border:1px solid var(--line);border-radius:.5rem}
.ways>li+li{border-top:1px solid var(--line)}
.ways a{display:block;padding:.65rem 1rem;font-weight:600;text-decoration:none}
.ways a::after{content:"\\203a";content:"\\203a"/"";float:inline-end}
.ways a:hover{text-decoration:underline}
.cards>li{padding:1rem 0;border-top:1px solid var(--line)}
.cards{margin-top:1rem;border-bottom:1px solid var(--line)}
.cards h2{margin:0;font-size:1.05rem}
.cards p{margin:.1rem 0}
.row{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:center;justify-content:space-between}
.row form,.row button{margin:0}
.badge{display:inline-block;margin-inline-start:.5rem;padding:.05rem .6rem;font-size:.85rem;font-weight:600;color:var(--accent);background:var(--approve);border-radius:1rem}
.badge.alert{color:var(--on-error);background:var(--error)}
details{margin-top:.25rem}
.acts,.additions{display:flex;flex-wrap:wrap;gap:0 1.5rem}
.acts details[open]{flex-basis:100%}
.additions{gap:.75rem}
.additions form,.additions button,.aside form:first-child,.aside form:first-child button{margin:0}
summary{display:inline-block;padding:.3rem 0;color:var(--accent);text-decoration:underline;text-underline-offset:.15em;cursor:pointer}
details form{margin:.25rem 0 1rem}
.aside details{margin-top:.75rem}
.aside{margin-top:2rem;padding-top:1.5rem;border-top:1px solid var(--line)}
@media (forced-colors:active){.main,.badge,.problem,.notice{border:1px solid}}
@media print{
:root{${variables(LIGHT)}}
body,main,.codes,.secret{background:#fff;color:#000}
main,.site+main{max-width:none;margin:0;padding:0;border:0;box-shadow:none}
button,.button,input,label,details,nav,.aside,.icon,.hint{display:none}
.codes{border:1px solid #000;break-inside:avoid}
}
`
