/** The documentation's style: readable, narrow, dark where the reader likes it dark. */
export const DOCS_STYLE = `
:root { color-scheme: light dark; --ink: #1d1a16; --paper: #f8f6f1; --line: #d9d2c5; --soft: #efebe2; --mark: #a3401f }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ece7dd; --paper: #161310; --line: #3a342c; --soft: #221e19; --mark: #f0956f }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif }
header, main { max-width: 54rem; margin: 0 auto; padding: 1rem 1.25rem }
header a { font-weight: 600; color: inherit; text-decoration: none }
a { color: var(--mark) }
h1 { font-size: 2rem; margin: .5rem 0 }
h2 { margin: 3rem 0 0; padding-bottom: .3rem; border-bottom: 1px solid var(--line) }
h3 { margin: 2rem 0 .4rem; font-size: 1.05rem; overflow-wrap: anywhere }
h4 { margin: 1rem 0 .3rem; font-size: .9rem }
article:target { outline: 2px solid var(--mark); outline-offset: .6rem }
.lead { font-size: 1.1rem }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; padding: 0; list-style: none }
code, pre { font: .88em/1.5 ui-monospace, monospace }
pre { background: var(--soft); padding: .8rem 1rem; overflow-x: auto; border-radius: .4rem }
table { border-collapse: collapse; width: 100%; font-size: .92rem }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line) }
dl { display: grid; grid-template-columns: 3.2rem 1fr; gap: .2rem .6rem; margin: 0; font-size: .95rem }
dt { font-weight: 600 } dd { margin: 0 }
.method { display: inline-block; min-width: 3.4rem; font-weight: 700; color: var(--mark) }
.key { font-size: .75rem; border: 1px solid var(--line); border-radius: 1rem; padding: .05rem .5rem; font-weight: 400 }
`
