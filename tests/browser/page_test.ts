import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { formatShort } from "../../src/web/client/format.js";
import { post } from "../testing/api.ts";
import { hasBrowser, startBrowser } from "../testing/browser.ts";
import { createTalker, startPageServer } from "../testing/page_server.ts";
import { eventually } from "../testing/wait.ts";

/** The number in a text such as "12,345 tokens". */
function numberIn(text: string | null): number {
  return Number(/[\d,]+/.exec(text ?? "")?.[0].replaceAll(",", ""));
}

/** Texts of a table's rows, cell by cell. */
async function rowsOf(page: Page, table: string): Promise<string[][]> {
  const rows = await page.locator(`${table} tbody tr`).all();
  return await Promise.all(
    rows.map((row) => row.locator("th, td").allTextContents()),
  );
}

/** Waits until the model has said so much; how much it has said. */
async function spoken(page: Page, least: number): Promise<number> {
  const answer = page.locator(".turn.assistant > .text").last();
  return await eventually(async () => {
    const length = (await answer.textContent())?.length ?? 0;
    assert(length >= least, `${length} characters of ${least}`);
    return length;
  });
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message").fill(text);
  await page.getByLabel("Message").press("Enter");
}

Deno.test({
  name: "the page in a browser",
  ignore: !hasBrowser(),
  async fn(t) {
    await using server = await startPageServer();
    await createTalker(server, "talker");
    await using browser = await startBrowser();
    const { baseUrl } = server;
    const ask = async (path: string) =>
      await (await fetch(`${baseUrl}${path}`)).json();

    await t.step("shows usage over time as the ledger tells it", async () => {
      await using opened = await browser.open(baseUrl);
      const { page } = opened;
      for (const [label, group] of [["Model", "model"], ["Key", "key"]]) {
        await page.locator("#usage-form").getByText(label!).click();
        await page.locator("#usage-form").getByText("Week").click();
        const heading = page.locator("#usage-table thead th").first();
        await eventually(async () => {
          const text = await page.locator("#usage-readout").textContent();
          assertMatch(text ?? "", /week$/);
          assertEquals(await heading.textContent(), label);
        });
        const since = Math.floor(Date.now() / 21_600_000 - 27) * 21_600;
        const { usage } = await ask(
          `/api/usage?since=${since}&group_by=${group}`,
        );
        const wanted = usage.map((row: Record<string, number>) => [
          row[group!],
          row["requests"],
          row["prompt_tokens"],
          row["completion_tokens"],
        ]);
        const rows = (await rowsOf(page, "#usage-table")).slice(0, -1)
          .map(([name, requests, prompt, , generated]) => [
            name,
            numberIn(requests!),
            numberIn(prompt!),
            numberIn(generated!),
          ]);
        assertEquals(rows.sort(), wanted.sort());
      }
    });

    await t.step("tells what a bar is to those who press keys", async () => {
      await using opened = await browser.open(baseUrl);
      const { page } = opened;
      await page.locator("#usage-table tbody tr").first().waitFor();
      const readout = page.locator("#usage-readout");
      const all = await readout.textContent();
      await page.locator("#usage-chart").focus();
      const seen = new Set<string | null>();
      let sum = 0;
      for (let bar = 0; bar < 24; bar++) {
        await page.keyboard.press("ArrowLeft");
        const text = await readout.textContent();
        seen.add(text);
        sum += numberIn(/: ([\d,]+) token/.exec(text ?? "")?.[1] ?? "");
      }
      assertEquals(seen.size, 24);
      assertEquals(sum, numberIn(all));
    });

    await t.step(
      "streams an answer, stops it, and shows its bill",
      async () => {
        await using opened = await browser.open(baseUrl);
        const { page } = opened;
        await page.locator("#chat-send:enabled").waitFor();
        await say(page, "Why is the sky blue?");
        const before = await spoken(page, 20);
        await spoken(page, before + 1);
        await page.locator("#live-table tbody tr").waitFor();
        await eventually(async () => {
          const [live] = await rowsOf(page, "#live-table");
          assertEquals(live?.slice(0, 3), ["talker", "/api/chat", "anonymous"]);
          assert(numberIn(live?.[4] ?? "") > 0);
        });
        await page.getByRole("button", { name: "Stop" }).click();
        const bill = page.locator(".turn.assistant .bill");
        await bill.filter({ hasText: "Stopped · " }).waitFor();
        const { usage } = await ask("/api/usage?details=true");
        const { cancelled } = usage[0];
        assertEquals(cancelled.requests, 1);
        const [prompt, generated] = /Stopped · ([\d,]+) prompt \+ ([\d,]+) /
          .exec(await bill.textContent() ?? "")?.slice(1).map(numberIn) ?? [];
        assertEquals(prompt, cancelled.prompt_tokens);
        assertEquals(generated, cancelled.completion_tokens);
        await page.locator("#live-empty").waitFor();
        await page.locator("#models-list").getByText("talker").waitFor();
        await page.locator("#check").getByText("Books balance").waitFor();
        await page.getByRole("button", { name: "New chat" }).click();
        assertEquals(await page.locator(".turn").count(), 0);
      },
    );

    await t.step(
      "shows requests of others, and totals since the start",
      async () => {
        await using opened = await browser.open(baseUrl);
        const { page } = opened;
        const stop = new AbortController();
        const messages = [{ role: "user", content: "hi" }];
        const body = { model: "talker", messages, stream: true };
        const path = `${baseUrl}/v1/chat/completions`;
        const other = await post(path, body, stop.signal);
        const id = other.headers.get("X-Request-Id");
        await page.locator("#live-table").getByText("/v1/chat").waitFor();
        await eventually(async () =>
          assert(Number(await page.locator("#rate").textContent()) > 0)
        );
        stop.abort();
        await page.locator("#live-empty").waitFor();
        await ask(`/api/usage/requests/${id}`);
        const { usage: [row] } = await ask("/api/usage?details=true");
        const sum = row.prompt_tokens + row.completion_tokens;
        await page.locator("#tokens")
          .getByText(formatShort(sum), { exact: true }).waitFor();
      },
    );

    await t.step("puts what a model says in as text", async () => {
      await using opened = await browser.open(baseUrl);
      const { page } = opened;
      const content =
        '<img src=x onerror="document.title=1"><script>1</script>';
      await page.route("**/api/chat", (route) =>
        route.fulfill({
          body: [
            { message: { content, thinking: content } },
            { done: true, prompt_eval_count: 3, eval_count: 4 },
          ].map((line) => JSON.stringify(line)).join("\n"),
        }));
      await page.locator("#chat-send:enabled").waitFor();
      await say(page, content);
      await page.locator(".bill:visible").waitFor();
      assertEquals(
        await page.locator("#chat-log .turn > .text").allTextContents(),
        [content, content],
      );
      assertEquals(
        await page.locator("#chat-log img, #chat-log script").count(),
        0,
      );
      assertEquals(await page.title(), "Tally");
    });

    await t.step("tells errors, and gives the question back", async () => {
      await using opened = await browser.open(baseUrl, {}, /503/);
      const { page } = opened;
      await page.route(
        "**/api/chat",
        (route) =>
          route.fulfill({ status: 503, json: { error: "server busy" } }),
      );
      await page.locator("#chat-send:enabled").waitFor();
      await say(page, "hello");
      await page.getByRole("alert").getByText("server busy").waitFor();
      assertEquals(await page.getByLabel("Message").inputValue(), "hello");
    });

    await t.step("asks nothing while it is hidden", async () => {
      await using opened = await browser.open(baseUrl);
      const { page, requests } = opened;
      await page.clock.install();
      await page.reload();
      await page.locator("#usage-table tbody tr").first().waitFor();
      const hide = (hidden: boolean) =>
        page.evaluate(`
          Object.defineProperty(document, "hidden", {
            value: ${hidden}, configurable: true,
          });
          document.dispatchEvent(new Event("visibilitychange"));
        `);
      await hide(true);
      const before = requests.length;
      await page.clock.runFor(120_000);
      assertEquals(requests.length, before);
      const asked = page.waitForRequest("**/api/usage?details**");
      await hide(false);
      await asked;
    });
  },
});

Deno.test({
  name: "the page says when its server has gone, and when it is back",
  ignore: !hasBrowser(),
  async fn() {
    await using browser = await startBrowser();
    await using server = await startPageServer();
    await using opened = await browser.open(server.baseUrl, {}, /ERR_FAILED/);
    const { page } = opened;
    const note = page.getByText("The server does not answer");
    await page.locator("#check").waitFor();
    assertEquals(await note.isVisible(), false);
    await page.route("**/api/**", (route) => route.abort());
    await note.waitFor();
    await page.unroute("**/api/**");
    await note.waitFor({ state: "hidden" });
  },
});
