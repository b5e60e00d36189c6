/**
 * Asks the server this page came from.
 *
 * @module
 */

/** Where a key is kept, in the tab or in the browser. */
const STORAGE_KEY = "tally-key";

/**
 * @typedef {object} Sums
 * @property {number} requests
 * @property {number} prompt_tokens
 * @property {number} cached_tokens
 * @property {number} completion_tokens
 */

/**
 * @typedef {Sums & { bucket: string, model?: string, key?: string }} HistoryRow
 */

/**
 * @typedef {object} LiveRequest
 * @property {string} id
 * @property {string} model
 * @property {string} endpoint
 * @property {string} key
 * @property {number} duration Nanoseconds so far.
 * @property {number} prompt_tokens
 * @property {number} cached_tokens
 * @property {number} completion_tokens
 */

/**
 * `/api/usage?details=true&live=true`, and with `check=true`.
 * @typedef {object} Usage
 * @property {string} start
 * @property {(Sums & { model: string })[]} usage
 * @property {LiveRequest[]} in_flight
 * @property {{ difference: number }} [check]
 */

/**
 * A model of `/api/ps`.
 * @typedef {object} LoadedModel
 * @property {string} name
 * @property {number} size Bytes.
 * @property {number} size_vram Bytes, of these on GPUs.
 * @property {number} context_length
 * @property {string} expires_at
 * @property {number} running
 * @property {number} waiting
 */

/** What the server answered instead of what was asked. */
export class ApiError extends Error {
  /** The HTTP status. */
  status;

  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The API key, for this tab or for as long as the browser keeps it. */
export const keyStore = {
  read() {
    return sessionStorage.getItem(STORAGE_KEY) ??
      localStorage.getItem(STORAGE_KEY);
  },

  /**
   * @param {string} key
   * @param {boolean} remember
   */
  write(key, remember) {
    keyStore.clear();
    (remember ? localStorage : sessionStorage).setItem(STORAGE_KEY, key);
  },

  clear() {
    sessionStorage.removeItem(STORAGE_KEY);
    localStorage.removeItem(STORAGE_KEY);
  },
};

/** @param {Response} response */
async function messageOf(response) {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text);
    return String(error.message ?? error);
  } catch {
    return text || `the server answered ${response.status}`;
  }
}

/** Sends requests with the key, and tells when one is needed. */
export class Api {
  #onKeyNeeded;

  /** @param {() => void} onKeyNeeded Called when a request is answered 401. */
  constructor(onKeyNeeded) {
    this.#onKeyNeeded = onKeyNeeded;
  }

  /**
   * The answer; throws an ApiError when it is not a good one. With a body the
   * request is a POST.
   * @param {string} path
   * @param {{ body?: unknown, signal?: AbortSignal }} [options]
   */
  async send(path, { body, signal } = {}) {
    const key = keyStore.read();
    const response = await fetch(path, {
      headers: {
        ...(key === null ? {} : { Authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      cache: "no-store",
      ...(body === undefined
        ? {}
        : { method: "POST", body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.status === 401) {
      this.#onKeyNeeded();
    }
    if (!response.ok) {
      throw new ApiError(response.status, await messageOf(response));
    }
    return response;
  }

  /**
   * The answer's JSON.
   * @param {string} path
   * @returns {Promise<any>}
   */
  async read(path) {
    return await (await this.send(path)).json();
  }
}
