import { assertEquals } from "@std/assert";
import { goJson, goJsonMap } from "../../../src/models/go_json.ts";

Deno.test("goJson() writes what Go's encoder writes", () => {
  assertEquals(
    goJson([{ role: "user", content: "<a> & \u2028 ü\n" }]),
    '[{"role":"user","content":"\\u003ca\\u003e \\u0026 \\u2028 ü\\n"}]\n',
  );
});

Deno.test("goJsonMap() sorts the keys of the map and of nothing else", () => {
  assertEquals(
    goJsonMap({ top_k: 3, stop: ["b", "a"], num_ctx: 9 }),
    '{"num_ctx":9,"stop":["b","a"],"top_k":3}\n',
  );
});
