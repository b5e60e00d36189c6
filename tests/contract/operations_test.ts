import { assertEquals } from "@std/assert";
import { ENDPOINTS } from "../../src/usage/operation.ts";
import { testApp } from "../testing/app.ts";

/** Routes that are about models or accounts, or evaluate nothing. */
const OTHERS = [
  /tokens$|\/(?:de)?tokenize$|^\/apply-template$/,
  /^\/api\/(?:show|create|copy|pull|push|blobs|me|signout|experimental)\b/,
  /^\/v1\/responses\/:id\/cancel$/,
];

Deno.test("every route that asks a model for something is a known operation", () => {
  const { app } = testApp();
  const posts = app.routes.filter(({ method }) => method === "POST")
    .map(({ path }) => path)
    .filter((path) => !OTHERS.some((other) => other.test(path)));
  const known = Object.values(ENDPOINTS).flat();
  assertEquals([...new Set(posts)].sort(), [...known].sort());
});
