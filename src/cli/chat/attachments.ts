/**
 * Images and sounds that a message names by their paths.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { CliError } from "../client.ts";
import { tell } from "../output.ts";

/** Largest file that is sent, bytes. */
const LARGEST_BYTES = 100 * 2 ** 20;

/** A path that begins like one; spaces in it are escaped. */
const PATH =
  /(?:[a-z]:)?(?:\.{0,2}[/\\])(?:\\.|[^\s\\])*?\.(?:jpe?g|png|webp|wav)\b/gi;

/** Text without the paths, and the files they name in base64. */
export interface Attachments {
  readonly text: string;
  readonly images: readonly string[];
}

function startsWith(bytes: Uint8Array, text: string, at = 0): boolean {
  return [...text].every((each, i) => bytes[at + i] === each.charCodeAt(0));
}

/** Whether the first bytes are of a type that models take. */
function isMedia(bytes: Uint8Array): boolean {
  return startsWith(bytes, "\xff\xd8\xff") ||
    startsWith(bytes, "\x89PNG\r\n\x1a\n") ||
    startsWith(bytes, "RIFF") &&
      (startsWith(bytes, "WEBP", 8) || startsWith(bytes, "WAVE", 8));
}

async function readMedia(path: string): Promise<Uint8Array | undefined> {
  let size: number;
  try {
    size = (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return undefined;
    }
    throw error;
  }
  if (size > LARGEST_BYTES) {
    throw new CliError("file size exceeds maximum limit (100MB)");
  }
  const bytes = await Deno.readFile(path);
  if (!isMedia(bytes)) {
    throw new CliError(`invalid file type: ${path} is no image and no sound`);
  }
  return bytes;
}

/** A path as it is; shells and terminals escape spaces by a backslash. */
function unescape(named: string): string {
  return Deno.build.os === "windows" ? named : named.replace(/\\(.)/g, "$1");
}

/** Takes the files that a text names; a path without a file stays text. */
export async function readAttachments(text: string): Promise<Attachments> {
  const images: string[] = [];
  let rest = text;
  for (const [named] of text.matchAll(PATH)) {
    const path = unescape(named);
    const bytes = await readMedia(path);
    if (bytes !== undefined) {
      const kind = /\.wav$/i.test(path) ? "audio" : "image";
      tell(`Added ${kind} '${path}'\n`);
      rest = rest.replace(`'${named}'`, "").replace(named, "");
      images.push(Buffer.from(bytes).toString("base64"));
    }
  }
  return { text: rest.trim(), images };
}
