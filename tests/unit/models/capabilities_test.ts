import { assertEquals } from "@std/assert";
import { capabilitiesOf } from "../../../src/models/capabilities.ts";
import type { GgufMetadata } from "../../../src/models/gguf.ts";
import { fakeModel } from "../../testing/fake_model.ts";

function metadata(changes: Partial<GgufMetadata>): GgufMetadata {
  const { chatTemplate: _, ...plain } = fakeModel("m").metadata;
  return { ...plain, ...changes };
}

Deno.test("capabilitiesOf() takes a model that pools or only encodes for one that embeds", () => {
  const cases: readonly Partial<GgufMetadata>[] = [
    { poolingType: 0 },
    { architecture: "qwen3", poolingType: 3 },
    { architecture: "bert" },
    { architecture: "nomic-bert-moe" },
    { architecture: "t5encoder" },
    { poolingType: 1, chatTemplate: "{{ tools }}<think></think>" },
  ];
  for (const each of cases) {
    assertEquals(capabilitiesOf(metadata(each), undefined), ["embedding"]);
  }
});

Deno.test("capabilitiesOf() looks for signs in a Jinja template", () => {
  const cases: readonly [string, string[]][] = [
    ["{{ messages }}", ["completion"]],
    ["{% if tools %}", ["completion", "tools"]],
    ["{{ message.tool_calls }}", ["completion", "tools"]],
    ["{{ tooltip }}", ["completion"]],
    ["<think>{{ x }}</think>", ["completion", "thinking"]],
    [
      "{% if tools %}{% if enable_thinking %}",
      ["completion", "tools", "thinking"],
    ],
  ];
  for (const [chatTemplate, expected] of cases) {
    const found = capabilitiesOf(metadata({ chatTemplate }), undefined);
    assertEquals<string[]>(found, expected, chatTemplate);
  }
});

Deno.test("capabilitiesOf() prefers the Go template, and knows insert from it", () => {
  const gguf = metadata({ chatTemplate: "{{ tools }}<think></think>" });
  const cases: readonly [string, string[]][] = [
    ["{{ .Prompt }}", ["completion"]],
    ["{{ range $.Tools }}{{ . }}{{ end }}", ["completion", "tools"]],
    ["<PRE>{{ .Prompt }}<SUF>{{ .Suffix }}", ["completion", "insert"]],
    ["{{ range .Messages }}{{ .Thinking }}{{ end }}", [
      "completion",
      "thinking",
    ]],
    ["tools and Thinking in plain words", ["completion"]],
  ];
  for (const [template, expected] of cases) {
    assertEquals<string[]>(capabilitiesOf(gguf, template), expected, template);
  }
});
