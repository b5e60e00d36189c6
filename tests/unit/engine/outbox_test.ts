import { assertEquals } from "@std/assert";
import { Outbox } from "../../../src/engine/outbox.ts";
import type { RequestEvent, StepEvent } from "../../../src/messages.ts";

function counts(generated: number) {
  return { cached: 0, computed: 3, generated };
}

function progress(id: number, text: string, generated = 1): RequestEvent {
  return { type: "progress", id, counts: counts(generated), text };
}

function cancelled(id: number): RequestEvent {
  return { type: "cancelled", id, counts: counts(9) };
}

function step(generated: number, ...events: RequestEvent[]): StepEvent {
  return { type: "step", events, totals: counts(generated) };
}

/** An outbox and its clock. */
class Fixture {
  now = 0;
  readonly outbox = new Outbox(() => this.now);

  /** Adds a step some milliseconds after the last. */
  after(milliseconds: number, event: StepEvent): StepEvent | undefined {
    this.now += milliseconds;
    return this.outbox.add(event);
  }
}

Deno.test("Outbox.add() sends a first text at once and gathers what follows", () => {
  const fixture = new Fixture();
  const first = step(1, progress(1, "a", 1));
  assertEquals(fixture.after(0, first), first);
  assertEquals(fixture.after(10, step(2, progress(1, "b", 2))), undefined);
  assertEquals(fixture.after(10, step(3, progress(1, "c", 3))), undefined);
  assertEquals(
    fixture.after(13, step(4, progress(1, "d", 4))),
    step(4, progress(1, "b", 2), progress(1, "c", 3), progress(1, "d", 4)),
  );
});

Deno.test("Outbox.add() does not hold up another request's first text", () => {
  const fixture = new Fixture();
  fixture.after(0, step(1, progress(1, "a")));
  assertEquals(fixture.after(1, step(1, progress(2, ""))), undefined);
  assertEquals(fixture.after(1, step(2, progress(1, "b"))), undefined);
  assertEquals(
    fixture.after(1, step(3, progress(2, "x"))),
    step(3, progress(2, ""), progress(1, "b"), progress(2, "x")),
  );
});

Deno.test("Outbox.add() sends an end at once, after what was held", () => {
  const fixture = new Fixture();
  fixture.after(0, step(1, progress(1, "a")));
  fixture.after(1, step(2, progress(1, "b")));
  const end = cancelled(1);
  assertEquals(fixture.after(1, step(2, end)), step(2, progress(1, "b"), end));
  const again = step(3, progress(1, "first"));
  assertEquals(fixture.after(1, again), again);
});

Deno.test("Outbox.add() holds nothing when steps are slow", () => {
  const fixture = new Fixture();
  for (let generated = 1; generated <= 3; generated++) {
    const event = step(generated, progress(1, "slow", generated));
    assertEquals(fixture.after(40, event), event);
  }
});

Deno.test("Outbox.flush() gives what is held, once", () => {
  const fixture = new Fixture();
  fixture.after(0, step(1, progress(1, "a")));
  fixture.after(1, step(2, progress(1, "b", 2)));
  assertEquals(fixture.outbox.flush(), step(2, progress(1, "b", 2)));
  assertEquals(fixture.outbox.flush(), undefined);
});
