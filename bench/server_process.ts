/**
 * A server as an operating system's process: start, wait, memory, stop.
 *
 * @module
 */

/** Longest start there should be, milliseconds. */
const START_MS = 60_000;

/** Longest wait for an end, milliseconds; then it is killed. */
const END_MS = 5_000;

/** Bytes of a page of memory. */
const PAGE = 4096;

/** A port that was free a moment ago. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

function residentBytes(pid: number | string): number {
  const statm = Deno.readTextFileSync(`/proc/${pid}/statm`);
  const children = [...Deno.readDirSync(`/proc/${pid}/task`)]
    .map(({ name }) => `/proc/${pid}/task/${name}/children`)
    .flatMap((path) => Deno.readTextFileSync(path).split(" "))
    .filter((child) => child !== "");
  return children.reduce(
    (sum, child) => sum + residentBytes(child),
    Number(statm.split(" ")[1]) * PAGE,
  );
}

/** A server that was started here. */
export class ServerProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  #ended = false;

  constructor(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.#child = new Deno.Command(command, {
      args: [...args],
      env,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#child.status.then(() => this.#ended = true);
  }

  /** Tries until it succeeds. */
  async until(attempt: () => Promise<unknown>): Promise<void> {
    const deadline = performance.now() + START_MS;
    while (true) {
      try {
        await attempt();
        return;
      } catch (cause) {
        if (this.#ended || performance.now() > deadline) {
          throw new Error("Cannot start the server", { cause });
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Resident memory of it and its children, MiB; only Linux tells. */
  get residentMiB(): number {
    return Deno.build.os === "linux"
      ? residentBytes(this.#child.pid) / 2 ** 20
      : NaN;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill("SIGTERM");
    const killing = setTimeout(() => this.#kill("SIGKILL"), END_MS);
    await this.#child.status;
    clearTimeout(killing);
  }

  #kill(signal: Deno.Signal): void {
    if (!this.#ended) {
      this.#child.kill(signal);
    }
  }
}
