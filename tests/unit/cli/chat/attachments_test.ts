import { assertEquals, assertRejects } from "@std/assert";
import { readAttachments } from "../../../../src/cli/chat/attachments.ts";
import { CliError } from "../../../../src/cli/client.ts";

/** The eight bytes with which every PNG begins. */
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Runs with a folder that has `a b.png` and `text.png` in it. */
async function withFolder(run: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/a b.png`, PNG);
    await Deno.writeTextFile(`${folder}/text.png`, "text");
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readAttachments() takes the files that a text names", async () => {
  await withFolder(async (folder) => {
    assertEquals(
      await readAttachments(`What is ${folder}/a\\ b.png here?`),
      { text: "What is  here?", images: ["iVBORw0KGgo="] },
    );
  });
});

Deno.test("readAttachments() leaves paths without a file", async () => {
  const text = "Is /no/such.png a path, and 1./2.png?";
  assertEquals(await readAttachments(text), { text, images: [] });
});

Deno.test("readAttachments() refuses what is no image", async () => {
  await withFolder(async (folder) => {
    await assertRejects(
      () => readAttachments(`${folder}/text.png`),
      CliError,
      "invalid file type",
    );
  });
});
