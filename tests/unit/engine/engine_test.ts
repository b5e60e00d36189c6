import { engineSuite } from "../../testing/engine_suite.ts";
import { FakeBackend } from "../../testing/fake_backend.ts";

Deno.test("Engine, over the fake,", async (t) => {
  await engineSuite(t, {
    backend: new FakeBackend(),
    ending: "is the sum of the bytes?",
    endless: "the quick brown fox jumps over",
    mixes: 300,
  });
});
