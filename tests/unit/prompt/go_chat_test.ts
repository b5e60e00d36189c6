import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import type { ChatMessage } from "../../../src/generation.ts";
import { renderChat } from "../../../src/prompt/chat_template.ts";
import type { ChatInput } from "../../../src/prompt/chat_input.ts";

function render(
  go: string,
  messages: readonly ChatMessage[],
  more: Partial<ChatInput> = {},
): string {
  return renderChat({ go, jinja: "wrong" }, {
    messages,
    bosText: "<s>",
    eosText: "</s>",
    ...more,
  });
}

const SYSTEM: ChatMessage = { role: "system", content: "Be brief." };
const HI: ChatMessage = { role: "user", content: "Hi" };
const HELLO: ChatMessage = { role: "assistant", content: "Hello" };
const BYE: ChatMessage = { role: "user", content: "Bye" };

/** Templates in the style of each family, and the chat above in them. */
const FAMILIES: Readonly<Record<string, readonly [string, string]>> = {
  chatml: [
    `{{- range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
`,
    "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n" +
    "<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n" +
    "<|im_start|>assistant\n",
  ],
  "chatml by turns": [
    `{{ if .System }}<|im_start|>system
{{ .System }}<|im_end|>
{{ end }}{{ if .Prompt }}<|im_start|>user
{{ .Prompt }}<|im_end|>
{{ end }}<|im_start|>assistant
{{ .Response }}<|im_end|>
`,
    "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n" +
    "<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n" +
    "<|im_start|>assistant\n",
  ],
  llama3: [
    `{{- range $i, $_ := .Messages }}
{{- $last := eq (len (slice $.Messages $i)) 1 }}<|start_header_id|>{{ .Role }}<|end_header_id|>

{{ .Content }}
{{- if not (and $last (eq .Role "assistant")) }}<|eot_id|>{{ end }}
{{- if and $last (ne .Role "assistant") }}<|start_header_id|>assistant<|end_header_id|>

{{ end }}
{{- end }}`,
    "<|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>" +
    "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>" +
    "<|start_header_id|>assistant<|end_header_id|>\n\nHello<|eot_id|>" +
    "<|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>" +
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
  ],
  mistral: [
    `{{- range $i, $_ := .Messages }}
{{- if eq .Role "user" }}[INST] {{ if and $.System (eq (len (slice $.Messages $i)) 1) }}{{ $.System }}

{{ end }}{{ .Content }}[/INST]
{{- else if eq .Role "assistant" }} {{ .Content }}</s>
{{- end }}
{{- end }}`,
    "[INST] Hi[/INST] Hello</s>[INST] Be brief.\n\nBye[/INST]",
  ],
  gemma: [
    `{{- range $i, $_ := .Messages }}
{{- if eq .Role "system" }}{{ continue }}{{ end }}<start_of_turn>
{{- if eq .Role "assistant" }}model{{ else }}user{{ end }}
{{ if and (eq $i 1) $.System }}{{ $.System }}

{{ end }}{{ .Content }}<end_of_turn>
{{ end }}<start_of_turn>model
`,
    "<start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n" +
    "<start_of_turn>model\nHello<end_of_turn>\n" +
    "<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n",
  ],
  phi: [
    `{{ if .System }}<|system|>
{{ .System }}<|end|>
{{ end }}{{ if .Prompt }}<|user|>
{{ .Prompt }}<|end|>
{{ end }}<|assistant|>
{{ .Response }}<|end|>
`,
    "<|system|>\nBe brief.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\nHello" +
    "<|end|>\n<|user|>\nBye<|end|>\n<|assistant|>\n",
  ],
  "command-r": [
    `{{- range .Messages }}<|START_OF_TURN_TOKEN|>
{{- if eq .Role "system" }}<|SYSTEM_TOKEN|>{{ else if eq .Role "user" }}<|USER_TOKEN|>
{{- else }}<|CHATBOT_TOKEN|>{{ end }}{{ .Content }}<|END_OF_TURN_TOKEN|>
{{- end }}<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>`,
    "<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>Be brief.<|END_OF_TURN_TOKEN|>" +
    "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>Hi<|END_OF_TURN_TOKEN|>" +
    "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>Hello<|END_OF_TURN_TOKEN|>" +
    "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>Bye<|END_OF_TURN_TOKEN|>" +
    "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
  ],
  deepseek: [
    `{{- if .System }}{{ .System }}{{ end }}
{{- range $i, $_ := .Messages }}
{{- $last := eq (len (slice $.Messages $i)) 1 }}
{{- if eq .Role "user" }}<｜User｜>{{ .Content }}
{{- else if eq .Role "assistant" }}<｜Assistant｜>{{ .Content }}{{ if not $last }}<｜end▁of▁sentence｜>{{ end }}
{{- end }}
{{- if and $last (ne .Role "assistant") }}<｜Assistant｜>{{ end }}
{{- end }}`,
    "Be brief.<｜User｜>Hi<｜Assistant｜>Hello<｜end▁of▁sentence｜>" +
    "<｜User｜>Bye<｜Assistant｜>",
  ],
};

