/**
 * `encrypted_content` of OpenAI's reasoning items: thinking that clients hand
 * back unread, so that nothing need be stored. Here nobody hides thinking, so
 * it is only marked, to be told from other servers' that cannot be read.
 *
 * @module
 */

const MARK = "tally:";

/** Thinking for a client to keep. */
export function toEncryptedContent(thinking: string): string {
  return MARK + thinking;
}

/** Thinking that a client has kept; undefined when it is not from here. */
export function fromEncryptedContent(
  kept: string | null | undefined,
): string | undefined {
  return kept?.startsWith(MARK) ? kept.slice(MARK.length) : undefined;
}
