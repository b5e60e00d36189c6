import { assertEquals, assertThrows } from "@std/assert";
import { TemplateFailure } from "../../../../src/prompt/go_template/error.ts";
import {
  parseGoTemplate,
  templateVariables,
} from "../../../../src/prompt/go_template/template.ts";
import {
  GoMap,
  GoSlice,
  GoStruct,
  type GoValue,
} from "../../../../src/prompt/go_template/values.ts";

function map(entries: Record<string, GoValue>): GoMap {
  return new GoMap(new Map(Object.entries(entries)));
}

const DATA = map({
  Name: "héllo",
  Empty: "",
  Number: 3n,
  Zero: 0n,
  Half: 1.5,
  Million: 1e6,
  Yes: true,
  No: false,
  List: new GoSlice(["a", "b", "c"]),
  Nothing: new GoSlice([]),
  Map: map({ b: 2, a: "<x>" }),
  Turn: new GoStruct("Turn", { Role: "user", Count: 1n }),
});

/** Template and what Go's text/template prints for it. */
const RENDERED: readonly (readonly [string, string])[] = [
  // Values
  [
    "{{.Name}} {{.Number}} {{.Half}} {{.Million}} {{.Yes}}",
    "héllo 3 1.5 1e+06 true",
  ],
  ["{{.List}} {{.Map}} {{.Turn}}", "[a b c] map[a:<x> b:2] {user 1}"],
  ["{{.Missing}}|{{.Map.zz}}", "<no value>|<no value>"],
  ["{{.Turn.Role}} {{$.Turn.Count}} {{(index .List 1)}}", "user 1 b"],
  ['{{"a\\n\\u00e9\\""}}{{`b\\n`}}{{\'a\'}}', 'a\né"b\\n97'],
  [
    "{{0x1F}} {{1_000}} {{017}} {{-3}} {{.5}} {{1e3}} {{1.0}}",
    "31 1000 15 -3 0.5 1000 1",
  ],
  // White space and comments
  ["a  {{- .Name -}}  b", "ahéllob"],
  ["a {{/* c */}} b {{- /* d\n */ -}} c", "a  bc"],
  ['{{.Name}}} {"a": {{.Number}}}', 'héllo} {"a": 3}'],
  ["x {{- -3}}{{3 -}} y", "x-33y"],
  // Pipelines and variables
  [
    '{{.Name | len}} {{"b" | printf "%s%s" "a"}} {{(len .List) | printf "%03d"}}',
    "6 ab 003",
  ],
  ["{{$x := 1}}{{if .Yes}}{{$x = 2}}{{$y := 5}}{{$y}}{{end}}{{$x}}", "52"],
  ["{{with $x := .Name}}{{$x}}{{.}}{{end}}", "héllohéllo"],
  // Branches
  ["{{if .Empty}}1{{else if .Zero}}2{{else if .Yes}}3{{else}}4{{end}}", "3"],
  ["{{with .Nothing}}1{{else with .Name}}{{.}}{{else}}2{{end}}", "héllo"],
  [
    "{{if .Missing}}1{{else}}2{{end}}{{if .Half}}3{{end}}{{if .Turn}}4{{end}}",
    "234",
  ],
  ["{{range $i, $e := .List}}{{$i}}{{$e}}{{$.Number}} {{end}}", "0a3 1b3 2c3 "],
  [
    "{{range .Nothing}}1{{else}}none{{end}}{{range .Missing}}1{{else}}none{{end}}",
    "nonenone",
  ],
  [
    "{{range $k, $v := .Map}}{{$k}}={{$v}};{{end}}{{range 3}}{{.}}{{end}}",
    "a=<x>;b=2;012",
  ],
  ['{{range .List}}{{if eq . "b"}}{{continue}}{{end}}{{.}}{{end}}', "ac"],
  ['{{range .List}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}', "a"],
  ['{{$s := ""}}{{range .List}}{{$s = .}}{{end}}{{$s}}', "c"],
  // Templates
  [
    '{{define "t"}}<{{.}}>{{end}}{{template "t" .Name}}{{template "t"}}',
    "<héllo><<no value>>",
  ],
  ['{{block "b" .Number}}[{{.}}{{$}}]{{end}}', "[33]"],
  // Logic and comparison
  [
    "{{and .Yes .Name}} {{and .No .Name}} {{or .Empty .Name}} {{not .Empty}}",
    "héllo false héllo true",
  ],
  ["{{or .Yes .Name.Wrong}} {{and .No .Name.Wrong}}", "true false"],
  [
    '{{eq .Number 1 2 3}} {{ne .Name "x"}} {{lt 1 2}} {{ge "b" "a"}} {{gt 1.5 1.0}} {{le 2 2}}',
    "true true true true true true",
  ],
  ['{{eq .Missing "x"}} {{eq .Missing nil}}', "false true"],
  // Functions
  ["{{len .Name}} {{len .List}} {{len .Map}}", "6 3 2"],
  [
    "{{slice .Name 3}} {{slice .List 1 2}} {{slice .List}} {{slice .List 3}}",
    "llo [b] [a b c] []",
  ],
  [
    '{{index .Map "b"}} {{index .Map "zz"}} {{index .Name 0}}',
    "2 <no value> 104",
  ],
  [
    "{{json .List}} {{.Map | json}} {{json .Missing}} {{json .Half}}",
    '["a","b","c"] {"a":"\\u003cx\\u003e","b":2} null 1.5',
  ],
  [
    '{{print 1 2 "a" 3}} {{print "a" "b"}}{{println "x" 1}}',
    "1 2a3 abx 1\n",
  ],
  [
    '{{printf "%s-%d-%v-%q-%t-%.2f-%5d-%-4s|%05d%%" "a" 1 .Half "q" true 2.5 7 "l" 42}}',
    'a-1-1.5-"q"-true-2.50-    7-l   |00042%',
  ],
  [
    '{{printf "%d" "a"}} {{printf "%s"}} {{printf "x" 1}} {{printf "%x" "hi"}}',
    "%!d(string=a) %!s(MISSING) x%!(EXTRA int=1) 6869",
  ],
  ['{{html "<a&b>"}} {{urlquery "a b&c"}}', "&lt;a&amp;b&gt; a+b%26c"],
];