for (const [family, [template, expected]] of Object.entries(FAMILIES)) {
  Deno.test(`renderChat() renders the Go template of ${family}`, () => {
    assertEquals(render(template, [SYSTEM, HI, HELLO, BYE]), expected);
  });
}

Deno.test("renderChat() appends the answer to a template without one", () => {
  assertEquals(
    render("[INST] {{ .Prompt }}[/INST] ", [HI, HELLO, BYE]),
    "[INST] Hi[/INST] Hello[INST] Bye[/INST] ",
  );
});

Deno.test("renderChat() cuts the template where the answer begins", () => {
  const template = "{{ .Prompt }}{{ if .System }}!{{ else }}>{{ .Response }}<" +
    "{{ if .Prompt }}end{{ end }}{{ end }}";
  assertEquals(render(template, [HI, HELLO, BYE]), "Hi>Hello<endBye>");
  assertEquals(render(template, [HI, HELLO]), "Hi>Hello");
});

Deno.test("renderChat() joins neighbours of one role but not tool results", () => {
  const template = "{{ range .Messages }}[{{ .Role }}:{{ .Content }}]{{ end }}";
  const result: ChatMessage = { role: "tool", content: "1" };
  assertEquals(
    render(template, [HI, BYE, result, result]),
    "[user:Hi\n\nBye][tool:1][tool:1]",
  );
});

Deno.test("renderChat() gives Go templates all words of the system", () => {
  const template = "{{ .System }}|{{ len .Messages }}";
  assertEquals(
    render(template, [SYSTEM, HI, SYSTEM]),
    "Be brief.\n\nBe brief.|3",
  );
});

Deno.test("renderChat() fills a gap between a text and its suffix", () => {
  const template = "{{ if .Suffix }}<PRE>{{ .Prompt }}<SUF>{{ .Suffix }}<MID>" +
    "{{ else }}{{ .Prompt }}{{ end }}{{ .Response }}";
  assertEquals(
    render(template, [HI], { suffix: "there" }),
    "<PRE>Hi<SUF>there<MID>",
  );
});

const TOOLS = [{
  type: "function",
  function: {
    name: "weather",
    description: "Weather of a city <now>",
    parameters: {
      type: "object",
      required: ["city"],
      properties: {
        unit: { type: "string", enum: ["C", "F"], minLength: 1 },
        city: { type: ["string", "null"], description: "Name" },
      },
    },
  },
}];

