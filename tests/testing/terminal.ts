/**
 * The command line in a terminal, as a person uses it, by way of Python's
 * `pty`.
 *
 * @module
 */

/** A program in a terminal. */
export interface TestTerminal extends AsyncDisposable {
  /** Everything that was shown, terminal codes included. */
  readonly shown: string;
  /** Types. */
  type(text: string): Promise<void>;
  /**
   * Waits until a text is shown after what was waited for before; what was
   * shown meanwhile, without terminal codes.
   */
  until(text: string): Promise<string>;
  /** The exit code, when the program has ended. */
  readonly code: Promise<number>;
}

/** Longest wait for a text, milliseconds. */
const PATIENCE_MS = 30_000;

const BRIDGE = new URL("pty_bridge.py", import.meta.url).pathname;
const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** Whether there can be terminals here. Says so when there cannot. */
export function hasTerminals(): boolean {
  try {
    const { success } = new Deno.Command("python3", {
      args: ["-c", "import fcntl, pty, termios"],
      stderr: "null",
    }).outputSync();
    if (success) {
      return true;
    }
  } catch {
    // There is no python3.
  }
  console.warn("NO TERMINAL: chats are not tested. Install python3.");
  return false;
}

/** Text as it is read on the screen, roughly. */
export function withoutCodes(text: string): string {
  // deno-lint-ignore no-control-regex -- these are the codes
  return text.replace(/\x1b\[[0-9;?]*[@-~]/g, "").replaceAll("\r", "");
}

function commandLine(args: readonly string[]): string[] {
  const binary = Deno.env.get("TALLY_TEST_BINARY");
  return binary
    ? [binary, ...args]
    : [Deno.execPath(), "run", "-A", "--no-check", MAIN, ...args];
}

/** Starts the command line in a terminal of 80 columns. */
export function openTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): TestTerminal {
  const child = new Deno.Command("python3", {
    args: [BRIDGE, "80", "24", ...commandLine(args)],
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  let shown = "";
  let seen = 0;
  let ended = false;
  const reading = (async () => {
    const texts = child.stdout.pipeThrough(new TextDecoderStream());
    for await (const text of texts) {
      shown += text;
    }
    ended = true;
  })();
  return {
    get shown() {
      return shown;
    },
    type: (text) => writer.write(new TextEncoder().encode(text)),
    until: async (text) => {
      const deadline = Date.now() + PATIENCE_MS;
      while (!shown.includes(text, seen)) {
        if (ended || Date.now() > deadline) {
          const rest = withoutCodes(shown.slice(seen));
          throw new Error(`the terminal does not show "${text}":\n${rest}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const start = seen;
      seen = shown.indexOf(text, seen) + text.length;
      return withoutCodes(shown.slice(start, seen));
    },
    code: child.status.then(({ code }) => code),
    async [Symbol.asyncDispose]() {
      // The bridge ends the program and waits for it, so that nobody writes
      // into folders any more that are removed now.
      await writer.close().catch(() => {});
      await child.status;
      await reading;
    },
  };
}
