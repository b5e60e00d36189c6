/**
 * Shows how a pull, a push or a create goes: one line for each status and each
 * layer.
 *
 * @module
 */

import type { TransferProgress } from "../registry/progress.ts";
import type { Client } from "./client.ts";
import { tell } from "./output.ts";
import { ProgressBar } from "./progress_bar.ts";

/** Columns of a terminal that does not say. */
const USUAL_COLUMNS = 80;

/** What `tally pull` and `tally push` are told. */
export interface TransferFlags {
  readonly insecure?: boolean;
}

/** Where the lines go. */
export interface Screen {
  write(text: string): void;
  /** Columns of a terminal; undefined when nothing can be drawn over. */
  columns(): number | undefined;
  /** Milliseconds. */
  now(): number;
}

/** The terminal, if standard error is one. */
export function standardScreen(): Screen {
  return {
    write: tell,
    columns: () => {
      if (!Deno.stderr.isTerminal()) {
        return undefined;
      }
      try {
        return Deno.consoleSize().columns;
      } catch {
        return USUAL_COLUMNS;
      }
    },
    now: () => performance.now(),
  };
}

/** Draws progress. Where nothing can be drawn over, ends only are told. */
export class TransferView {
  readonly #screen: Screen;
  #key = "";
  #bar: ProgressBar | undefined;
  /** The line on the screen is not ended yet. */
  #open = false;
  /** Layers whose end was told. */
  readonly #told = new Set<string>();

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Shows a line of progress. */
  show({ status, digest, total = 0, completed = 0 }: TransferProgress): void {
    const key = digest ?? status;
    if (key !== this.#key) {
      this.end();
      this.#key = key;
      this.#bar = digest === undefined
        ? undefined
        : new ProgressBar(`${status}:`, total);
    }
    if (this.#bar === undefined) {
      this.#draw(status);
    } else {
      this.#bar.set(completed, this.#screen.now());
      this.#showBar(this.#bar, key, completed >= total);
    }
  }

  /** Ends the line that is drawn over and over. */
  end(): void {
    if (this.#open) {
      this.#screen.write("\n");
      this.#open = false;
    }
  }

  #showBar(bar: ProgressBar, key: string, complete: boolean): void {
    const columns = this.#screen.columns();
    if (columns !== undefined) {
      this.#draw(bar.render(columns));
    } else if (complete && !this.#told.has(key)) {
      this.#told.add(key);
      this.#screen.write(`${bar.render(USUAL_COLUMNS)}\n`);
    }
  }

  #draw(text: string): void {
    if (this.#screen.columns() === undefined) {
      this.#screen.write(`${text}\n`);
    } else {
      this.#screen.write(`\r\x1b[K${text}`);
      this.#open = true;
    }
  }
}

/** Asks for something long and shows its progress to its end. */
export async function showStream(
  client: Client,
  path: string,
  body: unknown,
  screen: Screen = standardScreen(),
): Promise<void> {
  const view = new TransferView(screen);
  try {
    for await (const line of client.stream<TransferProgress>(path, body)) {
      view.show(line);
    }
  } finally {
    view.end();
  }
}

/** Asks for a transfer and shows it to its end. */
export function transfer(
  client: Client,
  path: "/api/pull" | "/api/push",
  model: string,
  { insecure = false }: TransferFlags,
  screen: Screen = standardScreen(),
): Promise<void> {
  return showStream(client, path, { model, insecure }, screen);
}
