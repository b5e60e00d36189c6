/**
 * Settings as `--help` prints them.
 *
 * @module
 */

import {
  type DescribedVariable,
  PASSED_ON,
  type Variable,
  VARIABLES,
  WITHOUT_EFFECT,
} from "../config.ts";

type Row = readonly [name: string, text: string];

function readRow(variable: Variable<unknown>): Row[] {
  const { name, otherName, help, defaultText } = variable;
  const fallback = defaultText === "" ? "" : ` (default ${defaultText})`;
  return [
    [name, help + fallback],
    ...(otherName ? [[otherName, `Read when ${name} is unset`] as const] : []),
  ];
}

function describedRow({ name, help }: DescribedVariable): Row {
  return [name, help];
}

function section(title: string, rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
  return `\n${title}:\n${lines.join("\n")}\n`;
}

/** The settings of one verb. */
export function settingsHelp(...keys: (keyof typeof VARIABLES)[]): string {
  const rows = keys.flatMap((key) => readRow(VARIABLES[key]));
  return section("Environment Variables", rows);
}

/** Every setting there is, and those of Ollama's there are not. */
export function allSettingsHelp(): string {
  return section(
    "Environment Variables",
    Object.values(VARIABLES).flatMap((each) => readRow(each)),
  ) +
    section(
      "Read by drivers, transfers and OpenTelemetry",
      PASSED_ON.map(describedRow),
    ) +
    section("Without effect here", WITHOUT_EFFECT.map(describedRow));
}
