/**
 * A wall clock that a test can set for other processes: Debian's libfaketime,
 * loaded before everything else. Clocks that never jump stay as they are.
 *
 * @module
 */

const FOLDERS = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
  .map((each) => `/usr/lib/${each}/faketime`);

function findLibrary(): string | undefined {
  const paths = FOLDERS.map((folder) => `${folder}/libfaketime.so.1`);
  return paths.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** See the module's description. */
export class FakedClock implements Disposable {
  readonly #file = Deno.makeTempFileSync();
  readonly #library = findLibrary();

  constructor() {
    this.set(0);
    if (this.#library === undefined) {
      console.warn(
        "NO FAKETIME: no clock will jump. Run: apt install faketime",
      );
    }
  }

  /** What a process has to be started with. */
  get env(): Record<string, string> {
    return this.#library === undefined ? {} : {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_CACHE_DURATION: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  }

  /** Seconds between the clock and the true time, within a second. */
  set(seconds: number): void {
    const sign = seconds < 0 ? "-" : "+";
    Deno.writeTextFileSync(this.#file, `${sign}${Math.abs(seconds)}s\n`);
  }

  [Symbol.dispose]() {
    Deno.removeSync(this.#file);
  }
}
