/**
 * A Python with packages in it, made in `.cache/python` when it is missing.
 *
 * @module
 */

/** Where most packages are; one that wants others has a folder of its own. */
const VENV = ".cache/python";

async function succeeds(command: string, args: string[]): Promise<boolean> {
  try {
    const { success, stderr } = await new Deno.Command(command, {
      args,
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) {
      console.warn(new TextDecoder().decode(stderr));
    }
    return success;
  } catch {
    return false;
  }
}

/** Path of a Python that has the packages, or undefined, which is said loudly. */
export async function findPython(
  packages: readonly string[],
  folder = VENV,
): Promise<string | undefined> {
  const python = `${folder}/bin/python`;
  const install = ["-m", "pip", "install", "-q", ...packages];
  const hasPython = await succeeds(python, ["--version"]) ||
    await succeeds("python3", ["-m", "venv", folder]);
  if (hasPython && await succeeds(python, install)) {
    return python;
  }
  console.warn(`SKIPPED: no Python with ${packages.join(" ")} can be made`);
  return undefined;
}

/** Runs a script; returns the lines `ok NAME` that it printed. */
export async function runPython(
  python: string,
  script: string,
  args: readonly string[],
): Promise<{ passed: string[]; success: boolean; errors: string }> {
  const { success, stdout, stderr } = await new Deno.Command(python, {
    args: [script, ...args],
  }).output();
  const decoder = new TextDecoder();
  const passed = decoder.decode(stdout).split("\n")
    .filter((line) => line.startsWith("ok "))
    .map((line) => line.slice(3));
  return { passed, success, errors: decoder.decode(stderr) };
}
