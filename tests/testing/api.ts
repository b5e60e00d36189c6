/**
 * Small pieces of the HTTP API that several model tests need.
 *
 * @module
 */

import { assert } from "@std/assert";
import { createHash } from "node:crypto";

/** A final object of generate, chat or embed. */
export interface FinalObject {
  readonly prompt_eval_count?: number;
  readonly eval_count?: number;
  readonly done_reason?: string;
  readonly error?: string;
}

/** One row of `/api/usage?details=true` as far as tests read it. */
export interface UsageBody {
  readonly start: string;
  readonly usage: readonly (UsageSums & {
    readonly model: string;
    /** These come with `?details=true`. */
    readonly completed?: UsageSums;
    readonly cancelled?: UsageSums;
  })[];
}

/** Requests and their tokens. */
export interface UsageSums {
  readonly requests: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

/** Sends JSON. */
export function post(
  url: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(url, {
    method: "POST",
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Uploads a file; its digest. */
export async function upload(
  baseUrl: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const digest = "sha256:" + createHash("sha256").update(bytes).digest("hex");
  const blob = await fetch(`${baseUrl}/api/blobs/${digest}`, {
    method: "POST",
    body: bytes,
  });
  await blob.body?.cancel();
  return digest;
}

/** Makes a model of a GGUF file under a name. */
export async function createModel(
  baseUrl: string,
  model: string,
  path: string,
): Promise<void> {
  const digest = await upload(baseUrl, await Deno.readFile(path));
  const files = { "model.gguf": digest };
  const made = await post(`${baseUrl}/api/create`, {
    model,
    files,
    stream: false,
  });
  const text = await made.text();
  assert(made.ok, text);
}

/** Data of an answer's server-sent events, without the text that ends it. */
export async function readEvents(
  response: Response,
  // deno-lint-ignore no-explicit-any
): Promise<any[]> {
  const events = (await response.text()).split("\n\n");
  return events.flatMap((event) => /^data: (.*)$/m.exec(event)?.[1] ?? [])
    .filter((data) => data !== "[DONE]")
    .map((data) => JSON.parse(data));
}

/** Reads an NDJSON answer line by line. */
export async function* readLines(
  response: Response,
): AsyncGenerator<Record<string, unknown>> {
  assert(response.body !== null);
  let rest = "";
  for await (
    const chunk of response.body.pipeThrough(new TextDecoderStream())
  ) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      yield JSON.parse(line);
    }
  }
}

/** The usage report, with details when asked. */
export async function usage(
  baseUrl: string,
  query = "",
): Promise<UsageBody> {
  const response = await fetch(`${baseUrl}/api/usage${query}`);
  return await response.json();
}

/** Resident memory of a process, in bytes (Linux). */
export function residentBytes(pid: number): number {
  const pages = Deno.readTextFileSync(`/proc/${pid}/statm`).split(" ")[1];
  return Number(pages) * 4096;
}

/** Pids of a process's children (Linux). */
export function childrenOf(pid: number): number[] {
  const tasks = [...Deno.readDirSync(`/proc/${pid}/task`)];
  return tasks.flatMap(({ name }) =>
    Deno.readTextFileSync(`/proc/${pid}/task/${name}/children`)
      .split(" ").filter(Boolean).map(Number)
  );
}
