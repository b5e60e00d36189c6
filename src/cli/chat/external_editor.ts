/**
 * Writes a message in the person's own editor.
 *
 * @module
 */

import { readVariable, VARIABLES } from "../../config.ts";
import { CliError } from "../client.ts";

/** The editor's command line. */
function editorCommand(): string[] {
  const fallback = Deno.build.os === "windows" ? "notepad" : "vi";
  const command = readVariable(VARIABLES.editor) || Deno.env.get("VISUAL") ||
    Deno.env.get("EDITOR") || fallback;
  return command.split(/\s+/).filter(Boolean);
}

/** Opens an editor on the text; what was written. */
export async function editExternally(text: string): Promise<string> {
  const [command = "", ...args] = editorCommand();
  const path = await Deno.makeTempFile({
    prefix: "tally-message-",
    suffix: ".txt",
  });
  try {
    await Deno.writeTextFile(path, text);
    const { success, code } = await new Deno.Command(command, {
      args: [...args, path],
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn().status;
    if (!success) {
      throw new CliError(`editor exited with error: exit status ${code}`);
    }
    return (await Deno.readTextFile(path)).replace(/\n+$/, "");
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new CliError(
        `editor "${command}" not found, set OLLAMA_EDITOR to the path of ` +
          "your preferred editor",
        { cause },
      );
    }
    throw cause;
  } finally {
    await Deno.remove(path);
  }
}
