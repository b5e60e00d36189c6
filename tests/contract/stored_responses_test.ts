import { assert, assertEquals } from "@std/assert";
import type { ChatPrompt } from "../../src/runtime/inference.ts";
import { createKey } from "../../src/usage/keys/key_file.ts";
import { Keyring } from "../../src/usage/keys/keyring.ts";
import { testApp } from "../testing/app.ts";

const PATH = "/v1/responses";
const body = { model: "plain", input: "hi" };

/** An application, and ways to make responses and to ask for them. */
function storingApp() {
  const all = testApp();
  const make = async (fields: Record<string, unknown>) =>
    await (await all.post(PATH, { ...body, ...fields })).json();
  const ask = async (path: string, method = "GET") =>
    await all.app.request(PATH + path, { method });
  const messages = () =>
    (all.inference.generations.at(-1)?.prompt as ChatPrompt).messages;
  return { ...all, make, ask, messages };
}

Deno.test("previous_response_id goes on with a conversation, without its instructions", async () => {
  const { make, messages } = storingApp();
  const first = await make({ instructions: "Be brief." });
  const second = await make({ input: "more", previous_response_id: first.id });
  assertEquals(second.previous_response_id, first.id);
  assertEquals(messages(), [
    { role: "user", content: "hi" },
    { role: "assistant", content: "Hello" },
    { role: "user", content: "more" },
  ]);
  await make({ input: "yet more", previous_response_id: second.id });
  assertEquals(messages().length, 5);
  await make({ input: "another way", previous_response_id: first.id });
  assertEquals(messages().length, 3);
});

Deno.test("a streamed response is there before its last event", async () => {
  const { app, ask } = storingApp();
  const response = await app.request(PATH, {
    method: "POST",
    body: JSON.stringify({ ...body, stream: true }),
  });
  const id = response.headers.get("x-request-id") ?? "";
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk);
    if (text.includes("event: response.completed")) {
      assertEquals((await ask(`/${id}`)).status, 200);
    }
  }
  assert(text.includes("event: response.completed"));
});

Deno.test("an unknown previous response is told as OpenAI does", async () => {
  const { post, make, ask } = storingApp();
  const { id } = await make({ store: false });
  assertEquals((await ask(`/${id}`)).status, 404);
  const asked = { ...body, previous_response_id: id };
  for (const path of [PATH, `${PATH}/input_tokens`]) {
    const response = await post(path, asked);
    assertEquals(response.status, 400);
    assertEquals((await response.json()).error, {
      message: `Previous response with id '${id}' not found.`,
      type: "invalid_request_error",
      param: "previous_response_id",
      code: "previous_response_not_found",
    });
  }
});

Deno.test("items are named by references", async () => {
  const { make, post, messages } = storingApp();
  const { output } = await make({});
  const item_reference = { type: "item_reference", id: output[0].id };
  await make({ input: [{ role: "user", content: "hi" }, item_reference] });
  assertEquals(messages().at(-1), { role: "assistant", content: "Hello" });
  const unknown = [{ type: "item_reference", id: "msg_1" }];
  const response = await post(PATH, { ...body, input: unknown });
  const { error } = await response.json();
  assertEquals([response.status, error.param], [404, "input[0]"]);
});

Deno.test("GET and DELETE /v1/responses/:id", async () => {
  const { make, ask } = storingApp();
  const made = await make({});
  assertEquals(await (await ask(`/${made.id}`)).json(), made);
  assertEquals((await ask(`/${made.id}?stream=true`)).status, 400);
  assertEquals((await ask(`/${made.id}/cancel`, "POST")).status, 400);
  assertEquals(await (await ask(`/${made.id}`, "DELETE")).json(), {
    id: made.id,
    object: "response",
    deleted: true,
  });
  for (
    const [path, method] of [
      ["", "GET"],
      ["", "DELETE"],
      ["/input_items", "GET"],
      ["/cancel", "POST"],
    ]
  ) {
    const response = await ask(`/${made.id}${path}`, method);
    assertEquals(response.status, 404);
    const { error } = await response.json();
    assertEquals(error.message, `Response with id '${made.id}' not found.`);
  }
});

Deno.test("GET /v1/responses/:id/input_items gives the conversation in pages", async () => {
  const { make, ask } = storingApp();
  const first = await make({});
  const { id } = await make({ input: "more", previous_response_id: first.id });
  const page = async (query: string) =>
    await (await ask(`/${id}/input_items?${query}`)).json();
  const texts = (items: { content: { text: string }[] }[]) =>
    items.map(({ content }) => content[0]?.text);
  const newest = await page("limit=2");
  assertEquals(newest.object, "list");
  assertEquals(texts(newest.data), ["more", "Hello"]);
  assertEquals(newest.has_more, true);
  assertEquals(newest.first_id, newest.data[0].id);
  const rest = await page(`limit=2&after=${newest.last_id}`);
  assertEquals([texts(rest.data), rest.has_more], [["hi"], false]);
  assertEquals(texts((await page("order=asc")).data), ["hi", "Hello", "more"]);
  assertEquals(rest.data[0], {
    type: "message",
    id: rest.last_id,
    status: "completed",
    role: "user",
    content: [{ type: "input_text", text: "hi" }],
  });
  for (const query of ["limit=0", "limit=101", "order=up", "after=msg_1"]) {
    const response = await ask(`/${id}/input_items?${query}`);
    assertEquals(response.status, 400);
    const [name] = query.split("=");
    assertEquals((await response.json()).error.param, name);
  }
});

Deno.test("a response belongs to the key that made it", async () => {
  const path = `${await Deno.makeTempDir()}/keys.json`;
  const free = { admin: false, tokens: {}, requests: {} };
  const ann = createKey(path, { name: "ann", ...free });
  const bob = createKey(path, { name: "bob", ...free });
  const { app } = testApp({ keyring: new Keyring(path) });
  const ask = async (key: string, path = "", fields?: object) =>
    await app.request(PATH + path, {
      headers: { Authorization: `Bearer ${key}` },
      ...(fields === undefined ? {} : {
        method: "POST",
        body: JSON.stringify({ ...body, ...fields }),
      }),
    });
  const { id, output } = await (await ask(ann, "", {})).json();
  assertEquals((await ask(ann, `/${id}`)).status, 200);
  assertEquals((await ask(bob, `/${id}`)).status, 404);
  const previous = { previous_response_id: id };
  assertEquals((await ask(ann, "", previous)).status, 200);
  assertEquals((await ask(bob, "", previous)).status, 400);
  const named = { input: [{ type: "item_reference", id: output[0].id }] };
  assertEquals((await ask(ann, "", named)).status, 200);
  assertEquals((await ask(bob, "", named)).status, 404);
});
