import { assertEquals } from "@std/assert";
import type { ChatMessage } from "../../../src/generation.ts";
import { renderChat } from "../../../src/prompt/chat_template.ts";
import type { ChatInput } from "../../../src/prompt/chat_input.ts";

const TURNS = "{{- message.role[0] }}{{ message.content }}" +
  "{% for c in message.tool_calls or [] %}({{ c.function.name }}){% endfor %};";

/** As Llama 3's: one call a message. */
const SINGLE = "{% for message in messages %}" +
  "{% if message.tool_calls and message.tool_calls | length != 1 %}" +
  "{{ raise_exception('single tool-calls') }}{% endif %}" +
  `${TURNS}{% endfor %}`;

const USER: ChatMessage = { role: "user", content: "Hi" };

function calls(...names: string[]): ChatMessage {
  const toolCalls = names.map((name) => ({ id: name, name, arguments: {} }));
  return { role: "assistant", content: "So", toolCalls };
}

function result(id: string): ChatMessage {
  return { role: "tool", content: `=${id}`, toolCallId: id, toolName: id };
}

function render(
  jinja: string,
  messages: readonly ChatMessage[],
  more: Partial<ChatInput> = {},
): string {
  const input = { messages, bosText: "", eosText: "", ...more };
  return renderChat({ jinja }, input);
}

Deno.test("renderChat() gives calls one by one, each with its result", () => {
  assertEquals(
    render(SINGLE, [USER, calls("a", "b"), result("b"), result("a"), USER]),
    "uHi;aSo(a);t=a;a(b);t=b;uHi;",
  );
});

Deno.test("renderChat() begins a turn as the one before it, whatever it mends", () => {
  const system: ChatMessage = { role: "system", content: "Be brief." };
  const turns = [system, USER, calls("a"), result("a"), calls("b", "c")];
  const first = render(SINGLE, turns.slice(0, 4));
  const later = render(SINGLE, [...turns, result("b"), result("c")]);
  assertEquals(later.startsWith(first), true, later);
});

Deno.test("renderChat() adds what is said before a call to the thinking", () => {
  const jinja = "{% for m in messages %}" +
    "{% if m.content and m.thinking and m.tool_calls %}" +
    "{{ raise_exception('not both') }}{% endif %}" +
    "{{ m.thinking }}|{{ m.content }}{% endfor %}";
  assertEquals(
    render(jinja, [{ ...calls("a"), thinking: "Hm" }]),
    "Hm\n\nSo|",
  );
});

Deno.test("renderChat() completes tools that leave types and texts out", () => {
  const jinja = "{% for t in tools %}" +
    "{% for name, p in t.function.parameters.properties | items %}" +
    "{{ name + ' ' + (p.type if p.type is string else p.type | join('|')) " +
    "+ ' ' + p.description }};{% endfor %}{% endfor %}";
  const properties = {
    mode: { enum: ["a", null] },
    size: { anyOf: [{ type: "integer" }, { type: "null" }] },
    place: { $ref: "#/$defs/place" },
    exact: { const: 3, description: "three" },
    self: { $ref: "#/properties/self" },
  };
  const parameters = {
    type: "object",
    properties,
    $defs: { place: { type: "string" } },
  };
  const tools = [{ type: "function", function: { name: "f", parameters } }];
  assertEquals(
    render(jinja, [USER], { tools }),
    "mode string|null ;size integer|null ;place string ;exact integer three;" +
      "self object ;",
  );
});
