/**
 * Functions that OpenAI's clients group in namespaces. Models know no groups,
 * so they see one name made of both.
 *
 * @module
 */

const BETWEEN = "__";

/** A function's name as models see it. */
export function fullToolName(
  name: string,
  namespace: string | null | undefined,
): string {
  return namespace ? namespace + BETWEEN + name : name;
}

/** The names that a model's name of a function is made of. */
export function splitToolName(
  fullName: string,
  namespaces: readonly string[],
): { name: string; namespace?: string } {
  const namespace = namespaces
    .find((each) => fullName.startsWith(each + BETWEEN));
  return namespace === undefined
    ? { name: fullName }
    : { name: fullName.slice((namespace + BETWEEN).length), namespace };
}
