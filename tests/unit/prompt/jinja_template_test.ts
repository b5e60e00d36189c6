import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import type { ChatMessage } from "../../../src/generation.ts";
import { renderChat } from "../../../src/prompt/chat_template.ts";
import type { ChatInput } from "../../../src/prompt/chat_input.ts";

const CHATML = `{%- if tools %}<|im_start|>system
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}<|im_end|>
{% endif %}
{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content }}
{%- for call in message.tool_calls or [] %}
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
{%- endfor %}<|im_end|>
{% endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% if enable_thinking is defined and enable_thinking is false %}<think>

</think>

{% endif %}{% endif %}`;

const PICKY = `{{ bos_token }}{% for message in messages %}
{%- if message.role == 'system' %}{{ raise_exception('No system role') }}{% endif %}
{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}
{{- raise_exception('Roles must alternate') }}{% endif %}
{{- '[' + message.role + ']' + message.content + eos_token }}{% endfor %}`;

const USER: ChatMessage = { role: "user", content: "Hi" };
const SYSTEM: ChatMessage = { role: "system", content: "Be brief." };
const ASSISTANT: ChatMessage = { role: "assistant", content: "Hello" };

function render(
  jinja: string,
  messages: readonly ChatMessage[],
  more: Partial<ChatInput> = {},
): string {
  return renderChat({ jinja }, {
    messages,
    bosText: "<s>",
    eosText: "</s>",
    ...more,
  });
}

Deno.test("renderChat() renders a conversation up to the answer", () => {
  assertEquals(
    render(CHATML, [SYSTEM, USER]),
    "<|im_start|>system\nBe brief.<|im_end|>\n" +
      "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
  );
});

Deno.test("renderChat() leaves an answer that was begun open", () => {
  assertEquals(
    render(CHATML, [USER, { role: "assistant", content: "The capital is " }]),
    "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nThe capital is ",
  );
});

Deno.test("renderChat() finds the beginning of an answer that was trimmed", () => {
  const jinja = "{% for m in messages %}{{ m.content | trim }}</s>{% endfor %}";
  assertEquals(
    render(jinja, [USER, { role: "assistant", content: "It is " }]),
    "Hi</s>It is",
  );
});

Deno.test("renderChat() gives tools and calls in OpenAI's shape", () => {
  const tools = [{ type: "function", function: { name: "now" } }];
  const call: ChatMessage = {
    role: "assistant",
    content: "",
    toolCalls: [{ id: "call_1", name: "now", arguments: { zone: "UTC" } }],
  };
  const text = render(
    CHATML,
    [USER, call, { role: "tool", content: "12:00" }],
    {
      tools,
    },
  );
  assertStringIncludes(
    text,
    '{"type": "function", "function": {"name": "now"}}',
  );
  assertStringIncludes(text, '{"name": "now", "arguments": {"zone": "UTC"}}');
  assertStringIncludes(text, "<|im_start|>tool\n12:00");
});

Deno.test("renderChat() tells the template whether to think", () => {
  const closed = "<think>\n\n</think>\n\n";
  assertEquals(render(CHATML, [USER], { think: false }).endsWith(closed), true);
  assertEquals(render(CHATML, [USER], { think: true }).endsWith(closed), false);
  const effort = "{{ reasoning_effort }}";
  assertEquals(render(effort, [USER], { think: "high" }), "high");
  const variables = { reasoning_effort: "low", messages: "none" };
  assertEquals(render(effort, [USER], { think: "high", variables }), "low");
  assertEquals(render(CHATML, [USER], { variables }), render(CHATML, [USER]));
});

Deno.test("renderChat() merges what the template refuses apart", () => {
  assertEquals(
    render(PICKY, [SYSTEM, USER, ASSISTANT, USER]),
    "<s>[user]Be brief.\n\nHi</s>[assistant]Hello</s>[user]Hi</s>",
  );
  assertEquals(render(PICKY, [USER, USER]), "<s>[user]Hi\n\nHi</s>");
});

Deno.test("renderChat() shortens ids for templates that refuse long ones", () => {
  const jinja = "{% for m in messages %}{% for c in m.tool_calls or [] %}" +
    "{% if c.id|length != 9 %}{{ raise_exception('length 9') }}{% endif %}" +
    "{{ c.id }}{% endfor %}{{ m.tool_call_id or '' }},{% endfor %}";
  const text = render(jinja, [USER, {
    role: "assistant",
    content: "",
    toolCalls: [{ id: "call_abcdefgh", name: "now", arguments: {} }],
  }, { role: "tool", content: "12:00", toolCallId: "call_abcdefgh" }]);
  assertEquals(text, ",_abcdefgh,_abcdefgh,");
});

Deno.test("renderChat() gives an empty list of tools where none is refused", () => {
  assertEquals(
    render("{% for tool in tools %}x{% endfor %}none", [USER]),
    "none",
  );
});

Deno.test("renderChat() gives DeepSeek's templates calls as they want them", () => {
  const jinja = "{% for message in messages %}" +
    "{%- if message['content'] is none %}{% for tool in message['tool_calls'] %}" +
    "{{ 'call ' + tool['function']['arguments'] + ';' }}{% endfor %}" +
    "{% else %}{{ message['content'] }}{% endif %}{% endfor %}";
  const call = { name: "now", arguments: { zone: "UTC" } };
  assertEquals(
    render(jinja, [{ role: "assistant", content: "", toolCalls: [call] }]),
    'call {"zone":"UTC"};',
  );
});

Deno.test("renderChat() fails with the template's own words", () => {
  const error = assertThrows(
    () => render("{{ raise_exception('Only pictures!') }}", [USER]),
    ServerError,
    "the model's chat template failed: Only pictures!",
  );
  assertEquals(error.kind, "bad_request");
  assertThrows(() => render("{% if %}", [USER]), ServerError, "failed");
});

Deno.test("renderChat() without a template joins the contents", () => {
  const input = { messages: [SYSTEM, USER], bosText: "", eosText: "" };
  assertEquals(renderChat({}, input), "Be brief.\nHi");
});

Deno.test("renderChat() renders a short chat in less than a millisecond", () => {
  render(CHATML, [USER]);
  const times = Array.from({ length: 50 }, () => {
    const start = performance.now();
    render(CHATML, [SYSTEM, USER, ASSISTANT, USER]);
    return performance.now() - start;
  });
  const fastest = Math.min(...times);
  assertEquals(fastest < 1, true, `took ${fastest} ms`);
});
