import { assertEquals } from "@std/assert";
import axe from "axe-core";
import { hasBrowser, startBrowser } from "../testing/browser.ts";
import { startPageServer } from "../testing/page_server.ts";

const LOOKS = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 1280 },
  { colorScheme: "light", width: 360 },
  { colorScheme: "dark", width: 360 },
] as const;

Deno.test({
  name:
    "the page can be read and used by everybody: axe finds nothing, and nothing is wider than the screen",
  ignore: !hasBrowser(),
  async fn() {
    await using server = await startPageServer();
    await using browser = await startBrowser();
    const grounds = new Set<unknown>();
    for (const { colorScheme, width } of LOOKS) {
      await using opened = await browser.open(server.baseUrl, {
        colorScheme,
        viewport: { width, height: 900 },
        reducedMotion: "reduce",
        // Axe is put into the page.
        bypassCSP: true,
      });
      const { page } = opened;
      await page.locator("#usage-table tbody tr").first().waitFor();
      await page.locator("#check").waitFor();
      await page.evaluate(axe.source);
      for (const opens of [false, true]) {
        if (opens) {
          await page.evaluate(
            `document.querySelector("#key-dialog").showModal()`,
          );
        }
        const violations = await page.evaluate(
          `axe.run().then(({ violations }) => violations.map(
             ({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]))`,
        );
        assertEquals(violations, [], `${colorScheme}, ${width} wide`);
      }
      assertEquals(
        await page.evaluate("document.documentElement.scrollWidth"),
        width,
      );
      grounds.add(
        await page.evaluate("getComputedStyle(document.body).backgroundColor"),
      );
    }
    assertEquals(grounds.size, 2, "a ground for light and one for dark");
  },
});
