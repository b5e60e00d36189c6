import { assert, assertEquals } from "@std/assert";
import { mixedRun, usageOf } from "../testing/mixed_run.ts";
import { hasPrometheus, Prometheus, RULES } from "../testing/prometheus.ts";
import { startServer } from "../testing/server.ts";
import { eventually } from "../testing/wait.ts";

const installed = hasPrometheus();

const DASHBOARD = new URL("../../docs/grafana.json", import.meta.url);

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

/** The dashboard's panels, its variables set to everything. */
async function panels(): Promise<readonly Panel[]> {
  const text = await Deno.readTextFile(DASHBOARD);
  const concrete = text.replaceAll("$__rate_interval", "1m")
    .replace(/\$(instance|model)\b/g, ".*");
  return JSON.parse(concrete).panels;
}

Deno.test({
  name: "Prometheus scrapes the ledger's numbers, and the dashboard shows them",
  ignore: !installed || Deno.build.os === "windows",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using server = await startServer();
    const key = await mixedRun(server);
    const { usage } = await usageOf(
      server.baseUrl,
      key,
      "group_by=model,key,outcome",
    );
    await using prometheus = await Prometheus.start(server.baseUrl, key);
    await eventually(async () => {
      const [up] = await prometheus.query("up");
      assertEquals(up?.value[1], "1");
    });

    await t.step(
      "sums by model, key and outcome are the ledger's",
      async () => {
        for (
          const [expression, ...fields] of [
            ["tally_requests_total", "requests"],
            ["tally_tokens_total", "prompt_tokens", "completion_tokens"],
            ["tally_tokens_total{kind='cached'}", "cached_tokens"],
          ]
        ) {
          const samples = await prometheus.query(
            `sum by (model, key, outcome) (${expression})`,
          );
          for (const row of usage) {
            const found = samples.find(({ metric }) =>
              metric["model"] === row["model"] &&
              metric["key"] === row["key"] &&
              metric["outcome"] === row["outcome"]
            );
            const expected = fields.reduce(
              (sum, field) => sum + Number(row[field]),
              0,
            );
            assertEquals(Number(found?.value[1]), expected, `${expression}`);
          }
          assertEquals(samples.length, usage.length);
        }
      },
    );

    await t.step("the ledger and the engines do not differ", async () => {
      const [sample] = await prometheus.query("tally_ledger_difference_tokens");
      assertEquals(sample?.value[1], "0");
    });

    await t.step("every panel of the dashboard has data", async () => {
      for (const { title, targets } of await panels()) {
        for (const { expr } of targets) {
          // Rates need two values.
          await eventually(async () => {
            const samples = await prometheus.query(expr);
            assert(samples.length > 0, `${title}: ${expr}`);
          });
        }
      }
    });

    await t.step(
      "the example alerts are loaded, healthy and silent",
      async () => {
        await eventually(async () => {
          const { groups } = await prometheus.api("rules");
          const [group] = groups as { rules: Record<string, unknown>[] }[];
          assert((group?.rules.length ?? 0) >= 5);
          for (const { name, health, state } of group?.rules ?? []) {
            assertEquals([name, health], [name, "ok"]);
            assert(state !== "firing", String(name));
          }
        });
      },
    );
  },
});

/** Runs promtool on a file. */
async function promtool(...args: readonly string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command("promtool", {
    args: [...args],
  }).output();
  const [out, error] = [stdout, stderr].map((each) =>
    new TextDecoder().decode(each)
  );
  assert(success, `${out}\n${error}`);
}

/** An alert that must fire, for what series and after how long. */
function alertTest(name: string, series: Record<string, string>, at: string) {
  return {
    interval: "1m",
    input_series: Object.entries(series)
      .map(([series, values]) => ({ series, values })),
    promql_expr_test: [{
      expr: `count(ALERTS{alertname="${name}", alertstate="firing"})`,
      eval_time: at,
      exp_samples: [{ labels: "{}", value: 1 }],
    }],
  };
}

Deno.test({
  name: "the example alerts are right, and fire when they should",
  ignore: !installed,
  async fn() {
    await promtool("check", "rules", RULES);
    const requests = (outcome: string) =>
      `tally_requests_total{instance="a",model="m",outcome="${outcome}"}`;
    const bucket = (le: string) =>
      `tally_time_to_first_token_seconds_bucket{instance="a",model="m",le="${le}"}`;
    const tests = [
      alertTest("TallyLedgerDiffers", {
        'tally_ledger_difference_tokens{instance="a"}': "1x10",
      }, "3m"),
      alertTest("TallyLedgerNotWritten", {
        'tally_ledger_unwritten_entries{instance="a"}': "5x20",
      }, "10m"),
      alertTest("TallyRequestsFail", {
        [requests("failed")]: "0+1x30",
        [requests("completed")]: "0+9x30",
      }, "20m"),
      alertTest("TallySlowFirstToken", {
        [bucket("10")]: "0+0x30",
        [bucket("30")]: "0+9x30",
        [bucket("+Inf")]: "0+9x30",
      }, "20m"),
      alertTest("TallyQueueGrows", {
        'tally_queue_length{instance="a"}': "51x20",
      }, "10m"),
    ];
    const file = await Deno.makeTempFile({ suffix: ".json" });
    await Deno.writeTextFile(
      file,
      JSON.stringify({ rule_files: [RULES], tests }),
    );
    await promtool("test", "rules", file);
    await Deno.remove(file);
  },
});
