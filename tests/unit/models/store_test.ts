import { assert, assertEquals, assertRejects } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import { digestOf, StoreFixture } from "../../testing/store_fixture.ts";

Deno.test("ModelStore.writeBlob() keeps what has the digest it should have", async () => {
  await using fixture = new StoreFixture();
  const digest = digestOf("hello");
  await fixture.store.writeBlob(digest, new Blob(["hel", "lo"]).stream());
  assertEquals(await fixture.store.blobSize(digest), 5);
  assertEquals(await fixture.store.readBlobText(digest), "hello");
  assertEquals(fixture.blobs(), [digest.replace(":", "-")]);
});

Deno.test("ModelStore.writeBlob() leaves nothing of what has another digest", async () => {
  await using fixture = new StoreFixture();
  const [digest, other] = [digestOf("hello"), digestOf("other")];
  await assertRejects(
    () => fixture.store.writeBlob(digest, new Blob(["other"]).stream()),
    ServerError,
    `digest mismatch, expected "${digest}", got "${other}"`,
  );
  assertEquals(fixture.blobs(), []);
  assert(!await fixture.store.hasBlob(digest));
});

Deno.test("ModelStore.writeBlob() leaves nothing when the upload breaks off", async () => {
  await using fixture = new StoreFixture();
  const broken = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode("hel"));
      controller.error(new Error("connection reset"));
    },
  });
  await assertRejects(
    () => fixture.store.writeBlob(digestOf("hello"), broken),
    Error,
    "connection reset",
  );
  assertEquals(fixture.blobs(), []);
});

Deno.test("ModelStore refuses what is no digest", async () => {
  await using fixture = new StoreFixture();
  for (const bad of ["", "sha256:x", "../../etc/passwd", "sha256-abc"]) {
    await assertRejects(
      () => fixture.store.hasBlob(bad),
      ServerError,
      "invalid digest format",
    );
  }
});

Deno.test("ModelStore.open() removes what crashes have left, and nothing else", async () => {
  await using fixture = new StoreFixture();
  const digest = await fixture.upload();
  const old = `${fixture.folder}/blobs/unfinished-1-old`;
  const fresh = `${fixture.folder}/blobs/unfinished-2-fresh`;
  const hours = (ago: number) => new Date(Date.now() - ago * 3_600_000);
  await Deno.writeTextFile(old, "half a blob");
  await Deno.writeTextFile(fresh, "being written by another process");
  await Deno.utime(old, hours(2), hours(2));
  await fixture.store.open();
  assertEquals(fixture.blobs(), [
    digest.replace(":", "-"),
    "unfinished-2-fresh",
  ]);
});

Deno.test("ModelStore.open() bears a folder that is not there yet", async () => {
  await using fixture = new StoreFixture();
  await fixture.store.open();
  assertEquals(await fixture.store.names(), []);
});

Deno.test("ModelStore.writeBlob() takes the same blob from many at once", async () => {
  await using fixture = new StoreFixture();
  const content = "x".repeat(100_000);
  const digest = digestOf(content);
  const write = () =>
    fixture.store.writeBlob(digest, new Blob([content]).stream());
  await Promise.all(Array.from({ length: 8 }, write));
  assertEquals(fixture.blobs(), [digest.replace(":", "-")]);
  assertEquals(await fixture.store.readBlobText(digest), content);
});

Deno.test("A process killed while it writes leaves a store that opens", async () => {
  await using fixture = new StoreFixture();
  const kept = await fixture.upload();
  const module = new URL("../../../src/models/store.ts", import.meta.url);
  const script = `
    import { ModelStore } from ${JSON.stringify(module.href)};
    const store = new ModelStore(${JSON.stringify(fixture.folder)});
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(1000));
        return new Promise((resolve) => setTimeout(resolve, 1));
      },
    });
    await store.writeBlob("sha256:" + "0".repeat(64), endless);
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      `data:text/typescript,${encodeURIComponent(script)}`,
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  while (fixture.blobs().length < 2) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill("SIGKILL");
  await child.status;
  await fixture.store.open();
  const name = fixture.blobs().find((each) => each.startsWith("unfinished"));
  assert(name !== undefined, "it may belong to a process that lives");
  const old = new Date(Date.now() - 2 * 3_600_000);
  await Deno.utime(`${fixture.folder}/blobs/${name}`, old, old);
  await fixture.store.open();
  assertEquals(fixture.blobs(), [kept.replace(":", "-")]);
});

Deno.test("ModelStore.open() prunes old blobs that no model needs, when told to", async () => {
  await using fixture = new StoreFixture();
  await fixture.create({ model: "a", files: { a: await fixture.upload() } });
  const needed = fixture.blobs();
  const unneeded = await fixture.upload(2);
  const fresh = await fixture.upload(3);
  const path = fixture.store.blobPath(unneeded);
  await Deno.writeTextFile(`${path}-partial`, "half a download");
  const long = new Date(Date.now() - 2 * 3_600_000);
  for (const name of fixture.blobs()) {
    const file = `${fixture.folder}/blobs/${name}`;
    await Deno.utime(file, long, long);
  }
  await Deno.utime(fixture.store.blobPath(fresh), new Date(), new Date());
  const all = fixture.blobs();
  await fixture.store.open();
  assertEquals(fixture.blobs(), all);
  const broken = `${fixture.folder}/manifests/h/n/m`;
  await Deno.mkdir(broken, { recursive: true });
  await Deno.writeTextFile(`${broken}/latest`, "not a manifest");
  await fixture.store.open({ prune: true });
  assertEquals(fixture.blobs(), all);
  await Deno.remove(`${broken}/latest`);
  await fixture.store.open({ prune: true });
  const left = [fresh, `${unneeded}-partial`].map((each) =>
    each.replace(":", "-")
  );
  assertEquals(fixture.blobs(), [...needed, ...left].sort());
});
