/**
 * A real browser, Debian's `chromium`, and pages in it that are watched for
 * whatever must not happen.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { findProgram } from "./programs.ts";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome"];

const executablePath = PROGRAMS.map(findProgram)
  .find((path) => path !== undefined);

/** Whether there is a browser; tells loudly when not. */
export function hasBrowser(): boolean {
  if (executablePath === undefined) {
    console.warn(
      "NO BROWSER: the tests of the page are ignored. Run: apt install chromium",
    );
  }
  return executablePath !== undefined;
}

/** A page and all it must not have done. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Addresses it has asked for, without the origin. */
  readonly requests: string[];
}

/** A browser for a test. */
export interface TestBrowser extends AsyncDisposable {
  /**
   * Opens the page of a server. When it is closed, there must have been no
   * request to elsewhere, no error and no violation of its policy, but for
   * messages that are `expected`.
   */
  open(
    baseUrl: string,
    options?: BrowserContextOptions,
    expected?: RegExp,
  ): Promise<WatchedPage>;
}

/** Starts one. */
export async function startBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch({
    executablePath: executablePath ?? "chromium",
    // Root, as in containers, has no sandbox.
    args: Deno.uid() === 0 ? ["--no-sandbox"] : [],
  });
  return {
    async open(baseUrl, options = {}, expected = /^$/) {
      const context = await browser.newContext({ locale: "en", ...options });
      const page = await context.newPage();
      const { faults, requests } = watch(page, baseUrl, expected);
      await page.goto(`${baseUrl}/`);
      return {
        page,
        requests,
        async [Symbol.asyncDispose]() {
          await context.close();
          assertEquals(faults, []);
        },
      };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

function watch(page: Page, baseUrl: string, expected: RegExp) {
  const faults: string[] = [];
  const requests: string[] = [];
  page.on("request", (request) => {
    const url = request.url();
    if (url.startsWith(`${baseUrl}/`)) {
      requests.push(url.slice(baseUrl.length));
    } else {
      faults.push(`asked for ${url}`);
    }
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    const text = message.text();
    // Violations of the policy are errors, too.
    if (["error", "warning"].includes(message.type()) && !expected.test(text)) {
      faults.push(text);
    }
  });
  return { faults, requests };
}
