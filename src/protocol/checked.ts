/**
 * Checks values by schemas and tells what is wrong by the field's name.
 *
 * @module
 */

import * as v from "valibot";
import { ServerError } from "../errors.ts";

type Issue = v.BaseIssue<unknown>;

/** `messages[0].role`. */
function pathOf(issues: readonly Issue[]): string {
  return issues.flatMap(({ path = [] }) => path)
    .map(({ key }) => typeof key === "number" ? `[${key}]` : `.${key}`)
    .join("").replace(/^\./, "");
}

/**
 * The issue and, for a value that fits no variant of a union, the issues in
 * the variant that it came farthest in.
 */
function chain(issue: Issue): Issue[] {
  const deeper = (issue.issues ?? [])
    .map(chain)
    .filter((each) => pathOf(each) !== "")
    .sort((a, b) => depth(b) - depth(a))[0];
  return deeper === undefined ? [issue] : [issue, ...deeper];
}

function depth(issues: readonly Issue[]): number {
  return issues.reduce((sum, { path = [] }) => sum + path.length, 0);
}

function messageOf(
  { kind, type, expected, received, message }: Issue,
  path: string,
): string {
  if (received === "undefined" && path !== "") {
    return `Missing required parameter: '${path}'.`;
  }
  const field = path === "" ? "the body" : `'${path}'`;
  return kind === "schema" && type !== "custom"
    ? `Invalid type for ${field}: expected ${expected}, got ${received}.`
    : `Invalid value for ${field}: ${message}.`;
}

/**
 * The value as the schema's output. Throws a `bad_request` whose `param` is
 * the path of the field at fault.
 */
export function checked<const S extends v.GenericSchema>(
  schema: S,
  value: unknown,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) {
    return result.output;
  }
  const issues = chain(result.issues[0]);
  const param = pathOf(issues);
  const message = messageOf(issues.at(-1) ?? result.issues[0], param);
  throw new ServerError("bad_request", message, param === "" ? {} : { param });
}
