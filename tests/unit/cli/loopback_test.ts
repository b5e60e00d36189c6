import { assertEquals } from "@std/assert";
import { noProxyValue } from "../../../src/cli/loopback.ts";

Deno.test("noProxyValue() adds the loopback where there is a proxy", () => {
  const loopback = "localhost,127.0.0.0/8,::1";
  const cases: readonly [Record<string, string>, string | undefined][] = [
    [{}, undefined],
    [{ NO_PROXY: "a.example" }, undefined],
    [{ HTTP_PROXY: "" }, undefined],
    [{ HTTP_PROXY: "http://p:1" }, loopback],
    [{ https_proxy: "http://p:1" }, loopback],
    [{ ALL_PROXY: "http://p:1", NO_PROXY: "a.b" }, `a.b,${loopback}`],
    [{ HTTPS_PROXY: "http://p:1", no_proxy: "*" }, `*,${loopback}`],
  ];
  for (const [environment, value] of cases) {
    assertEquals(noProxyValue((name) => environment[name]), value);
  }
});
