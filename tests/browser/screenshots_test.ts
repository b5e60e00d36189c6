import { assert } from "@std/assert";
import { createModel, post } from "../testing/api.ts";
import { hasBrowser, startBrowser } from "../testing/browser.ts";
import { create } from "../testing/made_model.ts";
import { findModel } from "../testing/models.ts";
import { createTalker, startPageServer } from "../testing/page_server.ts";
import type { TestServer } from "../testing/server.ts";

/** Ignored by git; docs/ has copies. */
const FOLDER = new URL("../../.cache/screenshots/", import.meta.url).pathname;

/** Longest wait for an answer, milliseconds. */
const PATIENCE_MS = 120_000;

const LOOKS = [
  { name: "light", colorScheme: "light", width: 1280, height: 1010 },
  { name: "dark", colorScheme: "dark", width: 1280, height: 1010 },
  { name: "phone", colorScheme: "light", width: 390, height: 844 },
] as const;

const gguf = findModel("smollm2");

/** A model that says something, when there is one, and not for long. */
async function createSpeaker(server: TestServer): Promise<void> {
  if (gguf === undefined) {
    await createTalker(server, "talker");
  } else {
    await createModel(server.baseUrl, "talker", gguf);
  }
  await create(server, {
    model: "smollm2",
    from: "talker",
    parameters: { temperature: 0, num_predict: 60 },
  });
}

/** Asks again and again while the pictures are taken. */
function keepBusy({ baseUrl }: TestServer, signal: AbortSignal) {
  return ["/v1/chat/completions", "/v1/messages"].map(async (path) => {
    const messages = [{ role: "user", content: "Tell me a long story." }];
    const body = { model: "smollm2", messages, max_tokens: 2000, stream: true };
    while (!signal.aborted) {
      try {
        await (await post(`${baseUrl}${path}`, body, signal)).text();
      } catch {
        // It was ended.
      }
    }
  });
}

Deno.test({
  name: "the page looks well in light, dark and on a phone",
  ignore: !hasBrowser(),
  async fn() {
    await Deno.mkdir(FOLDER, { recursive: true });
    await using server = await startPageServer();
    await createSpeaker(server);
    await using browser = await startBrowser();
    for (const { name, colorScheme, width, height } of LOOKS) {
      await using opened = await browser.open(server.baseUrl, {
        colorScheme,
        viewport: { width, height },
        deviceScaleFactor: name === "phone" ? 2 : 1,
      });
      const { page } = opened;
      page.setDefaultTimeout(PATIENCE_MS);
      await page.getByRole("combobox", { name: "Model" })
        .selectOption("smollm2:latest");
      await page.getByLabel("Message").fill("Why is the sky blue?");
      await page.getByLabel("Message").press("Enter");
      await page.locator(".turn.assistant .bill").waitFor();
      const stop = new AbortController();
      const busy = keepBusy(server, stop.signal);
      try {
        await page.locator("#live-table tbody tr").nth(1).waitFor();
        const path = `${FOLDER}${name}.png`;
        await page.screenshot({ path, fullPage: name === "phone" });
      } finally {
        stop.abort();
        await Promise.all(busy);
      }
      const size = await page.evaluate(
        "[document.documentElement.scrollWidth, innerWidth]",
      ) as [number, number];
      assert(size[0] <= size[1], `${name} is ${size[0]} of ${size[1]} wide`);
    }
  },
});
