/**
 * What was typed before, in the file that Ollama keeps too.
 *
 * @module
 */

import { dirname } from "node:path";

/** Lines that are kept, as in Ollama. */
const KEPT_LINES = 100;

/** `~/.ollama/history`, undefined without a home. */
export function historyPath(): string | undefined {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
  return home === undefined ? undefined : `${home}/.ollama/history`;
}

function readLines(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  } catch {
    return [];
  }
}

/** Lines, oldest first, and the one that is being looked at. */
export class History {
  readonly #path: string | undefined;
  #lines: string[];
  /** Index of the line that is shown; the length is the line being typed. */
  #at: number;
  /** What was being typed before an older line was shown. */
  #typed = "";
  /** Whether lines go to the file. */
  saves: boolean;

  constructor(path: string | undefined, saves: boolean) {
    this.#path = path;
    this.saves = saves;
    this.#lines = path === undefined ? [] : readLines(path).slice(-KEPT_LINES);
    this.#at = this.#lines.length;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  add(line: string): void {
    this.#lines = [...this.#lines, line].slice(-KEPT_LINES);
    this.#at = this.#lines.length;
    this.#typed = "";
    if (this.saves) {
      this.#save();
    }
  }

  /** The line before; `current` is what stands there now. */
  previous(current: string): string {
    if (this.#at === 0) {
      return current;
    }
    if (this.#at === this.#lines.length) {
      this.#typed = current;
    }
    this.#at--;
    return this.#lines[this.#at] ?? current;
  }

  /** The line after, in the end the one that was being typed. */
  next(current: string): string {
    if (this.#at === this.#lines.length) {
      return current;
    }
    this.#at++;
    return this.#lines[this.#at] ?? this.#typed;
  }

  #save(): void {
    if (this.#path === undefined) {
      return;
    }
    // A line of the file is a message, so a message becomes one line.
    const lines = this.#lines.map((line) => line.replaceAll("\n", " "));
    const partial = `${this.#path}.tmp`;
    try {
      Deno.mkdirSync(dirname(this.#path), { recursive: true });
      Deno.writeTextFileSync(partial, `${lines.join("\n")}\n`, { mode: 0o600 });
      Deno.renameSync(partial, this.#path);
    } catch {
      // A history that cannot be written is no reason to stop a chat.
    }
  }
}
