import { assert, assertEquals, assertMatch } from "@std/assert";
import { createKey } from "../../src/usage/keys/key_file.ts";
import { Keyring } from "../../src/usage/keys/keyring.ts";
import { pageFiles } from "../../src/web/page.ts";
import { testApp } from "../testing/app.ts";

/** What Chromium and Firefox send. */
const BROWSER =
  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

/** All the page's files together, bytes. */
const MOST_BYTES = 100_000;

async function ask(accept?: string, headers: Record<string, string> = {}) {
  const { app } = testApp();
  const all = accept === undefined ? headers : { ...headers, Accept: accept };
  return await app.request("/", { headers: all });
}

Deno.test("GET / is Ollama's text for whoever does not prefer HTML", async () => {
  for (
    const accept of [
      undefined,
      "*/*",
      "text/plain",
      "text/*",
      "application/json",
      "text/plain, text/html",
      "text/html, */*",
      "text/html;q=0.5, */*",
      "text/html;q=0",
      "",
    ]
  ) {
    const response = await ask(accept);
    assertEquals(response.status, 200);
    assertEquals(await response.text(), "Ollama is running", accept);
    assertMatch(response.headers.get("Content-Type") ?? "", /^text\/plain/i);
    assertEquals(response.headers.get("ETag"), null);
  }
});

Deno.test("GET / is the page for browsers", async () => {
  for (const accept of [BROWSER, "text/html", "text/html, */*;q=0.1"]) {
    const response = await ask(accept);
    assertEquals(response.status, 200);
    assertEquals(
      response.headers.get("Content-Type"),
      "text/html; charset=utf-8",
    );
    assertMatch(await response.text(), /<title>Tally<\/title>/);
  }
});

Deno.test("caches are told that GET / depends on Accept, and on Origin, too", async () => {
  for (const accept of [BROWSER, "*/*"]) {
    assertEquals((await ask(accept)).headers.get("Vary"), "Accept");
    const Origin = "http://localhost:3000";
    const crossed = await ask(accept, { Origin });
    assertEquals(crossed.headers.get("Vary"), "Accept, Origin");
  }
});

Deno.test("HEAD / answers the headers of GET /, and no body", async () => {
  const { app } = testApp();
  for (const Accept of ["*/*", BROWSER]) {
    const get = await app.request("/", { headers: { Accept } });
    const head = await app.request("/", {
      method: "HEAD",
      headers: { Accept },
    });
    assertEquals([head.status, await head.text()], [200, ""]);
    for (const name of ["Content-Type", "ETag", "Vary"]) {
      assertEquals(head.headers.get(name), get.headers.get(name));
    }
  }
});

Deno.test("the page's files come with their types and a strict policy", async () => {
  const { app } = testApp();
  const types: Record<string, RegExp> = {
    html: /^text\/html/,
    css: /^text\/css/,
    js: /^text\/javascript/,
    svg: /^image\/svg\+xml/,
  };
  let bytes = 0;
  for (const [name, { content }] of pageFiles()) {
    const response = await app.request(`/web/${name}`);
    assertEquals(await response.text(), content);
    const type = types[name.split(".").pop() ?? ""];
    assertMatch(response.headers.get("Content-Type") ?? "", type ?? /never/);
    const policy = response.headers.get("Content-Security-Policy") ?? "";
    assertMatch(policy, /default-src 'none'/);
    assert(!policy.includes("unsafe"));
    assertEquals(response.headers.get("X-Content-Type-Options"), "nosniff");
    bytes += new TextEncoder().encode(content).length;
  }
  assert(bytes < MOST_BYTES, `${bytes} bytes`);
});

Deno.test("files that have not changed are not sent again", async () => {
  const { app } = testApp();
  for (const path of ["/", "/web/app.js"]) {
    const headers = { Accept: BROWSER };
    const first = await app.request(path, { headers });
    const etag = first.headers.get("ETag") ?? "";
    assertEquals(first.headers.get("Cache-Control"), "no-cache");
    for (const known of [etag, `W/${etag}`, `"old", ${etag}`]) {
      const again = await app.request(path, {
        headers: { ...headers, "If-None-Match": known },
      });
      assertEquals([again.status, await again.text()], [304, ""]);
      assertEquals(again.headers.get("ETag"), etag);
    }
    const other = await app.request(path, {
      headers: { ...headers, "If-None-Match": '"old"' },
    });
    assertEquals(other.status, 200);
  }
});

Deno.test("there are no other files, and no way out of the folder", async () => {
  const { app } = testApp();
  for (
    const path of [
      "/web/nothing.js",
      "/web/..%2fpage.ts",
      "/web/%2e%2e/page.ts",
    ]
  ) {
    assertEquals((await app.request(path)).status, 404, path);
  }
  const posted = await app.request("/web/app.js", { method: "POST" });
  assertEquals(posted.status, 405);
});

Deno.test("the page needs no key, though what it shows does", async () => {
  const path = `${await Deno.makeTempDir()}/keys.json`;
  createKey(path, { name: "boss", admin: true, tokens: {}, requests: {} });
  const { app } = testApp({ keyring: new Keyring(path) });
  const headers = { Accept: BROWSER };
  for (const open of ["/", "/web/app.js", "/web/style.css"]) {
    assertEquals((await app.request(open, { headers })).status, 200, open);
  }
  for (const closed of ["/api/ps", "/api/tags", "/api/usage"]) {
    assertEquals((await app.request(closed, { headers })).status, 401, closed);
  }
});