for (const [template, expected] of RENDERED) {
  Deno.test(`GoTemplate.render() prints ${JSON.stringify(template)} as Go does`, () => {
    assertEquals(parseGoTemplate(template).render(DATA), expected);
  });
}

/** Template, line and column, and the reason. */
const UNPARSABLE: readonly (readonly [string, string])[] = [
  ["a\n {{.Name", ":2:2: unclosed action"],
  ["{{/* x", ":1:1: unclosed comment"],
  ["{{/* x */ }}", ":1:10: comment ends before closing delimiter"],
  ['{{"abc}}', ":1:3: unterminated quoted string"],
  ["{{.Name!}}", ":1:8: bad character"],
  ["{{foo .Name}}", ':1:3: function "foo" not defined'],
  ["{{$x}}", ':1:3: undefined variable "$x"'],
  ["{{if .Yes}}{{$x := 1}}{{end}}{{$x}}", ':1:32: undefined variable "$x"'],
  ["{{if}}x{{end}}", "missing value for if"],
  ["{{}}", "missing value for command"],
  ["{{if .Yes}}", "unexpected EOF"],
  ["{{end}}", "unexpected {{end}}"],
  ["{{else}}", "unexpected {{else}}"],
  ["{{if .Yes}}{{else}}{{else}}{{end}}", "expected end; found {{else}}"],
  ["{{range .List}}{{else if .Yes}}{{end}}", "unexpected if after else"],
  ["{{break}}", "{{break}} outside {{range}}"],
  ["{{(.Name}}", "unclosed left paren"],
  ["{{.Name)}}", "unexpected right paren"],
  ['{{"a" | "b"}}', "non executable command"],
  ["{{.Name |}}", "missing value"],
  ["{{$a, $b := .List}}", "too many declarations"],
  ["{{1.Name}}", "unexpected . after term"],
  ['{{"a".Name}}', "unexpected . after term"],
  ['{{define "a"}}1{{end}}{{define "a"}}2{{end}}', "multiple definition"],
  ["{{if .Yes}}{{define `x`}}{{end}}{{end}}", "unexpected {{define}}"],
  [`${"{{if .Yes}}".repeat(5000)}`, "nested too deeply"],
  [`{{${"(".repeat(5000)}}}`, "nested too deeply"],
];

for (const [template, reason] of UNPARSABLE) {
  Deno.test(`parseGoTemplate() refuses ${JSON.stringify(template.slice(0, 60))}`, () => {
    assertThrows(() => parseGoTemplate(template), SyntaxError, reason);
  });
}

const UNRENDERABLE: readonly (readonly [string, string])[] = [
  ["\n{{.Missing.Name}}", ":2:3: nil pointer evaluating interface {}.Name"],
  ["{{.Name.Role}}", "can't evaluate field Role in type string"],
  ["{{.Turn.Wrong}}", "can't evaluate field Wrong in type Turn"],
  ["{{len 3}}", "error calling len: len of type int"],
  ["{{index .List 3}}", "index out of range: 3"],
  ["{{slice .List 2 1}}", "invalid slice index: 2 > 1"],
  ['{{eq .Number "3"}}', "incompatible types for comparison: int and string"],
  ["{{eq .Number 3.0}}", "incompatible types for comparison: int and float64"],
  ["{{lt .Yes .No}}", "invalid type for comparison"],
  ["{{eq .List .List}}", "non-comparable type"],
  ["{{not 1 2}}", "wrong number of args for not: want 1 got 2"],
  ["{{.Name 1}}", "can't give argument to non-function"],
  ["{{nil}}", "nil is not a command"],
  ["{{range .Name}}{{end}}", "range can't iterate over héllo"],
  ['{{template "none"}}', 'template "none" not defined'],
  [
    '{{define "r"}}{{template "r"}}{{end}}{{template "r"}}',
    "maximum template depth",
  ],
  ["{{range 2000000000}}{{end}}", "too many iterations"],
];

for (const [template, reason] of UNRENDERABLE) {
  Deno.test(`GoTemplate.render() fails for ${JSON.stringify(template)}`, () => {
    assertThrows(
      () => parseGoTemplate(template).render(DATA),
      TemplateFailure,
      reason,
    );
  });
}

Deno.test("templateVariables() names the fields a template looks at", () => {
  const text = '{{range $i, $m := .Messages}}{{if eq $m.Role "tool"}}' +
    "{{len (slice $.Messages $i)}}{{end}}{{end}}" +
    '{{define "x"}}{{(index .Tools 0).Function}}{{end}}{{/* .Suffix */}}';
  assertEquals(
    [...templateVariables(text)].sort(),
    ["function", "messages", "role", "tools"],
  );
});

Deno.test("GoTemplate.render() prints the dates Ollama's templates ask for", () => {
  const dates = parseGoTemplate("{{currentDate}} {{yesterdayDate}}").render(
    null,
  );
  const [today = "", yesterday = ""] = dates.split(" ");
  const days = (Date.parse(today) - Date.parse(yesterday)) / 86_400_000;
  assertEquals(days, 1);
});
