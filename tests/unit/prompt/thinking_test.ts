import { assertEquals } from "@std/assert";
import { opensThinking, ThinkingParser } from "../../../src/prompt/thinking.ts";
import { thinkingTags } from "../../../src/prompt/thinking_tags.ts";

const TAGS = { open: "<think>", close: "</think>" };

function parse(pieces: readonly string[], isOpen: boolean) {
  const parser = new ThinkingParser(TAGS, isOpen);
  const parts = [...pieces.map((piece) => parser.add(piece)), parser.end()];
  return [
    parts.map(({ thinking }) => thinking).join(""),
    parts.map(({ content }) => content).join(""),
  ];
}

interface Transcript {
  readonly text: string;
  readonly isOpen?: boolean;
  readonly thinking: string;
  readonly content: string;
}

const TRANSCRIPTS: readonly Transcript[] = [
  { text: "<think> a b </think> c d", thinking: "a b ", content: "c d" },
  { text: "\n<think>\na\n</think>\n\nb\n", thinking: "a\n", content: "b\n" },
  { text: "  no tags", thinking: "", content: "  no tags" },
  { text: "a <think>b</think>", thinking: "", content: "a <think>b</think>" },
  { text: "<think></think>a", thinking: "", content: "a" },
  { text: "<think>a</thing>b</think>c", thinking: "a</thing>b", content: "c" },
  { text: "<think>a</think><think>b", thinking: "a", content: "<think>b" },
  { text: "<think>a</thi", thinking: "a</thi", content: "" },
  { text: "<thi", thinking: "", content: "<thi" },
  { text: "<think>cut off", thinking: "cut off", content: "" },
  { text: "\na</think>\nb", isOpen: true, thinking: "a", content: "b" },
  { text: "<think>\na</think>b", isOpen: true, thinking: "a", content: "b" },
  { text: "</think>b", isOpen: true, thinking: "", content: "b" },
  { text: "<", isOpen: true, thinking: "<", content: "" },
];

for (const { text, isOpen = false, thinking, content } of TRANSCRIPTS) {
  const name = JSON.stringify(text) + (isOpen ? " after an open tag" : "");
  Deno.test(`ThinkingParser splits ${name} wherever it is cut`, () => {
    for (let cut = 0; cut <= text.length; cut++) {
      const pieces = [text.slice(0, cut), text.slice(cut)];
      assertEquals(parse(pieces, isOpen), [thinking, content], `at ${cut}`);
    }
    assertEquals(parse([...text], isOpen), [thinking, content]);
  });
}

Deno.test("ThinkingParser gives thinking and content as soon as they are certain", () => {
  const parser = new ThinkingParser(TAGS, false);
  assertEquals(parser.add("<think>a b"), { thinking: "a b", content: "" });
  assertEquals(parser.add(" c</th"), { thinking: " c", content: "" });
  assertEquals(parser.add("ink>\n"), { thinking: "", content: "" });
  assertEquals(parser.add("d "), { thinking: "", content: "d " });
  assertEquals(parser.add("e"), { thinking: "", content: "e" });
});

Deno.test("opensThinking() sees a prompt that ends with the tag", () => {
  assertEquals(opensThinking("<|assistant|><think>\n", TAGS), true);
  assertEquals(opensThinking("<think>\n\n</think>\n\n", TAGS), false);
});

Deno.test("thinkingTags() finds the texts around .Thinking in a Go template", () => {
  const template = (turn: string) =>
    `{{ if .Thinking }}/think{{ end }}{{ range $i, $_ := .Messages }}${turn}{{ end }}`;
  const tagsOf = (turn: string) => thinkingTags({ go: template(turn) });
  assertEquals(
    tagsOf(
      "{{ .Role }}{{ if and $i .Thinking }}\n <think> {{ .Thinking }}</think>\n{{ end }}",
    ),
    TAGS,
  );
  assertEquals(
    tagsOf("{{ if .Thinking }}Reasoning: {{ .Thinking }} End{{ end }}"),
    { open: "Reasoning:", close: "End" },
  );
  assertEquals(tagsOf("{{ .Content }}"), undefined);
  assertEquals(
    tagsOf("{{ range .Images }}<think>{{ .Thinking }}</think>{{ end }}"),
    undefined,
  );
  assertEquals(
    thinkingTags({ go: "<think>{{ .Thinking }}</think>" }),
    undefined,
  );
});

Deno.test("thinkingTags() knows the tags of Jinja templates", () => {
  const tagsOf = (jinja: string) => thinkingTags({ jinja });
  assertEquals(tagsOf("{{ content.split('</think>')[-1] }}"), TAGS);
  assertEquals(tagsOf("[THINK]{{ x }}[/THINK]"), {
    open: "[THINK]",
    close: "[/THINK]",
  });
  assertEquals(tagsOf("<|START_THINKING|><|END_THINKING|>"), {
    open: "<|START_THINKING|>",
    close: "<|END_THINKING|>",
  });
  assertEquals(tagsOf("{{ messages }}"), undefined);
  assertEquals(thinkingTags({}), undefined);
});

Deno.test("thinkingTags() knows a Jinja template that shows one tag of a pair", () => {
  const tags = { open: "<think>", close: "</think>" };
  for (const jinja of ["{{ '<think>\\n' }}", "{{ x.split('</think>') }}"]) {
    assertEquals(thinkingTags({ jinja }), tags);
  }
  assertEquals(thinkingTags({ jinja: "{{ messages }}" }), undefined);
});
