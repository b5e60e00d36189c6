import { assert, assertEquals } from "@std/assert";
import { post, readEvents, readLines, upload } from "../testing/api.ts";
import { create } from "../testing/made_model.ts";
import { startServer, type TestServer } from "../testing/server.ts";
import { tinyBertGguf, tinyRerankerGguf } from "../testing/tiny_bert.ts";
import { tinyGguf } from "../testing/tiny_gguf.ts";

const REQUESTS = 300;
const CONCURRENCY = 12;
/** A request that takes longer than this hangs. */
const PATIENCE_MS = 120_000;

/** Begins every answer with thinking, which a random model never ends. */
const TEMPLATE =
  "{% for m in messages %}{{ m.role }}: {% if m.reasoning_content %}" +
  "<think>{{ m.reasoning_content }}</think>{% endif %}{{ m.content }}\n" +
  "{% endfor %}" +
  "{% if add_generation_prompt %}me: <think>\n{% endif %}";

/** What a request used, in the words of the ledger. */
interface Used {
  readonly prompt: number;
  readonly cached: number;
  readonly generated: number;
  readonly reasoning: number;
}

const NOTHING: Used = { prompt: 0, cached: 0, generated: 0, reasoning: 0 };

// deno-lint-ignore no-explicit-any
type Body = any;

function ofOllama(final: Body): Used {
  assertEquals(final.error, undefined);
  return {
    prompt: final.prompt_eval_count ?? 0,
    cached: final.prompt_eval_cached_count ?? 0,
    generated: final.eval_count ?? 0,
    reasoning: final.eval_thinking_count ?? 0,
  };
}

function ofOpenAi({ usage }: Body): Used {
  const generated = usage.completion_tokens ?? 0;
  assertEquals(usage.total_tokens, usage.prompt_tokens + generated);
  const details = usage.completion_tokens_details;
  if (details !== undefined) {
    // Nothing is drafted here.
    assertEquals(details.accepted_prediction_tokens, 0);
    assertEquals(details.rejected_prediction_tokens, 0);
  }
  return {
    prompt: usage.prompt_tokens,
    cached: usage.prompt_tokens_details?.cached_tokens ?? 0,
    generated,
    reasoning: details?.reasoning_tokens ?? 0,
  };
}

function ofResponse({ usage }: Body): Used {
  const { input_tokens, output_tokens } = usage;
  assertEquals(usage.total_tokens, input_tokens + output_tokens);
  return {
    prompt: input_tokens,
    cached: usage.input_tokens_details.cached_tokens,
    generated: output_tokens,
    reasoning: usage.output_tokens_details.reasoning_tokens,
  };
}

function ofAnthropic({ usage }: Body): Used {
  const cached = usage.cache_read_input_tokens;
  return {
    prompt: usage.input_tokens + cached,
    cached,
    generated: usage.output_tokens,
    reasoning: usage.output_tokens_details.thinking_tokens,
  };
}

/** A request of some kind, and where its usage stands. */
interface Kind {
  readonly path: string;
  readonly body: Body;
  readonly used: (answer: Body) => Used;
  /** For streams: what of the events has the usage. */
  readonly read: (response: Response) => Promise<Body>;
}

const whole = async (response: Response) => await response.json();
const lastLine = async (response: Response) =>
  (await Array.fromAsync(readLines(response))).at(-1);
const lastUsage = async (response: Response) =>
  (await readEvents(response)).findLast(({ usage }) => usage);

const lastResponse = async (response: Response) =>
  (await readEvents(response)).at(-1).response;

const USAGE = { stream: true, stream_options: { include_usage: true } };
const THINKING = { thinking: { type: "enabled", budget_tokens: 1024 } };

/** The same conversation in every dialect, whole and streamed. */
function chats(content: string, most: number, model = "m"): Kind[] {
  const messages = [{ role: "user", content }];
  const options = { num_predict: most, temperature: 0, repeat_penalty: 1 };
  const ollama = { model, messages, options };
  const openai = { model, messages, max_tokens: most, temperature: 0 };
  const anthropic = { ...openai, ...THINKING };
  const responses = {
    model,
    input: content,
    max_output_tokens: most,
    temperature: 0,
  };
  return [
    {
      path: "/api/chat",
      body: { ...ollama, stream: false },
      used: ofOllama,
      read: whole,
    },
    { path: "/api/chat", body: ollama, used: ofOllama, read: lastLine },
    {
      path: "/v1/chat/completions",
      body: openai,
      used: ofOpenAi,
      read: whole,
    },
    {
      path: "/v1/chat/completions",
      body: { ...openai, ...USAGE },
      used: ofOpenAi,
      read: lastUsage,
    },
    {
      path: "/v1/responses",
      body: responses,
      used: ofResponse,
      read: whole,
    },
    {
      path: "/v1/responses",
      body: { ...responses, stream: true },
      used: ofResponse,
      read: lastResponse,
    },
    { path: "/v1/messages", body: anthropic, used: ofAnthropic, read: whole },
    {
      path: "/v1/messages",
      body: { ...anthropic, stream: true },
      used: ofAnthropic,
      read: lastUsage,
    },
  ];
}

/** The same text to go on with, in the dialects that have such a route. */
function completions(prompt: string, most: number, model = "m"): Kind[] {
  const options = { num_predict: most, temperature: 0, repeat_penalty: 1 };
  const openai = { model, prompt, max_tokens: most, temperature: 0 };
  return [
    {
      path: "/api/generate",
      body: { model, prompt, raw: true, stream: false, options },
      used: ofOllama,
      read: whole,
    },
    { path: "/v1/completions", body: openai, used: ofOpenAi, read: whole },
    {
      path: "/v1/completions",
      body: { ...openai, ...USAGE },
      used: ofOpenAi,
      read: lastUsage,
    },
  ];
}

