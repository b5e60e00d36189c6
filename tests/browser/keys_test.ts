import { assert, assertEquals } from "@std/assert";
import { createKey } from "../../src/usage/keys/key_file.ts";
import { hasBrowser, startBrowser } from "../testing/browser.ts";
import { createTalker, startPageServer } from "../testing/page_server.ts";
import { eventually } from "../testing/wait.ts";

/** A server with a key for users and one for admins. */
async function startKeyedServer() {
  const server = await startPageServer();
  await createTalker(server, "talker");
  const path = `${server.folder}/keys.json`;
  const none = { tokens: {}, requests: {} };
  const user = createKey(path, { name: "ann", admin: false, ...none });
  const admin = createKey(path, { name: "boss", admin: true, ...none });
  // The server reads the file again by and by.
  while ((await fetch(`${server.baseUrl}/api/tags`)).status !== 401) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { server, user, admin };
}

Deno.test({
  name: "the page asks for a key, and shows what the key allows",
  ignore: !hasBrowser(),
  async fn(t) {
    const { server: started, user, admin } = await startKeyedServer();
    await using server = started;
    await using browser = await startBrowser();
    await using opened = await browser.open(server.baseUrl, {}, /40[13] \(/);
    const { page } = opened;
    const dialog = page.getByRole("dialog", { name: "API key" });
    const give = async (key: string, remember = false) => {
      await dialog.getByLabel("Key", { exact: true }).fill(key);
      await dialog.getByLabel("Remember").setChecked(remember);
      await dialog.getByRole("button", { name: "Use the key" }).click();
    };
    const stored = () =>
      page.evaluate(
        `[sessionStorage.getItem("tally-key"), localStorage.getItem("tally-key")]`,
      );

    await t.step("nothing is shown without one", async () => {
      await dialog.waitFor();
      await dialog.getByRole("button", { name: "Not now" }).click();
      await page.getByText("This server asks for an API key.").waitFor();
      assertEquals(await page.locator("#usage-chart").isVisible(), false);
      assertEquals(await page.locator("#chat").isVisible(), false);
      await page.getByRole("button", { name: "Enter a key" }).click();
    });

    await t.step("a wrong key is told", async () => {
      await give("wrong");
      await dialog.getByText("This key is not valid.").waitFor();
    });

    await t.step("a user's key chats, and is told about usage", async () => {
      await give(user);
      await page.getByText("not see usage").waitFor();
      assertEquals(await stored(), [user, null]);
      assertEquals(await page.locator("#usage-chart").isVisible(), false);
      await page.locator("#chat-send:enabled").waitFor();
      await page.getByLabel("Message").fill("hi");
      await page.getByRole("button", { name: "Send" }).click();
      const answer = page.locator(".turn.assistant > .text");
      await eventually(async () => assert(await answer.textContent()));
      await page.getByRole("button", { name: "Stop" }).click();
      await page.getByText("Stopped", { exact: true }).waitFor();
    });

    await t.step("an admin's key shows all, also after a reload", async () => {
      await page.getByRole("button", { name: "Enter a key" }).click();
      await give(admin, true);
      await page.locator("#usage-table tbody tr").first().waitFor();
      assertEquals(await stored(), [null, admin]);
      assertEquals(await page.locator("#notice").isVisible(), false);
      await page.reload();
      await page.locator("#usage-table tbody tr").first().waitFor();
      await page.locator("#usage-form").getByText("Key", { exact: true })
        .click();
      await page.locator("#usage-table").getByText("ann").waitFor();
    });

    await t.step("a key can be forgotten", async () => {
      await page.getByRole("button", { name: "API key" }).click();
      await dialog.getByRole("button", { name: "Forget the key" }).click();
      await page.getByText("This server asks for an API key.").waitFor();
      assertEquals(await stored(), [null, null]);
    });
  },
});
