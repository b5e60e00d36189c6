/**
 * What the examples of several routes have in them.
 *
 * @module
 */

/** A model that answers. */
export const MODEL = "llama3.2:1b";

/** A model that embeds. */
export const EMBEDDING_MODEL = "all-minilm";

/** A question. */
export const CONVERSATION = [
  { role: "user", content: "Why is the sky blue?" },
];
