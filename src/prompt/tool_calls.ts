/**
 * Finds the tool calls in an answer while it streams in.
 *
 * @module
 */

import type { ToolCall } from "../generation.ts";
import type { TemplateSource } from "./chat_template.ts";
import { heldBack } from "./held_back.ts";
import { type CallFormat, ToolSchemas } from "./tool_formats/format.ts";
import { gemmaCall } from "./tool_formats/gemma_calls.ts";
import { invokeCall } from "./tool_formats/invoke_calls.ts";
import {
  jsonUntil,
  readAction,
  readBareCalls,
  readJsonCalls,
  readMistral,
} from "./tool_formats/json_calls.ts";
import {
  readDeepSeek,
  readFunction,
  readKimi,
  readToolCall,
} from "./tool_formats/markup_calls.ts";
import { readPythonCalls } from "./tool_formats/python_calls.ts";

/** A part of an answer that is certain. */
export type CallPiece =
  | { readonly type: "content"; readonly text: string }
  | { readonly type: "call"; readonly call: ToolCall };

/** A marker that says nothing by itself. */
const nothing = () => ({ calls: [], length: 0 });

/** Formats of the families; a template that shows the sign uses them. */
const FAMILIES: readonly {
  readonly sign: string | RegExp;
  readonly formats: readonly CallFormat[];
}[] = [
  {
    sign: "<tool_call>",
    formats: [{ marker: "<tool_call>", read: readToolCall }],
  },
  {
    sign: "<function=",
    formats: [{ marker: "<function=", read: readFunction }],
  },
  {
    sign: "[TOOL_CALLS]",
    formats: [{ marker: "[TOOL_CALLS]", read: readMistral }],
  },
  {
    sign: "<|tool_call|>",
    formats: [{ marker: "<|tool_call|>", read: readJsonCalls }],
  },
  {
    sign: "<｜tool▁call",
    formats: [
      { marker: "<｜tool▁calls▁begin｜>", read: nothing },
      { marker: "<｜tool▁call▁begin｜>", read: readDeepSeek },
      { marker: "<｜tool▁calls▁end｜>", read: nothing },
    ],
  },
  {
    sign: "｜DSML｜",
    formats: [
      { marker: "<｜DSML｜function_calls>", read: nothing },
      { marker: "<｜DSML｜tool_calls>", read: nothing },
      { marker: "<｜DSML｜invoke name=", read: invokeCall("｜DSML｜") },
      { marker: "</｜DSML｜function_calls>", read: nothing },
      { marker: "</｜DSML｜tool_calls>", read: nothing },
    ],
  },
  {
    sign: "<minimax:tool_call>",
    formats: [
      { marker: "<minimax:tool_call>", read: nothing },
      { marker: "<invoke name=", read: invokeCall() },
      { marker: "</minimax:tool_call>", read: nothing },
    ],
  },
  {
    sign: "<|tool_call_argument_begin|>",
    formats: [
      { marker: "<|tool_calls_section_begin|>", read: nothing },
      { marker: "<|tool_call_begin|>", read: readKimi },
      { marker: "<|tool_calls_section_end|>", read: nothing },
    ],
  },
  {
    sign: /<\|tool_(?:call|list)_start\|>|"List of tools: \["/,
    formats: [{ marker: "<|tool_call_start|>", read: readPythonCalls }],
  },
  {
    sign: "<|role_sep|>",
    formats: [
      {
        marker: "<|message_sep|>\n\nfunction call<|role_sep|>",
        read: readJsonCalls,
      },
      { marker: "<|function_call|>", read: readJsonCalls },
    ],
  },
  {
    sign: "<|START_ACTION|>",
    formats: [{
      marker: "<|START_ACTION|>",
      read: jsonUntil("<|END_ACTION|>"),
    }],
  },
  {
    sign: /Action:(?:\s|\\n)*```json/,
    formats: [{ marker: "Action:", read: readAction }],
  },
  {
    sign: "<|tool_call>",
    formats: [{
      marker: "<|tool_call>",
      read: gemmaCall('<|"|>', "<tool_call|>"),
    }],
  },
  {
    sign: "<start_function_call>",
    formats: [{
      marker: "<start_function_call>",
      read: gemmaCall("<escape>", "<end_function_call>"),
    }],
  },
  {
    sign: "functools",
    formats: [{ marker: "functools", read: readJsonCalls }],
  },
];

/** Llama's, which also writes bare JSON. */
const PYTHON_TAG: CallFormat = {
  marker: "<|python_tag|>",
  read: readJsonCalls,
};

/** Nothing but JSON, where an answer or another call begins. */
const BARE: CallFormat = { marker: "", read: readBareCalls };

/** How a model writes its calls, by its template; without a sign bare. */
export function callFormats({ go, jinja }: TemplateSource): CallFormat[] {
  const template = go ?? jinja ?? "";
  const formats = FAMILIES
    .filter(({ sign }) =>
      typeof sign === "string" ? template.includes(sign) : sign.test(template)
    )
    .flatMap((family) => family.formats);
  return formats.length > 0 ? formats : [PYTHON_TAG, BARE];
}

/** Where a call begins in the held text. */
interface Start {
  readonly at: number;
  readonly format: CallFormat;
}

/**
 * Splits one answer into content and calls. Calls that cannot be read are
 * content. White space between content and calls belongs to nobody.
 */
export class ToolCallParser {
  readonly #formats: readonly CallFormat[];
  readonly #tools: ToolSchemas;
  #held = "";
  /** The format of the call that the held text begins with. */
  #format: CallFormat | undefined;
  /** White space before that call. */
  #space = "";
  /** No content has come, or none since the last call. */
  #isFresh = true;
  #hasCalls = false;
  #pieces: CallPiece[] = [];

  constructor(formats: readonly CallFormat[], tools: readonly unknown[]) {
    this.#formats = formats;
    this.#tools = new ToolSchemas(tools);
  }

  /** Takes the next piece of the answer, gives what is certain. */
  add(text: string): CallPiece[] {
    this.#held += text;
    return this.#run(false);
  }

  /** Gives what was held back when the answer is over. */
  end(): CallPiece[] {
    const pieces = this.#run(true);
    this.#content(this.#held);
    this.#held = "";
    return [...pieces, ...this.#take()];
  }

  #run(ended: boolean): CallPiece[] {
    while (
      this.#format === undefined ? this.#search() : this.#read(ended)
    ) { /* until more text is needed */ }
    return this.#take();
  }

  #take(): CallPiece[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  #content(text: string) {
    if (text === "") {
      return;
    }
    this.#isFresh &&= text.trim() === "";
    const last = this.#pieces.at(-1);
    if (last?.type === "content") {
      this.#pieces.splice(-1, 1, { ...last, text: last.text + text });
    } else {
      this.#pieces.push({ type: "content", text });
    }
  }

  /** Gives the content before the next call; true when one begins. */
  #search(): boolean {
    if (this.#hasCalls && this.#isFresh) {
      const between = this.#formats.includes(BARE) ? /^[\s;,]+/ : /^\s+/;
      this.#held = this.#held.replace(between, "");
    }
    const start = this.#findStart();
    const end = start?.at ?? this.#certainEnd();
    const before = this.#held.slice(0, end);
    const kept = before.trimEnd();
    this.#content(kept);
    if (start === undefined) {
      this.#held = this.#held.slice(kept.length);
      return false;
    }
    this.#space = before.slice(kept.length);
    this.#held = this.#held.slice(end);
    this.#format = start.format;
    return true;
  }

  #findStart(): Start | undefined {
    const starts = this.#formats
      .filter(({ marker }) => marker !== "")
      .map((format) => ({ at: this.#held.indexOf(format.marker), format }))
      .filter(({ at }) => at >= 0);
    const bare = this.#held.search(/\S/);
    if (
      this.#isFresh && this.#formats.includes(BARE) && bare >= 0 &&
      /[{[]/.test(this.#held.charAt(bare))
    ) {
      starts.push({ at: bare, format: BARE });
    }
    return starts.sort((a, b) => a.at - b.at)[0];
  }

  /** Index up to which no marker can begin. */
  #certainEnd(): number {
    const ends = this.#formats.map(({ marker }) =>
      heldBack(this.#held, marker)
    );
    return Math.min(...ends);
  }

  /** Reads the call that began; false when more text is needed. */
  #read(ended: boolean): boolean {
    const { marker, read } = this.#format as CallFormat;
    const text = this.#held.slice(marker.length);
    const reading = read(text, { tools: this.#tools, ended });
    if (reading === "more" && !ended) {
      return false;
    }
    if (typeof reading === "string") {
      const given = marker === "" ? 1 : marker.length;
      this.#content(this.#space + this.#held.slice(0, given));
      this.#held = this.#held.slice(given);
    } else {
      for (const call of reading.calls) {
        this.#pieces.push({ type: "call", call });
      }
      this.#held = text.slice(reading.length);
      this.#isFresh = true;
      this.#hasCalls = true;
    }
    this.#space = "";
    this.#format = undefined;
    return true;
  }
}
