import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseModelName } from "../../src/models/name.ts";
import { testApp } from "../testing/app.ts";
import { StoreFixture } from "../testing/store_fixture.ts";

Deno.test("A model with a missing file is told as such, and can be deleted", async () => {
  await using fixture = new StoreFixture();
  const { app, post } = testApp(fixture);
  const weights = await fixture.upload();
  await fixture.create({ model: "bad", files: { "a.gguf": weights } });
  await Deno.remove(fixture.store.blobPath(weights));
  const shown = await post("/api/show", { model: "bad" });
  assertEquals(shown.status, 500);
  assertStringIncludes(
    (await shown.json()).error,
    `model 'bad' cannot be read: its file ${weights} is missing`,
  );
  const tags = await app.request("/api/tags");
  assertEquals(await tags.json(), { models: [] });
  const deleted = await app.request("/api/delete", {
    method: "DELETE",
    body: '{"model":"bad"}',
  });
  assertEquals(deleted.status, 200);
  assert(await fixture.store.find(parseModelName("bad")) === undefined);
});
