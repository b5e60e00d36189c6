/**
 * A real PostgreSQL for a test: Debian's `postgresql`, on a port and in a
 * folder of its own.
 *
 * @module
 */

import postgres from "postgres";

/** Longest start there should be, milliseconds. */
const START_MS = 60_000;

/** PostgreSQL does not run as root; this one has no rights at all. */
const NOBODY = 65534;

/** Debian keeps the programs of each version in a folder of its own. */
const VERSIONS = "/usr/lib/postgresql";

/** The password of `tally`; it must never be seen anywhere. */
export const PASSWORD = "pass/w@rd:seldom";

/** Folder of the programs of the newest version; tells loudly when there is none. */
export function findPostgres(): string | undefined {
  try {
    const [newest] = [...Deno.readDirSync(VERSIONS)]
      .map(({ name }) => name).sort((a, b) => Number(b) - Number(a));
    const folder = `${VERSIONS}/${newest}/bin`;
    Deno.statSync(`${folder}/postgres`);
    return folder;
  } catch {
    console.warn(
      "NO POSTGRESQL: its tests are ignored. Run: apt install postgresql",
    );
    return undefined;
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Runs a program as somebody who may run PostgreSQL. */
function commandOf(program: string, args: string[]): Deno.Command {
  const isRoot = Deno.uid() === 0;
  const [command, before] = isRoot
    ? ["setpriv", [
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      "--clear-groups",
      program,
    ]]
    : [program, []];
  return new Deno.Command(command, {
    args: [...before, ...args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
}

async function makeDatabase(programs: string, folder: string): Promise<void> {
  const passwordFile = `${folder}/password`;
  await Deno.writeTextFile(passwordFile, PASSWORD);
  if (Deno.uid() === 0) {
    await Deno.chown(folder, NOBODY, NOBODY);
    await Deno.chown(passwordFile, NOBODY, NOBODY);
  }
  const { success, stderr } = await commandOf(`${programs}/initdb`, [
    "--username=tally",
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--no-sync",
    `${folder}/data`,
  ]).output();
  if (!success) {
    throw new Error(new TextDecoder().decode(stderr));
  }
}

/** A PostgreSQL that can be stopped and started again. */
export class Postgres implements AsyncDisposable {
  readonly port: number;
  readonly #programs: string;
  readonly #folder: string;
  #child: Deno.ChildProcess | undefined;

  private constructor(programs: string, folder: string, port: number) {
    this.#programs = programs;
    this.#folder = folder;
    this.port = port;
  }

  /** Makes a database and waits until it answers. */
  static async start(programs: string): Promise<Postgres> {
    const folder = await Deno.makeTempDir();
    await makeDatabase(programs, folder);
    const database = new Postgres(programs, folder, freePort());
    await database.start();
    return database;
  }

  /** Of the database `postgres`, or another. */
  url(database = "postgres", password = PASSWORD): string {
    return `postgres://tally:${encodeURIComponent(password)}` +
      `@127.0.0.1:${this.port}/${database}`;
  }

  /** Starts it and waits until it answers. */
  async start(): Promise<void> {
    this.#child = commandOf(`${this.#programs}/postgres`, [
      "-D",
      `${this.#folder}/data`,
      "-p",
      String(this.port),
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "unix_socket_directories=",
      "-c",
      "autovacuum=off",
    ]).spawn();
    this.#child.stderr.pipeTo(new WritableStream()).catch(() => {});
    const deadline = Date.now() + START_MS;
    for (;;) {
      try {
        await this.query("SELECT 1");
        return;
      } catch (error) {
        if (Date.now() > deadline) {
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** Stops it: in a hurry, or as a crash would. */
  async stop(signal: "SIGINT" | "SIGKILL" = "SIGINT"): Promise<void> {
    this.#child?.kill(signal);
    await this.#child?.status;
    this.#child = undefined;
  }

  /** Every process of it stops or goes on, as when the net is cut. */
  freeze(signal: "SIGSTOP" | "SIGCONT"): void {
    const { pid } = this.#child!;
    const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`);
    for (const each of [pid, ...children.trim().split(" ").map(Number)]) {
      Deno.kill(each, signal);
    }
  }

  /** Runs a statement, or several, in the database of a URL. */
  async query(
    statement: string,
    url = this.url(),
  ): Promise<Record<string, unknown>[]> {
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    try {
      return [...await sql.unsafe(statement)];
    } finally {
      await sql.end({ timeout: 5 });
    }
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
    await Deno.remove(this.#folder, { recursive: true });
  }
}
