import { assertEquals, assertRejects } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import { workFor } from "../../../src/http/respond.ts";
import {
  DONE,
  errorEvent,
  type SseEvent,
  streamSse,
} from "../../../src/http/sse.ts";
import { createLog } from "../../../src/log.ts";

const LOG = createLog("error", () => {});

function work() {
  return workFor(new Request("http://localhost/"));
}

async function* fails(after: readonly SseEvent[]) {
  yield* after;
  await Promise.resolve();
  throw new ServerError("engine_died", "it died");
}

Deno.test("streamSse() writes events with their names, and the end as it is", async () => {
  const events = async function* () {
    yield { event: "start", data: { text: "a\nb" } };
    await Promise.resolve();
    yield { data: DONE };
  };
  const response = await streamSse(events(), work(), LOG, errorEvent("openai"));
  assertEquals(
    response.headers.get("content-type"),
    "text/event-stream; charset=utf-8",
  );
  assertEquals(
    await response.text(),
    'event: start\ndata: {"text":"a\\nb"}\n\ndata: [DONE]\n\n',
  );
});

Deno.test("streamSse() throws before the first event", async () => {
  await assertRejects(
    () => streamSse(fails([]), work(), LOG, errorEvent("openai")),
    ServerError,
    "it died",
  );
});

Deno.test("streamSse() tells of later errors in the dialect's words", async () => {
  const openai = await streamSse(
    fails([{ data: 1 }]),
    work(),
    LOG,
    errorEvent("openai"),
  );
  assertEquals(
    await openai.text(),
    'data: 1\n\ndata: {"error":{"message":"it died","type":"api_error","param":null,"code":null}}\n\n',
  );
  const anthropic = await streamSse(
    fails([{ event: "ping", data: 1 }]),
    work(),
    LOG,
    errorEvent("anthropic"),
  );
  assertEquals(
    await anthropic.text(),
    'event: ping\ndata: 1\n\nevent: error\ndata: {"type":"error","error":{"type":"api_error","message":"it died"}}\n\n',
  );
});
