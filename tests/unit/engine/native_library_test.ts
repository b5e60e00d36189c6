import { assertEquals } from "@std/assert";
import { libraryOptions } from "../../../src/engine/native_library.ts";

function options(environment: Record<string, string>) {
  return libraryOptions("auto", (name) => environment[name]);
}

Deno.test("libraryOptions() names the folder a person set", () => {
  assertEquals(options({ HOME: "/h", TALLY_LLAMA_LIB: "/lib" }), {
    flavour: "auto",
    folder: "/lib",
    cacheFolder: "/h/.cache/tally",
  });
});

Deno.test("libraryOptions() finds each system's cache folder", () => {
  assertEquals(
    options({ HOME: "/h", XDG_CACHE_HOME: "/c" }).cacheFolder,
    "/c/tally",
  );
  assertEquals(
    options({ LOCALAPPDATA: "C:\\Local" }).cacheFolder,
    "C:\\Local/tally",
  );
});