/** What is read and not answered: `number` makes each another. */
function readings(number: number): Kind[] {
  const input = [`sentence ${number}`, "the same for all"];
  const ranking = { model: "r", query: `${number}`, documents: input };
  const messages = [{ role: "user", content: `count ${number}` }];
  return [
    {
      path: "/api/embed",
      body: { model: "e", input },
      used: ofOllama,
      read: whole,
    },
    {
      path: "/v1/embeddings",
      body: { model: "e", input, encoding_format: "base64" },
      used: ofOpenAi,
      read: whole,
    },
    { path: "/v1/rerank", body: ranking, used: ofOpenAi, read: whole },
    { path: "/api/rerank", body: ranking, used: ofOllama, read: whole },
    {
      path: "/v1/messages/count_tokens",
      body: { model: "m", messages },
      used: ({ input_tokens }) => {
        assert(input_tokens > 0);
        return NOTHING;
      },
      read: whole,
    },
    {
      path: "/v1/chat/completions",
      body: { model: "m", messages: [] },
      used: ({ error }) => {
        assertEquals(error.param, "messages");
        return NOTHING;
      },
      read: whole,
    },
  ];
}

async function serve(): Promise<TestServer> {
  const server = await startServer();
  const thinker = { "tokenizer.chat_template": { text: TEMPLATE } };
  const models = {
    m: tinyGguf(1, thinker),
    e: tinyBertGguf(),
    r: tinyRerankerGguf(),
  };
  for (const [model, gguf] of Object.entries(models)) {
    const files = { "a.gguf": await upload(server.baseUrl, gguf) };
    const lines = await create(server, { model, files });
    assertEquals(lines.at(-1), { status: "success" }, JSON.stringify(lines));
  }
  return server;
}

/** Asks; the answer's usage and the id that its header tells. */
async function ask(
  { baseUrl }: TestServer,
  { path, body, used, read }: Kind,
): Promise<{ used: Used; id: string; answer: Body }> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const response = await post(baseUrl + path, body, signal);
  const answer = await read(response);
  const id = response.headers.get("x-request-id") ?? "";
  return { used: used(answer), id, answer };
}

async function get({ baseUrl }: TestServer, path: string): Promise<Body> {
  return await (await fetch(baseUrl + path)).json();
}

function ofLedger(row: Body): Used {
  return {
    prompt: row.prompt_tokens,
    cached: row.cached_tokens,
    generated: row.completion_tokens,
    reasoning: row.reasoning_tokens,
  };
}

function add(a: Used, b: Used): Used {
  return {
    prompt: a.prompt + b.prompt,
    cached: a.cached + b.cached,
    generated: a.generated + b.generated,
    reasoning: a.reasoning + b.reasoning,
  };
}

Deno.test("the same work has the same usage in every dialect and in the ledger", async () => {
  await using server = await serve();
  const ids = new Set<string>();
  const same = async (kinds: readonly Kind[]): Promise<Used> => {
    const [first] = kinds;
    assert(first !== undefined);
    // From the second time on all but one token of the prompt are cached.
    const { used: cold } = await ask(server, first);
    const expected = { ...cold, cached: cold.prompt - 1 };
    for (const kind of kinds) {
      const { used, id, answer } = await ask(server, kind);
      assertEquals(used, expected, kind.path);
      const { id: own } = answer;
      assert(!own || own === id, `${own} is not ${id}`);
      ids.add(id);
      const entry = await get(server, `/api/usage/requests/${id}`);
      assertEquals(ofLedger(entry), expected, kind.path);
      assertEquals(entry.endpoint, kind.path);
    }
    return expected;
  };
  const chatted = await same(chats("hello", 12));
  assertEquals([chatted.generated, chatted.reasoning], [12, 12]);
  const completed = await same(completions("once upon a time", 9));
  assertEquals([completed.generated, completed.reasoning], [9, 0]);
  assertEquals(ids.size, 11);
});

Deno.test("usage over all dialects adds up to the ledger's, many at once", async () => {
  await using server = await serve();
  const kinds = (number: number): Kind[] => [
    ...chats(`hello ${number % 7}`, 4 + number % 9),
    ...completions(`once upon a ${number % 5}`, 3 + number % 8),
    ...readings(number),
  ];
  let next = 0;
  let sum = NOTHING;
  let booked = 0;
  const worker = async () => {
    while (next < REQUESTS) {
      const number = next++;
      const all = kinds(number);
      const kind = all[number % all.length];
      assert(kind !== undefined);
      const { used } = await ask(server, kind);
      sum = add(sum, used);
      booked += used === NOTHING ? 0 : 1;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));

  const { usage } = await get(server, "/api/usage?since=1d&group_by=");
  assertEquals(usage.map(ofLedger), [sum]);
  assertEquals(usage[0].requests, booked);
  assert(sum.cached > 0 && sum.reasoning > 0, JSON.stringify(sum));
  const bare = await get(server, "/api/usage?check=true");
  const total = (field: string): number =>
    bare.usage.reduce((all: number, row: Body) => all + row[field], 0);
  assertEquals(total("prompt_tokens"), sum.prompt);
  assertEquals(total("completion_tokens"), sum.generated);
  assertEquals(total("requests"), booked);
  assertEquals(bare.check.difference, 0);
});
