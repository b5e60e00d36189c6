/**
 * A conversation and what goes with it into a template.
 *
 * @module
 */

import type { ChatMessage } from "../generation.ts";

/** What is rendered. */
export interface ChatInput {
  readonly messages: readonly ChatMessage[];
  /** Functions in OpenAI's shape. */
  readonly tools?: readonly unknown[];
  readonly think?: boolean | string;
  /** Text after the gap that is to be filled. */
  readonly suffix?: string;
  /** Further variables of a Jinja template, as clients name them. */
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly bosText: string;
  readonly eosText: string;
}
