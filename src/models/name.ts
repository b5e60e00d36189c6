/**
 * Model names: `[host/][namespace/]model[:tag]`, with Ollama's defaults and
 * rules. Nothing but a valid name ever becomes a path.
 *
 * @module
 */

import { ServerError } from "../errors.ts";

/** A complete, valid name. */
export interface ModelName {
  readonly host: string;
  readonly namespace: string;
  readonly model: string;
  readonly tag: string;
}

const DEFAULT_HOST = "registry.ollama.ai";
const DEFAULT_NAMESPACE = "library";
const DEFAULT_TAG = "latest";

/** What each part may look like; lengths are Ollama's. */
const VALID: Readonly<Record<keyof ModelName, RegExp>> = {
  host: /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}$/,
  namespace: /^[A-Za-z0-9_][A-Za-z0-9_-]{0,79}$/,
  model: /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/,
  tag: /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/,
};

/** Whether every part keeps to the rules. */
export function isValidName(name: ModelName): boolean {
  return VALID.host.test(name.host) && VALID.namespace.test(name.namespace) &&
    VALID.model.test(name.model) && VALID.tag.test(name.tag);
}

/** Splits at the last separator; undefined where there is none. */
function cutLast(text: string, separator: string): [string, string?] {
  const at = text.lastIndexOf(separator);
  return at < 0
    ? [text]
    : [text.slice(0, at), text.slice(at + separator.length)];
}

/**
 * Reads a name and fills in the defaults. Throws a `bad_request`
 * {@linkcode ServerError} for what is no name.
 */
export function parseModelName(text: string): ModelName {
  const tagged = text.lastIndexOf(":") > text.lastIndexOf("/");
  const [path = "", tag] = tagged ? cutLast(text, ":") : [text];
  const parts = path.replace(/^https?:\/\//, "").split("/");
  const model = parts.pop() ?? "";
  const namespace = parts.pop() ?? DEFAULT_NAMESPACE;
  const host = parts.length > 0 ? parts.join("/") : DEFAULT_HOST;
  const name = { host, namespace, model, tag: tag ?? DEFAULT_TAG };
  if (!isValidName(name)) {
    throw new ServerError("bad_request", "invalid model name");
  }
  return name;
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Whether two names differ in nothing but case. */
export function sameName(a: ModelName, b: ModelName): boolean {
  return same(a.host, b.host) && same(a.namespace, b.namespace) &&
    same(a.model, b.model) && same(a.tag, b.tag);
}

/** The shortest text that names it: what is default is left out. */
export function shortName(name: ModelName): string {
  const model = same(name.tag, DEFAULT_TAG)
    ? name.model
    : `${name.model}:${name.tag}`;
  if (!same(name.host, DEFAULT_HOST)) {
    return `${name.host}/${name.namespace}/${model}`;
  }
  return same(name.namespace, DEFAULT_NAMESPACE)
    ? model
    : `${name.namespace}/${model}`;
}

/** The shortest name that shows its tag. */
export function displayName(name: ModelName): string {
  const short = shortName(name);
  return same(name.tag, DEFAULT_TAG) ? `${short}:${name.tag}` : short;
}

/** All four parts. */
export function fullName(name: ModelName): string {
  return `${name.host}/${name.namespace}/${name.model}:${name.tag}`;
}
