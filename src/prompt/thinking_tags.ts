/**
 * Which tags a model puts around its thinking, by its template.
 *
 * @module
 */

import type { TemplateSource } from "./chat_template.ts";
import type { Node, RangeNode } from "./go_template/nodes.ts";
import { fieldsOfPipe, parseGoTemplate } from "./go_template/template.ts";
import { TemplateCache } from "./template_cache.ts";

/** What stands before and after thinking. */
export interface ThinkingTags {
  readonly open: string;
  readonly close: string;
}

/** Tags that Jinja templates use. A template may show only one of a pair. */
const KNOWN_TAGS: readonly ThinkingTags[] = [
  { open: "<think>", close: "</think>" },
  { open: "[THINK]", close: "[/THINK]" },
  { open: "<seed:think>", close: "</seed:think>" },
  { open: "<mm:think>", close: "</mm:think>" },
  { open: "<|START_THINKING|>", close: "<|END_THINKING|>" },
  { open: "<|channel>thought", close: "<channel|>" },
  { open: "<|inner_prefix|>", close: "<|inner_suffix|>" },
  { open: "<reasoning>", close: "</reasoning>" },
  { open: "<thought>", close: "</thought>" },
];

function textAt(nodes: readonly Node[], index: number): string {
  const node = nodes.at(index);
  return node?.type === "text" ? node.text.trim() : "";
}

/**
 * Looks for `.Thinking` inside a range over `.Messages`; the tags are the
 * texts that begin and end the nodes it stands among.
 */
class TagSearch {
  open = "";
  close = "";

  visit(nodes: readonly Node[], around?: RangeNode) {
    for (const node of nodes) {
      if (!("pipe" in node) || node.pipe === undefined) {
        continue;
      }
      const isThinking = fieldsOfPipe(node.pipe).includes("Thinking");
      if (isThinking && around !== undefined && rangesOverMessages(around)) {
        this.open = textAt(nodes, 0) || this.open;
        this.close = textAt(nodes, -1) || this.close;
      }
      if ("body" in node) {
        const inner = node.type === "range" ? node : around;
        this.visit(node.body, inner);
        this.visit(node.otherwise, inner);
      }
    }
  }
}

function rangesOverMessages({ pipe }: RangeNode): boolean {
  return fieldsOfPipe(pipe).includes("Messages");
}

function goTags(source: string): ThinkingTags | undefined {
  const search = new TagSearch();
  search.visit(parseGoTemplate(source).nodes);
  const { open, close } = search;
  return open === "" || close === "" ? undefined : { open, close };
}

function jinjaTags(source: string): ThinkingTags | undefined {
  const shows = (tag: string) => source.includes(tag);
  return KNOWN_TAGS.find(({ open, close }) => shows(open) && shows(close)) ??
    KNOWN_TAGS.find(({ close }) => shows(close)) ??
    KNOWN_TAGS.find(({ open }) => shows(open));
}

const known = new TemplateCache(goTags);

/**
 * The tags of a model; undefined when its template shows none. Throws
 * `SyntaxError` for a Go template that cannot be parsed.
 */
export function thinkingTags(
  { go, jinja }: TemplateSource,
): ThinkingTags | undefined {
  if (go !== undefined) {
    return known.get(go);
  }
  return jinja === undefined ? undefined : jinjaTags(jinja);
}
