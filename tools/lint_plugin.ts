/**
 * Rules of `deno lint` that are this project's own.
 *
 * @module
 */

/** Longest function, in lines. */
const LONGEST_FUNCTION = 60;

type FunctionNode =
  | Deno.lint.ArrowFunctionExpression
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression;

const shortFunctions: Deno.lint.Rule = {
  create(context) {
    if (context.filename.endsWith("_test.ts")) {
      return {}; // A test in steps is a list, not a thought to follow.
    }
    const check = (node: FunctionNode) => {
      const text = context.sourceCode.getText(node);
      const lines = text.split("\n").length;
      if (lines > LONGEST_FUNCTION) {
        context.report({
          node,
          message: `${lines} lines, ${LONGEST_FUNCTION} are the most`,
        });
      }
    };
    return {
      ArrowFunctionExpression: check,
      FunctionDeclaration: check,
      FunctionExpression: check,
    };
  },
};

const plugin: Deno.lint.Plugin = {
  name: "tally",
  rules: { "short-functions": shortFunctions },
};

export default plugin;
