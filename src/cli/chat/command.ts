/**
 * What a message typed in a chat asks for.
 *
 * @module
 */

/** A message for the model, or a command. */
export type ChatCommand =
  | { readonly type: "say"; readonly text: string }
  | { readonly type: "set"; readonly words: readonly string[] }
  | {
    readonly type: "load" | "save";
    /** Undefined when not just one was given. */
    readonly model: string | undefined;
  }
  | { readonly type: "show" | "help"; readonly topic: string | undefined }
  | { readonly type: "list"; readonly prefix: string | undefined }
  | { readonly type: "clear" | "bye" | "nothing" }
  | { readonly type: "unknown"; readonly command: string };

/** A message or a system message that runs over lines until `"""`. */
const BLOCK = /^(?:\/set\s+system\s+)?"""([^]*)$/;

/** Whether a text goes on until a line ends with `"""`. */
export function goesOn(text: string): boolean {
  const block = BLOCK.exec(text.trimStart())?.[1];
  return block !== undefined && !block.trimEnd().endsWith('"""');
}

/** The lines between `"""`, or the text as it is. */
function withoutQuotes(text: string): string {
  return /^"""([^]*?)(?:""")?$/.exec(text)?.[1] ?? text;
}

function parseSet(text: string, words: readonly string[]): ChatCommand {
  const system = /^\/set\s+system\s+([^]+)$/.exec(text)?.[1];
  return system === undefined
    ? { type: "set", words }
    : { type: "set", words: ["system", withoutQuotes(system)] };
}

/** What a message asks for. */
export function parseCommand(message: string): ChatCommand {
  const text = message.trim();
  if (text === "") {
    return { type: "nothing" };
  }
  const [command = "", ...words] = text.split(/\s+/);
  const model = words.length === 1 ? words[0] : undefined;
  switch (command) {
    case "/bye":
    case "/exit":
      return { type: "bye" };
    case "/?":
    case "/help":
      return { type: "help", topic: words[0] };
    case "/clear":
      return { type: "clear" };
    case "/list":
      return { type: "list", prefix: words[0] };
    case "/show":
      return { type: "show", topic: words[0] };
    case "/set":
      return parseSet(text, words);
    case "/load":
      return { type: "load", model };
    case "/save":
      return { type: "save", model };
  }
  const isPath = /^\/\S*[/.]/.test(text);
  return text.startsWith("/") && !isPath
    ? { type: "unknown", command }
    : { type: "say", text: withoutQuotes(text) };
}
