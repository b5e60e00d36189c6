/**
 * A question and a passage as one input, the way llama-server puts them
 * together: by the model's template, or with its marks around them.
 *
 * @module
 */

import type { PromptPart, Question } from "../messages.ts";
import type { Backend } from "./backend.ts";

/** What of a backend this takes. */
type Tokenizer = Pick<Backend, "tokenize" | "pairMarks">;

/** Tokens that are always there, and those that may be cut. */
interface PairParts {
  readonly before: readonly number[];
  readonly passage: readonly number[];
  readonly after: readonly number[];
}

function fill(template: string, query: string, document: string): string {
  const texts: Readonly<Record<string, string>> = { query, document };
  return template.replace(
    /\{(query|document)\}/g,
    (_, name) => texts[name] ?? "",
  );
}

/** Only a template's words may be special tokens. */
function plainTokens(text: PromptPart, tokenizer: Tokenizer) {
  return typeof text === "string"
    ? tokenizer.tokenize(text, false, false)
    : text;
}

function partsOf(
  { text, template }: Question,
  passage: PromptPart,
  tokenizer: Tokenizer,
): PairParts {
  if (template === undefined) {
    const { before, between, after } = tokenizer.pairMarks;
    const query = plainTokens(text, tokenizer);
    return {
      before: [...before, ...query, ...between],
      passage: plainTokens(passage, tokenizer),
      after,
    };
  }
  const [before = [], after = []] = template.split("{document}", 2)
    .map((part) => tokenizer.tokenize(fill(part, text, ""), false));
  return { before, passage: plainTokens(passage, tokenizer), after };
}

/** Tokens of a pair. */
export function pairTokens(
  question: Question,
  passage: PromptPart,
  tokenizer: Tokenizer,
): number[] {
  const { template, text } = question;
  if (template !== undefined && typeof passage === "string") {
    // As one text: words join where the template and the passage meet.
    return tokenizer.tokenize(fill(template, text, passage), false);
  }
  const parts = partsOf(question, passage, tokenizer);
  return [...parts.before, ...parts.passage, ...parts.after];
}

/** The same with the end of the passage left out; undefined without room. */
export function cutPairTokens(
  question: Question,
  passage: PromptPart,
  tokenizer: Tokenizer,
  most: number,
): number[] | undefined {
  const { before, passage: whole, after } = partsOf(
    question,
    passage,
    tokenizer,
  );
  const room = most - before.length - after.length;
  return room < 1 ? undefined : [...before, ...whole.slice(0, room), ...after];
}
