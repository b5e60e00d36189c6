/**
 * Chats by the Go template of a Modelfile, by Ollama's rules.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { ChatMessage } from "../generation.ts";
import type { ChatInput } from "./chat_input.ts";
import { TemplateFailure } from "./go_template/error.ts";
import type { Node } from "./go_template/nodes.ts";
import {
  fieldsOfPipe,
  type GoTemplate,
  parseGoTemplate,
} from "./go_template/template.ts";
import { GoMap, GoSlice, type GoValue } from "./go_template/values.ts";
import { goMessage, goTools } from "./go_values.ts";
import { TemplateCache } from "./template_cache.ts";

const RESPONSE = parseGoTemplate("{{ .Response }}").nodes;

/** A template and the same one up to where the answer begins. */
interface ChatTemplate {
  readonly whole: GoTemplate;
  readonly untilResponse: GoTemplate;
}

/** One that shows neither messages nor an answer gets the answer's place. */
function compile(source: string): ChatTemplate {
  const template = parseGoTemplate(source);
  const { variables } = template;
  const whole = variables.has("messages") || variables.has("response")
    ? template
    : template.with([...template.nodes, ...RESPONSE]);
  const until = cutAfterResponse(whole.nodes).nodes;
  return { whole, untilResponse: whole.with(until) };
}

/** What is left of nodes when all after `.Response` is gone. */
interface Cut {
  readonly nodes: Node[];
  readonly found: boolean;
}

function cutAfterResponse(nodes: readonly Node[]): Cut {
  const kept: Node[] = [];
  for (const node of nodes) {
    const cut = cutNode(node);
    kept.push(cut.node);
    if (cut.found) {
      return { nodes: kept, found: true };
    }
  }
  return { nodes: kept, found: false };
}

function cutNode(node: Node): { node: Node; found: boolean } {
  if (node.type === "action") {
    return { node, found: fieldsOfPipe(node.pipe).includes("Response") };
  }
  if (!("body" in node)) {
    return { node, found: false };
  }
  const body = cutAfterResponse(node.body);
  const otherwise = body.found
    ? { nodes: [], found: true }
    : cutAfterResponse(node.otherwise);
  return {
    node: { ...node, body: body.nodes, otherwise: otherwise.nodes },
    found: otherwise.found,
  };
}

const compiled = new TemplateCache(compile);

/** Neighbours of one role are one message, tool results are not. */
function collate(messages: readonly ChatMessage[]): ChatMessage[] {
  const collated: ChatMessage[] = [];
  for (const message of messages) {
    const last = collated.at(-1);
    if (last?.role !== message.role || message.role === "tool") {
      collated.push(message);
      continue;
    }
    const calls = [...last.toolCalls ?? [], ...message.toolCalls ?? []];
    collated[collated.length - 1] = {
      ...last,
      content: `${last.content}\n\n${message.content}`,
      ...(calls.length > 0 ? { toolCalls: calls } : {}),
    };
  }
  return collated;
}

function thinkingValues(think: ChatInput["think"]): Record<string, GoValue> {
  return {
    Think: think !== undefined && think !== false,
    ThinkLevel: typeof think === "string" ? think : "",
    IsThinkSet: think !== undefined,
  };
}

function data(values: Readonly<Record<string, GoValue>>): GoMap {
  return new GoMap(new Map(Object.entries(values)));
}

function renderMessages(template: ChatTemplate, input: ChatInput): string {
  const system = input.messages.filter(({ role }) => role === "system");
  return template.whole.render(data({
    System: system.map(({ content }) => content).join("\n\n"),
    Messages: new GoSlice(collate(input.messages).map(goMessage)),
    Tools: goTools(input.tools ?? []),
    Response: "",
    ...thinkingValues(input.think),
  }));
}

/** Fills the gap between a text and a suffix. */
function renderGap(template: ChatTemplate, input: ChatInput): string {
  return template.whole.render(data({
    Prompt: input.messages.at(-1)?.content ?? "",
    Suffix: input.suffix ?? "",
    Response: "",
    ...thinkingValues(input.think),
  }));
}

/** Words of one turn, for templates that know no more. */
interface Turn {
  System: string;
  Prompt: string;
  Response: string;
}

/** Executes the template once a turn; the last one ends before its answer. */
function renderTurns(template: ChatTemplate, input: ChatInput): string {
  const thinking = thinkingValues(input.think);
  const written: string[] = [];
  let turn: Turn = { System: "", Prompt: "", Response: "" };
  const finish = () => {
    written.push(template.whole.render(data({ ...turn, ...thinking })));
    turn = { System: "", Prompt: "", Response: "" };
  };
  for (const { role, content } of collate(input.messages)) {
    if (role === "system") {
      if (turn.Prompt !== "" || turn.Response !== "") {
        finish();
      }
      turn.System = content;
    } else if (role === "user") {
      if (turn.Response !== "") {
        finish();
      }
      turn.Prompt = content;
    } else if (role === "assistant") {
      turn.Response = content;
    }
  }
  const last = data({ ...turn, ...thinking });
  return written.join("") + template.untilResponse.render(last);
}

function render(source: string, input: ChatInput): string {
  const template = compiled.get(source);
  if (input.suffix !== undefined && input.suffix !== "") {
    return renderGap(template, input);
  }
  return template.whole.variables.has("messages")
    ? renderMessages(template, input)
    : renderTurns(template, input);
}

/**
 * Renders a chat with a Go template. Throws a `bad_request`
 * {@linkcode ServerError} that names the place in the template.
 */
export function renderGo(source: string, input: ChatInput): string {
  try {
    return render(source, input);
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof TemplateFailure) {
      const message = `template error: ${cause.message}`;
      throw new ServerError("bad_request", message, { cause });
    }
    throw cause;
  }
}
