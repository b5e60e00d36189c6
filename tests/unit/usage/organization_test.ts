import { assertEquals, assertObjectMatch, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import {
  readOrganizationQuery,
  toOrganizationPage,
} from "../../../src/usage/organization.ts";
import type { UsageGroup } from "../../../src/usage/query.ts";

const DAY = 86_400;
const START = Date.UTC(2026, 0, 1) / 1000;
const NOW = (START + 10 * DAY + 5) * 1000;

function read(text: string) {
  return readOrganizationQuery("completions", new URLSearchParams(text), NOW);
}

const GROUP: UsageGroup = {
  at: START * 1000,
  model: "m",
  requests: 2,
  cached: 800,
  computed: 200,
  generated: 500,
  reasoning: 0,
  durationNs: 0,
  queueNs: 0,
  loadNs: 0,
  promptNs: 0,
  decodeNs: 0,
  firstTokenNs: 0,
  begun: 2,
};

Deno.test("toOrganizationPage() has OpenAI's shape, empty buckets too", () => {
  const page = read(`start_time=${START}&limit=2&group_by=model`);
  assertEquals(toOrganizationPage(page, [GROUP]), {
    object: "page",
    data: [
      {
        object: "bucket",
        start_time: START,
        end_time: START + DAY,
        results: [{
          object: "organization.usage.completions.result",
          input_tokens: 1000,
          input_cached_tokens: 800,
          input_uncached_tokens: 200,
          output_tokens: 500,
          input_audio_tokens: 0,
          output_audio_tokens: 0,
          num_model_requests: 2,
          project_id: null,
          user_id: null,
          api_key_id: null,
          model: "m",
          batch: null,
          service_tier: null,
        }],
      },
      {
        object: "bucket",
        start_time: START + DAY,
        end_time: START + 2 * DAY,
        results: [],
      },
    ],
    has_more: true,
    next_page: `page_${(START + 2 * DAY) * 1000}`,
  });
});

Deno.test("readOrganizationQuery() pages through all days once", () => {
  const seen: number[] = [];
  let page = "";
  for (let turn = 0; turn < 10; turn++) {
    const read_ = read(`start_time=${START}&limit=3&page=${page}`);
    const { data, next_page } = toOrganizationPage(read_, []);
    seen.push(...data.map(({ start_time }) => start_time));
    if (next_page === null) {
      break;
    }
    page = next_page;
  }
  const days = Array.from({ length: 11 }, (_, day) => START + day * DAY);
  assertEquals(seen, days);
});

Deno.test("readOrganizationQuery() filters and groups by what there is", () => {
  const { query, isEmpty } = read(
    `start_time=${START}&bucket_width=1h&group_by[]=api_key_id&group_by=project_id` +
      "&models=a,b&api_key_ids[]=team&user_ids=ann",
  );
  assertEquals(isEmpty, false);
  assertObjectMatch(query, { groupBy: ["key"], bucket: "hour", scope: "all" });
  assertObjectMatch(query.only, {
    model: ["a", "b"],
    key: ["team"],
    end_user: ["ann"],
    outcome: ["completed", "cancelled", "failed"],
  });
  const other = read(`start_time=${START}&project_ids=p`);
  assertEquals(toOrganizationPage(other, [GROUP]).data[0]?.results, []);
});

Deno.test("readOrganizationQuery() names what it cannot read", () => {
  for (
    const [text, param] of [
      ["", "start_time"],
      ["start_time=x", "start_time"],
      ["start_time=1&end_time=x", "end_time"],
      ["start_time=1&bucket_width=2d", "bucket_width"],
      ["start_time=1&limit=32", "limit"],
      ["start_time=1&page=2", "page"],
      ["start_time=1&group_by=colour", "group_by"],
    ] as const
  ) {
    const error = assertThrows(() => read(text), ServerError);
    assertEquals([error.kind, error.param], ["bad_request", param], text);
  }
});
