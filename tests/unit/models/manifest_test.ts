import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  createManifest,
  isDigest,
  layerOf,
  layersOfKind,
  manifestText,
  parseManifest,
} from "../../../src/models/manifest.ts";

const A = `sha256:${"a".repeat(64)}`;
const B = `sha256:${"b".repeat(64)}`;

const manifest = createManifest({ digest: A, size: 3 }, [
  layerOf("model", { digest: B, size: 5 }),
  layerOf("license", { digest: A, size: 7 }),
  layerOf("license", { digest: B, size: 9 }),
]);

Deno.test("manifestText() is, to the byte, Ollama's", () => {
  const small = createManifest({ digest: A, size: 3 }, [
    layerOf("model", { digest: B, size: 5 }),
  ]);
  assertEquals(
    manifestText(small),
    '{"schemaVersion":2,"mediaType":' +
      '"application/vnd.docker.distribution.manifest.v2+json","config":' +
      '{"mediaType":"application/vnd.docker.container.image.v1+json",' +
      `"digest":"${A}","size":3},"layers":[{"mediaType":` +
      `"application/vnd.ollama.image.model","digest":"${B}","size":5}]}\n`,
  );
});

Deno.test("parseManifest() reads what manifestText() writes", () => {
  assertEquals(parseManifest(manifestText(manifest)), manifest);
});

Deno.test("parseManifest() refuses what is no manifest", () => {
  const layer = { mediaType: "x", digest: A, size: 1 };
  const bad: unknown[] = [
    null,
    7,
    "text",
    [],
    {},
    { config: layer },
    { config: layer, layers: {} },
    { config: null, layers: [] },
    { config: layer, layers: [null] },
    { config: layer, layers: [{ ...layer, digest: "sha256:../../x" }] },
    { config: layer, layers: [{ ...layer, digest: 7 }] },
    { config: layer, layers: [{ ...layer, size: "1" }] },
    { config: { ...layer, mediaType: null }, layers: [] },
  ];
  for (const each of bad) {
    assertThrows(() => parseManifest(JSON.stringify(each)), SyntaxError);
  }
  assertThrows(() => parseManifest("{"), SyntaxError);
  assertThrows(() => parseManifest(""), SyntaxError);
});

Deno.test("layersOfKind() picks layers in their order", () => {
  const sizes = (kind: "license" | "system") =>
    layersOfKind(manifest, kind).map((layer) => layer.size);
  assertEquals(sizes("license"), [7, 9]);
  assertEquals(sizes("system"), []);
});

Deno.test("isDigest() wants sha256 and 64 small hex digits", () => {
  assert(isDigest(A));
  for (
    const bad of [
      "",
      A.toUpperCase(),
      A.slice(0, -1),
      `${A}0`,
      `${A}\n`,
      A.replace(":", "-"),
      `sha512:${"a".repeat(64)}`,
      "sha256:../../../etc/passwd",
    ]
  ) {
    assert(!isDigest(bad), bad);
  }
});
