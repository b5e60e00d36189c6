import { assertEquals, assertStringIncludes } from "@std/assert";
import { createLog } from "../../src/log.ts";
import { requestLog } from "../../src/http/request_log.ts";
import { Hono } from "@hono/hono";

Deno.test("requestLog() keeps the body and a script that sends it again", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const told: string[] = [];
    const app = new Hono();
    app.post(
      "/api/chat",
      requestLog(folder, createLog("info", (line) => told.push(line))),
    );
    app.post("/api/chat", async (c) => c.text(await c.req.text()));
    const body = '{"model":"m"}';
    const answer = await app.request("/api/chat", { method: "POST", body });
    assertEquals(await answer.text(), body);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    const [bodyName = "", scriptName = ""] = names;
    assertEquals(names.length, 2);
    assertEquals(await Deno.readTextFile(`${folder}/${bodyName}`), body);
    assertEquals(Deno.statSync(`${folder}/${bodyName}`).mode! & 0o777, 0o600);
    const script = await Deno.readTextFile(`${folder}/${scriptName}`);
    assertStringIncludes(script, "--request POST");
    assertStringIncludes(script, "http://localhost/api/chat");
    assertStringIncludes(script, bodyName);
    assertStringIncludes(told.join(), `sh ${folder}/${scriptName}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("requestLog() that cannot write lets the request go on", async () => {
  const told: string[] = [];
  const app = new Hono();
  app.post(
    "/api/chat",
    requestLog("/dev/null/below", createLog("info", (line) => told.push(line))),
  );
  app.post("/api/chat", (c) => c.text("answer"));
  const answer = await app.request("/api/chat", { method: "POST", body: "{}" });
  assertEquals(await answer.text(), "answer");
  assertStringIncludes(told.join(), "could not be logged");
});
