import { assertEquals, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import {
  callSchema,
  ForcedCallParser,
} from "../../../src/prompt/forced_call.ts";

function tool(name: string, parameters?: unknown) {
  return { type: "function", function: { name, parameters } };
}

/** The schemas of the calls, one a tool. */
function callsOf(schema: string) {
  const { anyOf } = JSON.parse(schema);
  return anyOf.map(
    ({ properties }: {
      properties: { name: { const: string }; arguments: unknown };
    }) => [properties.name.const, properties.arguments],
  );
}

const CITY = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
};
const ANY = { type: "object", additionalProperties: true };

Deno.test("callSchema() allows one call of any tool, or of the named one", () => {
  const tools = [tool("weather", CITY), tool("time"), tool("odd", { not: {} })];
  assertEquals(callsOf(callSchema(tools)), [
    ["weather", CITY],
    ["time", ANY],
    ["odd", ANY],
  ]);
  assertEquals(callsOf(callSchema(tools, "time")), [["time", ANY]]);
});

Deno.test("callSchema() keeps what references name where they find it", () => {
  const parameters = {
    type: "object",
    properties: { to: { $ref: "#/$defs/place" } },
    $defs: { place: CITY },
  };
  const { $defs, anyOf } = JSON.parse(callSchema([tool("go", parameters)]));
  assertEquals($defs, { place: CITY });
  assertEquals(anyOf[0].properties.arguments.$defs, undefined);
});

Deno.test("callSchema() refuses when there is nothing to call", () => {
  for (
    const [tools, name] of [[[], undefined], [[tool("a")], "b"], [
      [3],
      "a",
    ]] as [
      unknown[],
      string | undefined,
    ][]
  ) {
    assertThrows(
      () => callSchema(tools, name),
      ServerError,
      "must be called but is not among the tools",
    );
  }
});

Deno.test("ForcedCallParser gives a call when it is whole, or the text that was written", () => {
  const text = '{"name": "f", "arguments": {"x": 1}}';
  const whole = new ForcedCallParser(undefined);
  for (const part of text) {
    assertEquals(whole.add(part), []);
  }
  assertEquals(whole.end(), [
    { type: "call", call: { name: "f", arguments: { x: 1 } } },
  ]);
  const cut = new ForcedCallParser(undefined);
  cut.add(text.slice(0, -1));
  assertEquals(cut.end(), [{ type: "content", text: text.slice(0, -1) }]);
});