Deno.test("renderChat() prints tools as Go encodes them", () => {
  const json = '{"type":"function","function":{"name":"weather",' +
    '"description":"Weather of a city \\u003cnow\\u003e",' +
    '"parameters":{"type":"object","required":["city"],"properties":{' +
    '"city":{"type":["string","null"],"description":"Name"},' +
    '"unit":{"type":"string","enum":["C","F"],"minLength":1}}}}}';
  const tools = { tools: TOOLS };
  assertEquals(
    render("{{ .Tools }}{{ .Messages | len }}", [HI], tools),
    `[${json}]1`,
  );
  assertEquals(
    render(
      "{{ range .Tools }}{{ . }}{{ end }}{{ .Messages | len }}",
      [HI],
      tools,
    ),
    `${json}1`,
  );
  const functions =
    "{{ range .Tools }}{{ .Function }}{{ end }}{{ range .Messages }}{{ end }}";
  assertStringIncludes(json, `"function":${render(functions, [HI], tools)}}`);
});

Deno.test("renderChat() lets templates describe tools themselves", () => {
  const template = "{{ range .Tools }}{{ .Function.Name }}(" +
    "{{ range $name, $it := .Function.Parameters.Properties }}{{ $name }}: " +
    "{{ toTypeScriptType $it }}{{ if $it.Enum }} {{ $it.Enum }}{{ end }}, {{ end }})" +
    "{{ range .Function.Parameters.Required }} {{ . }}{{ end }}{{ end }}" +
    "{{ if not .Messages }}{{ end }}";
  assertEquals(
    render(template, [HI], { tools: TOOLS }),
    "weather(city: string | null, unit: string [C F], ) city",
  );
});

Deno.test("renderChat() prints tool calls and results", () => {
  const template =
    "{{ range .Messages }}{{ range .ToolCalls }}{{ .Function.Index }}" +
    '{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}' +
    "{{ range $k, $v := .Function.Arguments }}{{ $k }}={{ $v }};{{ end }}{{ end }}" +
    "{{ if .ToolName }}{{ .ToolName }}/{{ .ToolCallID }}: {{ .Content }}{{ end }}{{ end }}";
  const messages: ChatMessage[] = [HI, {
    role: "assistant",
    content: "",
    toolCalls: [{ name: "weather", arguments: { days: 2, city: "Paris" } }],
  }, { role: "tool", content: "sun", toolName: "weather", toolCallId: "c1" }];
  assertEquals(
    render(template, messages),
    '0{"name": "weather", "arguments": {"city":"Paris","days":2}}' +
      "city=Paris;days=2;weather/c1: sun",
  );
});

Deno.test("renderChat() tells Go templates whether and how to think", () => {
  const template =
    "{{ if .IsThinkSet }}{{ if .Think }}on{{ else }}off{{ end }}" +
    "{{ else }}unset{{ end }}{{ .ThinkLevel }}{{ range .Messages }}{{ .Thinking }}{{ end }}";
  assertEquals(render(template, [HI]), "unset");
  assertEquals(render(template, [HI], { think: false }), "off");
  assertEquals(render(template, [HI], { think: true }), "on");
  assertEquals(
    render(template, [{ ...HELLO, thinking: "hm" }, HI], { think: "high" }),
    "onhighhm",
  );
});

Deno.test("renderChat() says where a Go template is wrong", () => {
  const parsing = assertThrows(
    () => render("a\n{{ .Prompt", [HI]),
    ServerError,
    "template error: template: :2:1: unclosed action",
  );
  assertEquals(parsing.kind, "bad_request");
  const rendering = assertThrows(
    () => render("{{ .Messages.Role }}", [HI]),
    ServerError,
    "template error: template: :1:4: can't evaluate field Role",
  );
  assertEquals(rendering.kind, "bad_request");
});

Deno.test("renderChat() renders long chats with many tools in two milliseconds", () => {
  const template = "{{ range .Tools }}{{ . }}\n{{ end }}" +
    FAMILIES.llama3?.[0];
  const messages = Array.from({ length: 15 }, () => [HI, HELLO]).flat();
  const tools = Array.from({ length: 20 }, () => TOOLS[0]);
  const times = Array.from({ length: 60 }, () => {
    const start = performance.now();
    render(template, messages, { tools });
    return performance.now() - start;
  });
  const fastest = times.sort((a, b) => a - b)[10] ?? Infinity;
  assertEquals(fastest < 2, true, `took ${fastest} ms`);
});
