import { assertEquals } from "@std/assert";
import { History } from "../../../../src/cli/terminal/history.ts";

/** Runs with a history file that holds these lines. */
async function withFile(
  lines: string,
  run: (path: string) => void,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/history`, lines);
    run(`${folder}/history`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("History goes back and forth and keeps what was being typed", async () => {
  await withFile("one\n\n two \n", (path) => {
    const history = new History(path, false);
    assertEquals(history.previous("dra"), "two");
    assertEquals(history.previous("two"), "one");
    assertEquals(history.previous("one"), "one");
    assertEquals(history.next("one"), "two");
    assertEquals(history.next("two"), "dra");
    assertEquals(history.next("dra"), "dra");
  });
});

Deno.test("History keeps the last hundred lines in its file", async () => {
  await withFile("first\n", (path) => {
    const history = new History(path, true);
    for (let count = 0; count < 100; count++) {
      history.add(`line ${count}\nand more`);
    }
    assertEquals(history.lines.length, 100);
    const kept = Deno.readTextFileSync(path).trimEnd().split("\n");
    assertEquals([kept.length, kept[0]], [100, "line 0 and more"]);
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
  });
});

Deno.test("History that does not save leaves the file", async () => {
  await withFile("one\n", (path) => {
    const history = new History(path, false);
    history.add("secret");
    assertEquals(history.previous(""), "secret");
    assertEquals(Deno.readTextFileSync(path), "one\n");
  });
});

Deno.test("History lives without a file that can be written", async () => {
  await withFile("one\n", (path) => {
    const history = new History(`${path}/below/a/file`, true);
    history.add("two");
    assertEquals(history.previous(""), "two");
  });
});
