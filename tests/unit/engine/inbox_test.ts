import { assertEquals } from "@std/assert";
import { type EngineInput, Inbox } from "../../../src/engine/inbox.ts";
import type { EngineCommand } from "../../../src/messages.ts";

const CANCEL: EngineCommand = { type: "cancel", id: 1 };
const THREADS: EngineCommand = { type: "threads", count: 2 };

function line(command: EngineCommand): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(command)}\n`);
}

/** An input of which parts are there, and others are read by hand. */
class FakeInput implements EngineInput {
  readonly there: (Uint8Array | null)[] = [];
  reads = 0;
  arrive!: (bytes: Uint8Array | null) => void;

  readonly poll = () => this.there.shift();
  readonly read = () => {
    this.reads++;
    return new Promise<Uint8Array | null>((resolve) => this.arrive = resolve);
  };
}

Deno.test("Inbox.take() takes all that is there without waiting", () => {
  const input = new FakeInput();
  const inbox = new Inbox(input);
  assertEquals(inbox.take(), []);
  input.there.push(line(CANCEL), line(THREADS));
  assertEquals(inbox.take(), [CANCEL, THREADS]);
  assertEquals([inbox.take(), inbox.closed, input.reads], [[], false, 0]);
});

Deno.test("Inbox.take() puts commands together that came in parts", () => {
  const input = new FakeInput();
  const inbox = new Inbox(input);
  const bytes = line(CANCEL);
  input.there.push(bytes.subarray(0, 5));
  assertEquals(inbox.take(), []);
  input.there.push(bytes.subarray(5), null);
  assertEquals([inbox.take(), inbox.closed], [[CANCEL], true]);
});

Deno.test("Inbox.wait() ends with a command or a wake-up, and reads once", async () => {
  const input = new FakeInput();
  const inbox = new Inbox(input);
  const waited = inbox.wait();
  inbox.wake();
  await waited;
  const again = inbox.wait();
  assertEquals(input.reads, 1);
  input.arrive(line(CANCEL));
  await again;
  assertEquals(inbox.take(), [CANCEL]);
});

Deno.test("Inbox.take() leaves to a read under way what it will read", async () => {
  const input = new FakeInput();
  const inbox = new Inbox(input);
  const waited = inbox.wait();
  inbox.wake();
  await waited;
  input.there.push(line(THREADS));
  assertEquals(inbox.take(), []);
  input.arrive(line(CANCEL));
  await Promise.resolve();
  assertEquals(inbox.take(), [CANCEL, THREADS]);
});

Deno.test("Inbox.first() waits for a command, and knows the end", async () => {
  const input = new FakeInput();
  const inbox = new Inbox(input);
  const first = inbox.first();
  input.arrive(line(CANCEL));
  assertEquals(await first, CANCEL);
  const second = inbox.first();
  input.arrive(null);
  assertEquals([await second, inbox.closed], [undefined, true]);
  await inbox.wait();
  assertEquals(input.reads, 2);
});
