import { Template } from "@huggingface/jinja";
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { renderTemplate } from "../../../src/prompt/jinja_interpreter.ts";

function render(text: string, variables: Record<string, unknown> = {}): string {
  return renderTemplate(new Template(text), variables);
}

const CASES: readonly [what: string, text: string, expected: string][] = [
  ["keys that are undefined", "{{ {'a': 1}[none_such] is defined }}", "false"],
  ["keys that are none", "{{ {'a': 1}[none] is defined }}", "false"],
  [
    "numbers as keys",
    "{% set m = {0: 'a', 512: 'b'} %}{% set k = 512 %}{{ m[k] }}" +
    "{% for k, v in m | dictsort %}{% if 5 <= k %}{{ v }}{% endif %}{% endfor %}",
    "bb",
  ],
  [
    "lists of tuples",
    "{% for a, b in [('x', 1), ('y', 2)] %}{{ a }}{{ b }}{% endfor %}",
    "x1y2",
  ],
  ["filters of what is undefined", "[{{ none_such | upper }}]", "[]"],
  [
    "an object as a string",
    "{% set o = {'a': 1} %}{{ o | string }}",
    '{"a": 1}',
  ],
  ["the least and the most", "{{ [3, 1, 2] | min }}{{ [3, 1] | max }}", "13"],
  [
    "none in a list",
    "{{ none in [1, none] }} {{ none not in [1] }} {{ none in [1] }}",
    "true true false",
  ],
  ["what is undefined in a list", "{{ none_such in ['a'] }}", "false"],
  [
    "lists that change",
    "{% set n = namespace(l=[]) %}{% set _ = n.l.append('a') %}" +
    "{% set _ = n.l.append('b') %}{{ n.l.pop(0) }}{{ n.l.pop() }}" +
    "{{ n.l | length }}",
    "ab0",
  ],
  ["formats", "{{ '<{}|{}>'.format('a', 1) }}", "<a|1>"],
  [
    "ranges",
    "{% for i in range(3) %}{{ i }}{% endfor %}" +
    "{% for i in range(3, -1, -2) %}{{ i }}{% endfor %}",
    "01231",
  ],
];

for (const [what, text, expected] of CASES) {
  Deno.test(`renderTemplate() knows ${what}`, () => {
    assertEquals(render(text), expected);
  });
}

Deno.test("renderTemplate() gives templates the date", () => {
  const year = String(new Date().getFullYear());
  assertEquals(render("{{ strftime_now('%Y') }}"), year);
  assertMatch(render("{{ date_string }}"), /^\d\d \S+ \d{4}$/);
  assertEquals(render("{{ date_string }}", { date_string: "now" }), "now");
});

Deno.test("renderTemplate() raises what the template raises", () => {
  assertThrows(() => render("{{ raise_exception('No!') }}"), Error, "No!");
});
