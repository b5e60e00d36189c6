/**
 * How the page of the document looks, by day and by night.
 *
 * @module
 */

/** The style sheet. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --line: #d8dee4; --soft: #f6f8fa;
  --dim: #59636e; --link: #0550ae; --back: #fff; --fore: #1f2328; }
@media (prefers-color-scheme: dark) {
  :root { --line: #30363d; --soft: #161b22; --dim: #9198a1; --link: #79b8ff;
    --back: #0d1117; --fore: #e6edf3; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--fore);
  font: 16px/1.5 system-ui, sans-serif; }
.page { display: grid; grid-template-columns: 20rem minmax(0, 56rem); gap: 2rem;
  padding: 0 1.5rem 4rem; }
nav { position: sticky; top: 0; max-height: 100vh; overflow-y: auto;
  padding: 1.5rem 0; font-size: .85rem; }
nav ol { list-style: none; margin: 0 0 1rem; padding: 0; }
nav li { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
a { color: var(--link); text-decoration: none; }
a:hover, a:focus { text-decoration: underline; }
h1 { margin: 1.5rem 0 0; }
h2 { margin: 2.5rem 0 .5rem; padding-bottom: .25rem;
  border-bottom: 1px solid var(--line); }
h3 { margin: 1.25rem 0 .25rem; font-size: .95rem; }
p { margin: .25rem 0 .75rem; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; }
summary { cursor: pointer; padding: .5rem .75rem; }
details[open] > summary { border-bottom: 1px solid var(--line); }
details > div { scroll-margin-top: 4rem; padding: .25rem .75rem .75rem; }
code, pre { font: .85rem/1.5 ui-monospace, monospace; }
pre { background: var(--soft); border-radius: 6px; padding: .75rem; margin: 0;
  overflow-x: auto; }
pre i, .dim { color: var(--dim); }
.method { display: inline-block; min-width: 4.5em; font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
td { padding: .2rem .75rem .2rem 0; vertical-align: top; }
td:first-child { white-space: nowrap; }
@media (max-width: 60rem) {
  .page { display: block; }
  nav { position: static; max-height: none; }
}
`;
