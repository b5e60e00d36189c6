/**
 * What a coding agent says to a model, made by a program: a long system
 * prompt, twenty tools, and turns of calls with their results.
 *
 * @module
 */

/** A call of a tool and what came of it. */
export interface AgentCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly result: string;
}

/** What the model has said in a turn, and the tools' answers. */
export interface AgentTurn {
  readonly text: string;
  readonly calls: readonly AgentCall[];
}

/** A conversation of an agent, before it is written in any dialect. */
export interface AgentTranscript {
  readonly system: string;
  readonly tools: readonly AgentTool[];
  readonly task: string;
  readonly turns: readonly AgentTurn[];
}

/** A tool with a JSON Schema of its parameters. */
export interface AgentTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

const VERBS = ["read", "write", "edit", "list", "search"];
const THINGS = ["file", "folder", "test", "branch"];

function toolsOf(): AgentTool[] {
  return VERBS.flatMap((verb) =>
    THINGS.map((thing) => ({
      name: `${verb}-${thing}`,
      description: `Can ${verb} a ${thing} of the project, and says how.`,
      parameters: {
        type: "object",
        properties: {
          path: { type: "string", description: `Path of the ${thing}.` },
          mode: { enum: ["fast", "careful", null] },
          range: { $ref: "#/$defs/range" },
          limit: { anyOf: [{ type: "integer" }, { type: "null" }] },
        },
        required: ["path"],
        $defs: {
          range: {
            type: "object",
            properties: { from: { type: "integer" }, to: { type: "integer" } },
          },
        },
      },
    }))
  );
}

function turnOf(index: number, tools: readonly AgentTool[]): AgentTurn {
  const count = index % 4 === 3 ? 2 : 1;
  const calls = Array.from({ length: count }, (_, at) => ({
    id: `call_${index}_${at}_${"x".repeat(16)}`,
    name: tools[(index * 3 + at) % tools.length]?.name ?? "",
    arguments: { path: `src/part_${index}.ts`, limit: index + at },
    result: `line ${index} of the ${at ? "other" : "one"} part\n`.repeat(8),
  }));
  // Models often call without a word.
  const text = index % 3 === 0 ? "" : `Step ${index}: look at the next part.`;
  return { text, calls };
}

/** A transcript of `turns` turns whose system prompt has so many characters. */
export function agentTranscript(
  task: string,
  turns: number,
  systemLength: number,
): AgentTranscript {
  const rule = "You are an agent that mends programs, one step after another. ";
  const tools = toolsOf();
  return {
    system: rule.repeat(Math.ceil(systemLength / rule.length)),
    tools,
    task,
    turns: Array.from({ length: turns }, (_, index) => turnOf(index, tools)),
  };
}

/** The request that follows the first `count` turns, in OpenAI's dialect. */
export function toOpenAiChat(transcript: AgentTranscript, count: number) {
  const { system, tools, task, turns } = transcript;
  return {
    messages: [
      { role: "system", content: system },
      { role: "user", content: task },
      ...turns.slice(0, count).flatMap(({ text, calls }) => [
        {
          role: "assistant",
          content: text === "" ? null : text,
          tool_calls: calls.map(({ id, name, arguments: given }) => ({
            id,
            type: "function",
            function: { name, arguments: JSON.stringify(given) },
          })),
        },
        ...calls.map(({ id, result }) => ({
          role: "tool",
          tool_call_id: id,
          content: result,
        })),
      ]),
    ],
    tools: tools.map((each) => ({ type: "function", function: each })),
  };
}

/** The same request as items of OpenAI's responses. */
export function toOpenAiResponse(transcript: AgentTranscript, count: number) {
  const { system, tools, task, turns } = transcript;
  return {
    instructions: system,
    input: [
      { role: "user", content: task },
      ...turns.slice(0, count).flatMap(({ text, calls }) => [
        ...(text === "" ? [] : [{ role: "assistant", content: text }]),
        ...calls.map(({ id, name, arguments: given }) => ({
          type: "function_call",
          call_id: id,
          name,
          arguments: JSON.stringify(given),
        })),
        ...calls.map(({ id, result }) => ({
          type: "function_call_output",
          call_id: id,
          output: result,
        })),
      ]),
    ],
    tools: tools.map((each) => ({ type: "function", ...each })),
  };
}

/** The same request in Anthropic's dialect. */
export function toAnthropicMessages(
  transcript: AgentTranscript,
  count: number,
) {
  const { system, tools, task, turns } = transcript;
  return {
    system: [{
      type: "text",
      text: system,
      cache_control: { type: "ephemeral" },
    }],
    messages: [
      { role: "user", content: task },
      ...turns.slice(0, count).flatMap(({ text, calls }) => [
        {
          role: "assistant",
          content: [
            ...(text === "" ? [] : [{ type: "text", text }]),
            ...calls.map(({ id, name, arguments: input }) => ({
              type: "tool_use",
              id,
              name,
              input,
            })),
          ],
        },
        {
          role: "user",
          content: calls.map(({ id, result }) => ({
            type: "tool_result",
            tool_use_id: id,
            content: [{ type: "text", text: result }],
          })),
        },
      ]),
    ],
    tools: tools.map(({ name, description, parameters }) => ({
      name,
      description,
      input_schema: parameters,
    })),
  };
}
