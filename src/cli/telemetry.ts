/**
 * OpenTelemetry of a server, when its variables ask for it.
 *
 * @module
 */

import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { readTelemetrySettings } from "../usage/telemetry/settings.ts";
import type { Accounting } from "./accounting.ts";

/** Reports every request from now on; the answer sends what is left. */
export async function openTelemetry(
  { host, serverName }: Config,
  { listeners }: Accounting,
  log: Log,
): Promise<() => Promise<void>> {
  const settings = readTelemetrySettings((name) => Deno.env.get(name));
  settings?.warnings.forEach((warning) => log.warn(warning));
  if (!settings?.metrics && !settings?.traces) {
    return () => Promise.resolve();
  }
  const { Telemetry } = await import("../usage/telemetry/telemetry.ts");
  const telemetry = new Telemetry({ settings, server: host, serverName, log });
  listeners.push((request) => telemetry.add(request));
  return () => telemetry.close();
}
