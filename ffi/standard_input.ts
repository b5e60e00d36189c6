/**
 * Whether standard input has something to read, without waiting for it.
 *
 * @module
 */

/** `POLLIN` of poll.h, of Linux and macOS alike. */
const POLLIN = 1;

/** `STD_INPUT_HANDLE` of Windows' processenv.h. */
const STD_INPUT_HANDLE = -10;

/** `poll(2)` of the C library. */
function openPoll(path: string): () => boolean {
  const { symbols } = Deno.dlopen(path, {
    poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  });
  // struct pollfd { int fd; short events; short revents; }, of descriptor 0.
  const descriptor = new Int16Array([0, 0, POLLIN, 0]);
  return () => symbols.poll(descriptor, 1n, 0) > 0;
}

/** `PeekNamedPipe` of Windows' namedpipeapi.h; standard input is a pipe. */
function openPeek(): () => boolean {
  const { symbols } = Deno.dlopen("kernel32.dll", {
    GetStdHandle: { parameters: ["i32"], result: "pointer" },
    PeekNamedPipe: {
      parameters: ["pointer", "pointer", "u32", "pointer", "buffer", "pointer"],
      result: "i32",
    },
  });
  const pipe = symbols.GetStdHandle(STD_INPUT_HANDLE);
  const available = new Uint32Array(1);
  return () => {
    const answer = symbols.PeekNamedPipe(pipe, null, 0, null, available, null);
    // A pipe that is broken can be read: its end.
    return answer === 0 || available[0] !== 0;
  };
}

/** Opens the question; it takes microseconds to ask. */
export function openInputQuestion(): () => boolean {
  switch (Deno.build.os) {
    case "windows":
      return openPeek();
    case "darwin":
      return openPoll("libSystem.dylib");
    default:
      return openPoll("libc.so.6");
  }
}
