import { assertEquals } from "@std/assert";
import {
  type KeptResponse,
  ResponseStore,
} from "../../../src/http/response_store.ts";

/** A response of nothing but a conversation of one item. */
function kept(id: string, text = ""): KeptResponse {
  return {
    key: "ann",
    response: { id, output: [] } as unknown as KeptResponse["response"],
    input: [{ type: "message", id: `msg_${id}`, role: "user", content: text }],
  };
}

function ids(store: ResponseStore, names: readonly string[]): string[] {
  return names.filter((id) => store.find("ann", id) !== undefined);
}

Deno.test("a full store forgets the oldest responses", () => {
  const store = new ResponseStore(2);
  ["a", "b", "c"].forEach((id) => store.keep(kept(id)));
  assertEquals(ids(store, ["a", "b", "c"]), ["b", "c"]);
  store.delete("ann", "b");
  store.keep(kept("d"));
  assertEquals(ids(store, ["b", "c", "d"]), ["c", "d"]);
});

Deno.test("a store is full by size, too, and does not keep what is larger than itself", () => {
  const store = new ResponseStore(10, 1000);
  store.keep(kept("a", "x".repeat(500)));
  store.keep(kept("b", "x".repeat(500)));
  assertEquals(ids(store, ["a", "b"]), ["b"]);
  store.keep(kept("c", "x".repeat(2000)));
  assertEquals(ids(store, ["b", "c"]), ["b"]);
});

Deno.test("items that have the same id are the newest one", () => {
  const store = new ResponseStore();
  store.keep(kept("a", "old"));
  const { key, response } = kept("b");
  store.keep({ key, response, input: kept("a", "new").input });
  const found = store.items("ann", new Set(["msg_a", "msg_x"]));
  assertEquals([...found.values()], [...kept("a", "new").input]);
  assertEquals(store.items("bob", new Set(["msg_a"])).size, 0);
});
