import { assert, assertEquals } from "@std/assert";
import {
  agentTranscript,
  toAnthropicMessages,
  toOpenAiChat,
  toOpenAiResponse,
} from "../testing/agent_transcript.ts";
import { post, upload } from "../testing/api.ts";
import { create } from "../testing/made_model.ts";
import { startServer, type TestServer } from "../testing/server.ts";
import { tinyGguf } from "../testing/tiny_gguf.ts";

const MODEL = "agent";
const TURNS = 15;

/** Characters, which are the tiny model's tokens. */
const SYSTEM_LENGTH = 10_000;
const CONTEXT = 32_768;

/** Tokens at the end of a prompt that the next one need not begin with. */
const BORDER = 8;

const TEMPLATE = `{% for m in messages %}<|{{ m.role }}|>{{ m.content or '' }}
{%- for c in m.tool_calls or [] %}
<call>{"name": "{{ c.function.name }}", "arguments": {{
c.function.arguments | tojson }}}</call>{% endfor %}
{%- if loop.first %}{% for tool in tools or [] %}
{{ tool | tojson }}{% endfor %}{% endif %}<|end|>
{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}`;

/** Prompt tokens of a request, as its answer tells them. */
interface PromptTokens {
  readonly cached: number;
  readonly computed: number;
}

type Ask = (server: TestServer, turn: number) => Promise<PromptTokens>;

async function json(response: Response) {
  const text = await response.text();
  assert(response.ok, text);
  return JSON.parse(text);
}

/** Data of the events of a stream. */
async function eventsOf(response: Response) {
  const text = await response.text();
  assert(response.ok, text);
  return text.split("\n").filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice("data: ".length)));
}

function openAi(task: string, systemLength = SYSTEM_LENGTH): Ask {
  const transcript = agentTranscript(task, TURNS, systemLength);
  return async ({ baseUrl }, turn) => {
    const chunks = await eventsOf(
      await post(`${baseUrl}/v1/chat/completions`, {
        model: MODEL,
        ...toOpenAiChat(transcript, turn),
        stream: true,
        stream_options: { include_usage: true },
        max_tokens: 3,
      }),
    );
    const { usage } = chunks.at(-1);
    const cached = usage.prompt_tokens_details.cached_tokens;
    return { cached, computed: usage.prompt_tokens - cached };
  };
}

/** Counts first, as agents do; both must say the same. */
function openAiResponse(task: string, systemLength = SYSTEM_LENGTH): Ask {
  const transcript = agentTranscript(task, TURNS, systemLength);
  return async ({ baseUrl }, turn) => {
    const conversation = {
      model: MODEL,
      ...toOpenAiResponse(transcript, turn),
    };
    const url = `${baseUrl}/v1/responses`;
    const { input_tokens } = await json(
      await post(`${url}/input_tokens`, conversation),
    );
    const events = await eventsOf(
      await post(url, { ...conversation, stream: true, max_output_tokens: 3 }),
    );
    const { usage } = events.at(-1).response;
    const cached = usage.input_tokens_details.cached_tokens;
    assertEquals(usage.input_tokens, input_tokens);
    return { cached, computed: usage.input_tokens - cached };
  };
}

function anthropic(task: string, systemLength = SYSTEM_LENGTH): Ask {
  const transcript = agentTranscript(task, TURNS, systemLength);
  return async ({ baseUrl }, turn) => {
    const conversation = {
      model: MODEL,
      ...toAnthropicMessages(transcript, turn),
    };
    const url = `${baseUrl}/v1/messages`;
    const { input_tokens } = await json(
      await post(`${url}/count_tokens`, conversation),
    );
    const events = await eventsOf(
      await post(url, { ...conversation, stream: true, max_tokens: 3 }),
    );
    const { usage } = events.find(({ type }) => type === "message_delta");
    const { message } = events.find(({ type }) => type === "message_start");
    const cached = usage.cache_read_input_tokens;
    const computed = usage.input_tokens;
    assertEquals(cached + computed, input_tokens);
    assertEquals(message.usage.cache_read_input_tokens, cached);
    assertEquals(message.usage.input_tokens, computed);
    return { cached, computed };
  };
}

function total({ cached, computed }: PromptTokens): number {
  return cached + computed;
}

/** A turn evaluates what it adds to the one before it, and no more. */
function checkReuse(turns: readonly PromptTokens[]): void {
  turns.forEach((turn, index) => {
    const before = turns[index - 1];
    const added = total(turn) - (before === undefined ? 0 : total(before));
    assert(
      turn.computed <= added + BORDER,
      `turn ${index}: ${turn.computed} evaluated, ${added} new`,
    );
  });
}

async function sumsOf({ baseUrl }: TestServer): Promise<PromptTokens> {
  const { usage } = await json(
    await fetch(`${baseUrl}/api/usage?details=true`),
  );
  const [{ prompt_tokens, cached_tokens }] = usage;
  return { cached: cached_tokens, computed: prompt_tokens - cached_tokens };
}

async function serveAgentModel(): Promise<TestServer> {
  const server = await startServer({
    env: {
      OLLAMA_CONTEXT_LENGTH: String(CONTEXT),
      OLLAMA_NUM_PARALLEL: "3",
    },
  });
  const file = await upload(
    server.baseUrl,
    tinyGguf(1, {
      "llama.context_length": { u32: CONTEXT },
      "tokenizer.chat_template": { text: TEMPLATE },
    }),
  );
  await create(server, { model: MODEL, files: { "model.gguf": file } });
  return server;
}

Deno.test("agents that take turns pay for what is new in each turn, in both dialects", async () => {
  await using server = await serveAgentModel();
  // Long enough that a slot for each costs less than losing the other's.
  const one = openAi("Mend the parser. ".repeat(20));
  const other = anthropic("Write the tests. ".repeat(20));
  const ones: PromptTokens[] = [];
  const others: PromptTokens[] = [];
  for (let turn = 0; turn <= TURNS; turn++) {
    ones.push(await one(server, turn));
    others.push(await other(server, turn));
  }
  checkReuse(ones);
  // The second begins as the first did: system prompt and tools are there.
  const [first] = others;
  assert(first !== undefined && first.computed < 500, "it is copied");
  checkReuse(others);
  const all = [...ones, ...others];
  assertEquals(await sumsOf(server), {
    cached: all.reduce((sum, { cached }) => sum + cached, 0),
    computed: all.reduce((sum, { computed }) => sum + computed, 0),
  });
});

Deno.test("the same transcript is the same prompt in every dialect", async () => {
  await using server = await serveAgentModel();
  const first = await openAi("Mend it.", 100)(server, TURNS);
  const cached = { cached: total(first) - 1, computed: 1 };
  const second = await anthropic("Mend it.", 100)(server, TURNS);
  const third = await openAiResponse("Mend it.", 100)(server, TURNS);
  assertEquals([second, third], [cached, cached]);
});
