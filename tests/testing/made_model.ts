/**
 * Makes models on a real server, and asks them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { post, readLines } from "./api.ts";
import type { TestServer } from "./server.ts";

/** Makes a model; the lines it told. */
export async function create(
  { baseUrl }: TestServer,
  body: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>[]> {
  const response = await post(`${baseUrl}/api/create`, body);
  return await Array.fromAsync(readLines(response));
}

/** What `/api/show` tells of a model. */
export async function details({ baseUrl }: TestServer, model: string) {
  const response = await post(`${baseUrl}/api/show`, { model });
  return (await response.json()).details;
}

/** A short answer without chance. */
export async function answer(
  { baseUrl }: TestServer,
  model: string,
): Promise<string> {
  const response = await post(`${baseUrl}/api/generate`, {
    model,
    prompt: "abc",
    raw: true,
    stream: false,
    options: { temperature: 0, num_predict: 8 },
  });
  const body = await response.json();
  assertEquals(body.eval_count, 8, JSON.stringify(body));
  return body.response;
}
