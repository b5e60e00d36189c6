/**
 * Answers of the families of models, and the test that reads them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { ToolCall } from "../../src/generation.ts";
import { answerParser } from "../../src/prompt/answer_parser.ts";
import type { AnswerPiece } from "../../src/prompt/answer_piece.ts";

/** The tool of all answers. */
export const TOOLS = [{
  type: "function",
  function: {
    name: "get_weather",
    parameters: {
      type: "object",
      properties: {
        city: { type: "string" },
        days: { type: "integer" },
        exact: { type: "boolean" },
        where: { type: "object" },
      },
    },
  },
}];

/** A call of the one tool there is. */
export function call(args: Record<string, unknown>, id?: string): ToolCall {
  return { ...(id ? { id } : {}), name: "get_weather", arguments: args };
}

interface Outcome {
  readonly thinking: string;
  readonly content: string;
  readonly calls: readonly ToolCall[];
}

function outcomeOf(pieces: readonly AnswerPiece[]): Outcome {
  const text = (type: string) =>
    pieces.map((piece) =>
      piece.type === type && "text" in piece ? piece.text : ""
    )
      .join("");
  const calls = pieces.flatMap((piece) =>
    piece.type === "call" ? [piece.call] : []
  );
  return { thinking: text("thinking"), content: text("content"), calls };
}

/** A way of writing answers, and what is in some of them. */
export interface Family {
  /** What the template shows of the family. */
  readonly sign: string;
  readonly prompt?: string;
  readonly answers: readonly (readonly [string, Partial<Outcome>])[];
}

/** A call that answers have in them. */
export const PARIS = call({ city: "Paris" });
/** A call that answers have in them. */
export const ROME = call({ city: "Rome", days: 2 });
/** A call that answers have in them. */
export const PARIS_JSON =
  '{"name": "get_weather", "arguments": {"city": "Paris"}}';
/** A call that answers have in them. */
export const ROME_JSON =
  '{"name": "get_weather", "arguments": {"city": "Rome", "days": 2}}';

function parse(family: Family, pieces: readonly string[]): Outcome {
  const parser = answerParser({
    source: { jinja: family.sign },
    prompt: family.prompt ?? "",
    tools: TOOLS,
    splitThinking: true,
  })!;
  return outcomeOf([
    ...pieces.flatMap((piece) => parser.add(piece)),
    ...parser.end(),
  ]);
}

/** Tests every answer of every family, cut at every place. */
export function testFamilies(families: Readonly<Record<string, Family>>): void {
  for (const [name, family] of Object.entries(families)) {
    for (const [answer, expected] of family.answers) {
      Deno.test(`AnswerParser reads ${name}'s ${JSON.stringify(answer.slice(0, 50))} wherever it is cut`, () => {
        const outcome = { thinking: "", content: "", calls: [], ...expected };
        for (let cut = 0; cut <= answer.length; cut++) {
          const pieces = [answer.slice(0, cut), answer.slice(cut)];
          assertEquals(parse(family, pieces), outcome, `cut at ${cut}`);
        }
        assertEquals(parse(family, [...answer]), outcome);
      });
    }
  }
}
