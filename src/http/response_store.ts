/**
 * Responses that clients may go on from, in memory: the newest ones, as many
 * as there is room for. Each belongs to the key that it was made with.
 *
 * @module
 */

import type { ResponseObject } from "../protocol/openai_response.ts";
import type { KeptItem } from "../protocol/openai_response_items.ts";

/** Responses kept at most. */
const MOST = 1000;

/** Characters of JSON kept at most; what responses share counts for each. */
const MOST_CHARACTERS = 128 * 1024 * 1024;

/** A response and what it was made of. */
export interface KeptResponse {
  /** Name of the API key. */
  readonly key: string;
  readonly response: ResponseObject;
  /** The conversation before the response's output, oldest first. */
  readonly input: readonly KeptItem[];
}

/** The conversation up to a response's end. */
export function conversationOf(
  { input, response }: KeptResponse,
): readonly KeptItem[] {
  return [...input, ...response.output];
}

function sizeOf({ input, response }: KeptResponse): number {
  return JSON.stringify(response).length + JSON.stringify(input).length;
}

/** See the module's description. */
export class ResponseStore {
  readonly #most: number;
  readonly #mostCharacters: number;
  /** Oldest first. */
  readonly #kept = new Map<string, { kept: KeptResponse; size: number }>();
  #size = 0;

  constructor(most = MOST, mostCharacters = MOST_CHARACTERS) {
    this.#most = most;
    this.#mostCharacters = mostCharacters;
  }

  /** Keeps a response, in place of the oldest ones, if there can be room. */
  keep(kept: KeptResponse): void {
    const size = sizeOf(kept);
    if (size > this.#mostCharacters) {
      return;
    }
    this.#kept.set(kept.response.id, { kept, size });
    this.#size += size;
    for (const id of this.#kept.keys()) {
      if (
        this.#kept.size <= this.#most && this.#size <= this.#mostCharacters
      ) {
        break;
      }
      this.#drop(id);
    }
  }

  /** The response of a key. */
  find(key: string, id: string): KeptResponse | undefined {
    const kept = this.#kept.get(id)?.kept;
    return kept?.key === key ? kept : undefined;
  }

  /** Forgets a response of a key; false when there is none. */
  delete(key: string, id: string): boolean {
    const found = this.find(key, id) !== undefined;
    if (found) {
      this.#drop(id);
    }
    return found;
  }

  /** Items of a key's conversations by their ids, the newest where ids repeat. */
  items(key: string, ids: ReadonlySet<string>): Map<string, KeptItem> {
    const found = new Map<string, KeptItem>();
    for (const { kept } of [...this.#kept.values()].reverse()) {
      if (found.size === ids.size) {
        break;
      }
      for (const item of kept.key === key ? conversationOf(kept) : []) {
        if (ids.has(item.id) && !found.has(item.id)) {
          found.set(item.id, item);
        }
      }
    }
    return found;
  }

  #drop(id: string): void {
    this.#size -= this.#kept.get(id)?.size ?? 0;
    this.#kept.delete(id);
  }
}
