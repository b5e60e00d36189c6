/**
 * Messages and tools as Go templates see them: Ollama's names and types.
 *
 * @module
 */

import type { ChatMessage, ToolCall } from "../generation.ts";
import {
  fromJson,
  GoMap,
  GoSlice,
  GoStruct,
  type GoValue,
  jsonObject,
  toJson,
} from "./go_template/values.ts";

type Members = Readonly<Record<string, unknown>>;

function asMembers(value: unknown): Members {
  return typeof value === "object" && value !== null ? value as Members : {};
}

/** A list that prints as JSON. */
function printedSlice(items: readonly GoValue[]): GoSlice {
  return new GoSlice(
    items,
    () => `[${items.map((item) => toJson(item)).join(",")}]`,
  );
}

/** A map that prints as JSON. */
function printedMap(entries: readonly (readonly [string, GoValue])[]): GoMap {
  const map: GoMap = new GoMap(
    new Map(entries),
    () => jsonObject(map.sorted()),
  );
  return map;
}

/** Known members in Ollama's order, then what else the client wrote. */
function jsonOf(
  known: readonly (readonly [string, GoValue])[],
  given: Members,
): () => string {
  const names = new Set(known.map(([name]) => name));
  const others = Object.entries(given).filter(([name]) => !names.has(name));
  return () =>
    jsonObject([
      ...known,
      ...others.map(([name, value]) => [name, fromJson(value)] as const),
    ]);
}

function list(value: unknown): GoValue {
  return Array.isArray(value) ? fromJson(value) : undefined;
}

function properties(value: unknown): GoMap | undefined {
  return typeof value === "object" && value !== null
    ? printedMap(
      Object.entries(value).map(([name, each]) => [name, property(each)]),
    )
    : undefined;
}

/** One parameter of a tool, which is a JSON Schema. */
function property(value: unknown): GoStruct {
  const given = asMembers(value);
  const type = fromJson(given.type);
  const anyOf = Array.isArray(given.anyOf)
    ? printedSlice(given.anyOf.map(property))
    : undefined;
  const items = fromJson(given.items);
  const inner = properties(given.properties);
  const known = [
    ["anyOf", anyOf],
    ["type", type],
    ["items", items],
    ["description", given.description as string | undefined],
    ["enum", list(given.enum)],
    ["properties", inner],
    ["required", list(given.required)],
  ] as const;
  return new GoStruct("api.ToolProperty", {
    AnyOf: anyOf ?? new GoSlice([]),
    Type: type ?? "",
    Items: items ?? null,
    Description: String(given.description ?? ""),
    Enum: list(given.enum) ?? new GoSlice([]),
    Properties: inner ?? new GoMap(new Map()),
    Required: list(given.required) ?? new GoSlice([]),
  }, jsonOf(known, given));
}

function parameters(value: unknown): GoStruct {
  const given = asMembers(value);
  const type = String(given.type ?? "");
  const inner = properties(given.properties);
  const known = [
    ["type", type],
    ["$defs", fromJson(given.$defs)],
    ["items", fromJson(given.items)],
    ["required", list(given.required)],
    ["properties", inner ?? null],
  ] as const;
  return new GoStruct("template.templateToolFunctionParameters", {
    Type: type,
    Defs: fromJson(given.$defs) ?? null,
    Items: fromJson(given.items) ?? null,
    Required: list(given.required) ?? new GoSlice([]),
    Properties: inner ?? new GoMap(new Map()),
  }, jsonOf(known, given));
}

function toolFunction(value: unknown): GoStruct {
  const given = asMembers(value);
  const name = String(given.name ?? "");
  const description = String(given.description ?? "");
  const inner = parameters(given.parameters);
  const known = [
    ["name", name],
    ["description", description],
    ["parameters", inner],
  ] as const;
  return new GoStruct("template.templateToolFunction", {
    Name: name,
    Description: description,
    Parameters: inner,
  }, jsonOf(known, given));
}

function tool(value: unknown): GoStruct {
  const given = asMembers(value);
  const type = String(given.type ?? "");
  const inner = toolFunction(given.function);
  const known = [
    ["type", type],
    ["items", fromJson(given.items)],
    ["function", inner],
  ] as const;
  return new GoStruct("template.templateTool", {
    Type: type,
    Items: fromJson(given.items) ?? null,
    Function: inner,
  }, jsonOf(known, given));
}

/** `.Tools`; printed, it is JSON. */
export function goTools(tools: readonly unknown[]): GoSlice {
  return printedSlice(tools.map(tool));
}

function toolCall(call: ToolCall, index: number): GoStruct {
  const entries = Object.entries(call.arguments);
  return new GoStruct("template.templateToolCall", {
    ID: call.id ?? "",
    Function: new GoStruct("template.templateToolCallFunction", {
      Index: BigInt(index),
      Name: call.name,
      Arguments: printedMap(entries.map(([k, v]) => [k, fromJson(v)])),
    }),
  });
}

/** One of `.Messages`. */
export function goMessage(message: ChatMessage): GoStruct {
  return new GoStruct("template.templateMessage", {
    Role: message.role,
    Content: message.content,
    Thinking: message.thinking ?? "",
    Images: new GoSlice(message.images ?? []),
    ToolCalls: new GoSlice((message.toolCalls ?? []).map(toolCall)),
    ToolName: message.toolName ?? "",
    ToolCallID: message.toolCallId ?? "",
  });
}
