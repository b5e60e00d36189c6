/**
 * How servers are asked for the same thing, and how their answers count
 * tokens.
 *
 * @module
 */

/** What a model is called in every server. */
export const MODEL = "bench";

/** A way to ask. */
export interface Dialect {
  readonly path: string;
  /** Such as an API key. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body that asks for a streamed answer of so many tokens. */
  readonly body: (prompt: string, tokens: number) => unknown;
  /** Tokens of the answer, from the text of the whole stream. */
  readonly tokens: (stream: string) => number;
}

/** The last value of a field; a stream is not parsed, to keep the load light. */
function lastNumber(stream: string, field: string): number {
  const found = [...stream.matchAll(new RegExp(`"${field}":\\s*(\\d+)`, "g"))];
  return Number(found.at(-1)?.[1] ?? 0);
}

/** OpenAI's chat completions, as llama-server has them. */
export const OPENAI: Dialect = {
  path: "/v1/chat/completions",
  body: (content, tokens) => ({
    model: MODEL,
    messages: [{ role: "user", content }],
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: tokens,
    temperature: 0,
  }),
  tokens: (stream) => lastNumber(stream, "completion_tokens"),
};

/** Ollama's chat. */
export function ollamaDialect(threads: number): Dialect {
  return {
    path: "/api/chat",
    body: (content, tokens) => ({
      model: MODEL,
      messages: [{ role: "user", content }],
      options: { num_predict: tokens, temperature: 0, num_thread: threads },
    }),
    tokens: (stream) => lastNumber(stream, "eval_count"),
  };
}
