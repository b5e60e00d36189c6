/**
 * The page for browsers: its files, as they are sent.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** A file of the page. */
export interface PageFile {
  readonly content: string;
  /** Its media type. */
  readonly type: string;
  /** Changes whenever the content does; a strong ETag. */
  readonly etag: string;
}

/** The page's document among its files. */
export const DOCUMENT = "index.html";

/** Also named to the compiler, by `tools/build_binary.ts`. */
const FOLDER = new URL("./client/", import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

function readFile(name: string): PageFile {
  const content = Deno.readTextFileSync(new URL(name, FOLDER));
  const hash = createHash("sha256").update(content).digest("base64url");
  const extension = name.split(".").pop() ?? "";
  const type = TYPES[extension] ?? "text/plain; charset=utf-8";
  return { content, type, etag: `"${hash}"` };
}

let files: ReadonlyMap<string, PageFile> | undefined;

/** All files by name, read when they are first asked for. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  files ??= new Map(
    [...Deno.readDirSync(FOLDER)].map(({ name }) => [name, readFile(name)]),
  );
  return files;
}
