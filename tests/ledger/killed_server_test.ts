import { assertEquals } from "@std/assert";
import { findPostgres, Postgres } from "../testing/postgres.ts";
import { openShared } from "../testing/shared_store.ts";
import { until } from "../testing/wait.ts";

const programs = findPostgres();

const WRITER = new URL("../testing/ledger_writer.ts", import.meta.url).pathname;

/** A process that writes to a ledger, and the ids it has seen there. */
function startWriter(url: string, file: string, server: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", WRITER, url, file, server],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const seen: string[] = [];
  const reading = (async () => {
    let text = "";
    for await (
      const part of child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      const lines = (text + part).split("\n");
      text = lines.pop() ?? "";
      seen.push(...lines);
    }
  })();
  return {
    seen,
    async seesMore(): Promise<void> {
      const enough = seen.length + 40;
      await until(() => seen.length >= enough);
    },
    async kill(): Promise<void> {
      child.kill("SIGKILL");
      await child.status;
      await reading;
    },
  };
}

Deno.test({
  name:
    "a server that is killed while the database is away loses nothing it told",
  ignore: programs === undefined,
  async fn() {
    await using postgres = await Postgres.start(programs!);
    const folder = await Deno.makeTempDir();
    const file = `${folder}/buffer.db`;
    const url = postgres.url();
    const seen: string[] = [];
    for (const isAway of [false, true, true, false]) {
      const writer = startWriter(url, file, "here");
      await writer.seesMore();
      if (isAway) {
        await postgres.stop("SIGKILL");
        await writer.seesMore();
      }
      await writer.kill();
      seen.push(...writer.seen);
      if (isAway) {
        await postgres.start();
      }
    }
    await using store = openShared(url, "here", file);
    await until(() => store.state.shared?.isCurrent === true);
    const rows = await postgres.query("SELECT id FROM tally.entries");
    const ids = new Set(rows.map(({ id }) => id));
    assertEquals(seen.filter((id) => !ids.has(id)), []);
    const [sums] = await postgres.query(
      "SELECT (SELECT sum(requests) FROM tally.hours)::int AS hours, " +
        "(SELECT sum(requests) FROM tally.runs)::int AS runs, " +
        "(SELECT count(DISTINCT run) FROM tally.runs)::int AS writers",
    );
    assertEquals(sums, { hours: ids.size, runs: ids.size, writers: 4 });
    await Deno.remove(folder, { recursive: true });
  },
});
