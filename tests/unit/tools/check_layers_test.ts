import { assertEquals } from "@std/assert";
import { circlesOf, faultsOf } from "../../../tools/check_layers.ts";

/** Faults of a file that imports one other. */
function faultsOfImport(path: string, specifier: string): string[] {
  return faultsOf(path, `import { a } from "${specifier}";\n`);
}

Deno.test("a layer imports itself, the common files and what it may", () => {
  assertEquals(faultsOfImport("src/http/app.ts", "./body.ts"), []);
  assertEquals(faultsOfImport("src/http/app.ts", "../errors.ts"), []);
  assertEquals(faultsOfImport("src/http/app.ts", "../usage/ledger.ts"), []);
  assertEquals(faultsOfImport("src/cli/serve.ts", "../http/app.ts"), []);
  assertEquals(faultsOfImport("src/engine/a.ts", "../prompt/grammar.ts"), []);
});

Deno.test("a forbidden import is a fault that names both files", () => {
  assertEquals(faultsOfImport("src/usage/ledger.ts", "../http/app.ts"), [
    "src/usage/ledger.ts: src/usage/ may not import src/http/app.ts",
  ]);
});

Deno.test("every way to import is seen", () => {
  for (
    const source of [
      `import "../http/app.ts";`,
      `import type { A } from "../http/app.ts";`,
      `import {\n  a,\n} from "../http/app.ts";`,
      `export { a } from "../http/app.ts";`,
      `await import("../http/app.ts");`,
    ]
  ) {
    assertEquals(faultsOf("src/usage/ledger.ts", source).length, 1, source);
  }
});

Deno.test("single files of another layer may be all that is allowed", () => {
  assertEquals(
    faultsOfImport("src/engine/a.ts", "../prompt/chat_template.ts").length,
    1,
  );
});

Deno.test("only the engine's border files import ffi, by its face", () => {
  const importers = ["src/engine/llama_backend.ts", "src/engine/probe.ts"];
  for (const path of importers) {
    assertEquals(faultsOfImport(path, "../../ffi/mod.ts"), []);
    assertEquals(faultsOfImport(path, "../../ffi/model.ts").length, 1);
  }
  for (const path of ["src/engine/engine.ts", "src/cli/serve.ts"]) {
    assertEquals(faultsOfImport(path, "../../ffi/mod.ts").length, 1, path);
  }
});

Deno.test("ffi imports nothing else", () => {
  assertEquals(faultsOfImport("ffi/model.ts", "./errors.ts"), []);
  assertEquals(faultsOfImport("ffi/model.ts", "../src/errors.ts").length, 1);
});

Deno.test("a folder that nobody has placed may import nothing", () => {
  assertEquals(faultsOfImport("src/new/a.ts", "../errors.ts").length, 1);
});

Deno.test("a file of more than 400 lines is a fault", () => {
  assertEquals(faultsOf("tests/a_test.ts", "\n".repeat(400)), []);
  assertEquals(faultsOf("tests/a_test.ts", "\n".repeat(401)), [
    "tests/a_test.ts: 401 lines, 400 are the most",
  ]);
});

Deno.test("imports in a circle are a fault that names the whole way", () => {
  const a = ["src/a.ts", `import { b } from "./b.ts";`] as const;
  const b = ["src/b.ts", `import { c } from "./x/c.ts";`] as const;
  const c = ["src/x/c.ts", `import type { A } from "../a.ts";`] as const;
  assertEquals(circlesOf(new Map([a, b, c])), [
    "imports run in a circle: src/a.ts -> src/b.ts -> src/x/c.ts -> src/a.ts",
  ]);
  assertEquals(circlesOf(new Map([a, b])), []);
});
