/**
 * The errors clients see. Everything else is a bug and answers 500.
 *
 * @module
 */

/** What went wrong, independent of any dialect. */
export type ErrorKind =
  | "bad_request"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "too_large"
  | "cancelled"
  | "rate_limited"
  | "queue_full"
  | "load_failed"
  | "engine_died"
  | "registry_failed"
  | "internal";

/** HTTP status of each kind; 499 is "client closed request", as Ollama's. */
export const STATUS_OF: Readonly<Record<ErrorKind, number>> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  too_large: 413,
  cancelled: 499,
  rate_limited: 429,
  queue_full: 503,
  load_failed: 500,
  engine_died: 500,
  registry_failed: 502,
  internal: 500,
};

/** Options of a {@linkcode ServerError}. */
export interface ServerErrorOptions extends ErrorOptions {
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number;
  /** The field at fault, as in `messages[0].role`. */
  readonly param?: string;
  /** A name for programs, as in `model_not_found`. */
  readonly code?: string;
  /** By how much a prompt is too long. */
  readonly overflow?: Overflow;
}

/** A prompt that does not fit, in tokens. */
export interface Overflow {
  readonly promptTokens: number;
  readonly contextLength: number;
}

/** An error whose message is meant for the client. The cause is for the log. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly kind: ErrorKind;
  readonly retryAfter: number | undefined;
  readonly param: string | undefined;
  readonly code: string | undefined;
  readonly overflow: Overflow | undefined;

  constructor(kind: ErrorKind, message: string, options?: ServerErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.retryAfter = options?.retryAfter;
    this.param = options?.param;
    this.code = options?.code;
    this.overflow = options?.overflow;
  }

  get status(): number {
    return STATUS_OF[this.kind];
  }
}
