/**
 * The command line's side of the HTTP API.
 *
 * @module
 */

import { clientUrl, type HostAddress } from "../config.ts";
import { TextLineStream } from "../runtime/text_line_stream.ts";

/** Options of a {@linkcode CliError}. */
export interface CliErrorOptions extends ErrorOptions {
  /** HTTP status, when a server has answered. */
  readonly status?: number;
}

/** A failure to be told without a stack. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly status: number | undefined;

  constructor(message: string, options?: CliErrorOptions) {
    super(message, options);
    this.status = options?.status;
  }
}

/** The error with another message when the server does not know a model. */
export function explainNotFound(error: unknown, message: string): unknown {
  return error instanceof CliError && error.status === 404
    ? new CliError(message, { cause: error })
    : error;
}

async function errorOf(response: Response): Promise<CliError> {
  const text = await response.text();
  let message = text.trim() || `the server answered ${response.status}`;
  try {
    message = JSON.parse(text).error ?? message;
  } catch {
    // Plain text.
  }
  return new CliError(message, { status: response.status });
}

/** Talks to a running server. */
export class Client {
  readonly #url: string;
  readonly #headers: HeadersInit;

  /** `apiKey` may be empty. */
  constructor(host: HostAddress, apiKey = "") {
    this.#url = clientUrl(host);
    this.#headers = apiKey === "" ? {} : { Authorization: `Bearer ${apiKey}` };
  }

  async get<T>(path: string): Promise<T> {
    return await (await this.#fetch("GET", path)).json();
  }

  /** Sends JSON and reads JSON; nothing when the answer is empty. */
  async send<T>(method: string, path: string, body: unknown): Promise<T> {
    const response = await this.#fetch(method, path, JSON.stringify(body));
    const text = await response.text();
    return text === "" ? undefined as T : JSON.parse(text);
  }

  /** Sends JSON and reads an NDJSON stream. An error line is thrown. */
  async *stream<T>(
    path: string,
    body: unknown,
    signal?: AbortSignal,
  ): AsyncGenerator<T> {
    const sent = JSON.stringify(body);
    const { body: received } = await this.#fetch("POST", path, sent, signal);
    if (received === null) {
      return;
    }
    for await (const line of this.#lines(received, signal)) {
      const value = JSON.parse(line);
      if (typeof value.error === "string") {
        throw new CliError(value.error);
      }
      yield value as T;
    }
  }

  /** Lines of an answer. A server that goes away meanwhile is an error. */
  async *#lines(
    received: ReadableStream<Uint8Array>,
    signal?: AbortSignal,
  ): AsyncGenerator<string> {
    // Deno's fetch may forget its signal once the answer has begun.
    const options = signal === undefined ? {} : { signal };
    try {
      yield* received
        .pipeThrough(new TextDecoderStream(), options)
        .pipeThrough(new TextLineStream());
    } catch (cause) {
      if (signal?.aborted) {
        throw cause;
      }
      throw new CliError(`Lost the connection to Tally at ${this.#url}`, {
        cause,
      });
    }
  }

  async hasBlob(digest: string): Promise<boolean> {
    const path = `/api/blobs/${digest}`;
    return (await this.#request("HEAD", path)).ok;
  }

  async uploadBlob(
    digest: string,
    content: ReadableStream<Uint8Array>,
  ): Promise<void> {
    const path = `/api/blobs/${digest}`;
    await (await this.#fetch("POST", path, content)).body?.cancel();
  }

  async #fetch(
    method: string,
    path: string,
    body?: BodyInit,
    signal?: AbortSignal,
  ): Promise<Response> {
    const response = await this.#request(method, path, body, signal);
    if (!response.ok) {
      throw await errorOf(response);
    }
    return response;
  }

  async #request(
    method: string,
    path: string,
    body?: BodyInit,
    signal?: AbortSignal,
  ): Promise<Response> {
    try {
      return await fetch(this.#url + path, {
        method,
        headers: this.#headers,
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (cause) {
      if (signal?.aborted) {
        throw cause;
      }
      throw new CliError(
        `could not connect to tally at ${this.#url}, run 'tally serve' to ` +
          "start it",
        { cause },
      );
    }
  }
}
