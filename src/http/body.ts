/**
 * Reads request bodies: limited in size, JSON whatever the Content-Type says.
 *
 * @module
 */

import type * as v from "valibot";
import { ServerError } from "../errors.ts";
import { checked } from "../protocol/checked.ts";
import { decodeStruct } from "../protocol/go_struct.ts";
import { parseJson } from "./json_syntax.ts";

/** Bytes a JSON body may have. */
const MAX_JSON_BYTES = 100 * 1024 * 1024;

function tooLarge(): ServerError {
  return new ServerError(
    "too_large",
    `request body too large: more than ${MAX_JSON_BYTES} bytes`,
  );
}

/** The body's parts. Throws a `cancelled` error when the client is gone. */
async function* chunksOf(request: Request): AsyncGenerator<Uint8Array> {
  try {
    yield* request.body ?? [];
  } catch (cause) {
    throw new ServerError("cancelled", "request canceled", { cause });
  }
}

async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length")) > MAX_JSON_BYTES) {
    throw tooLarge();
  }
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  // Leaving the loop cancels the body, so the rest is not waited for.
  for await (const chunk of chunksOf(request)) {
    bytes += chunk.length;
    if (bytes > MAX_JSON_BYTES) {
      throw tooLarge();
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The JSON of a body. Throws a `bad_request` in Go's words, or `too_large`. */
async function readJson(request: Request): Promise<unknown> {
  const text = await readText(request);
  if (text.trim() === "") {
    throw new ServerError("bad_request", "missing request body");
  }
  try {
    return parseJson(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) {
      throw new ServerError("bad_request", cause.message, { cause });
    }
    throw cause;
  }
}

/**
 * Reads a body as the Go struct `name`. Throws a `bad_request` with the words
 * of Go's decoder, or `too_large`.
 */
export async function readStruct<const S extends v.GenericSchema>(
  request: Request,
  schema: S,
  name: string,
): Promise<v.InferOutput<S>> {
  return decodeStruct(schema, name, await readJson(request));
}

/** Reads a body by a schema. Throws a `bad_request` naming the field. */
export async function readChecked<const S extends v.GenericSchema>(
  request: Request,
  schema: S,
): Promise<v.InferOutput<S>> {
  return checked(schema, await readJson(request));
}
