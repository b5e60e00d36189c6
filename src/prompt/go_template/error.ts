/**
 * Errors that name a place in a template, as Go words them.
 *
 * @module
 */

function place(text: string, at: number): string {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  return `${line}:${at - before.lastIndexOf("\n")}`;
}

/** A template that cannot be parsed; lines and columns count from 1. */
export function templateError(
  text: string,
  at: number,
  message: string,
): SyntaxError {
  return new SyntaxError(`template: :${place(text, at)}: ${message}`);
}

/** A template that was parsed but cannot be rendered with its data. */
export class TemplateFailure extends Error {
  override readonly name = "TemplateFailure";

  constructor(text: string, at: number, message: string) {
    super(`template: :${place(text, at)}: ${message}`);
  }
}
