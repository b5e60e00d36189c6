/**
 * Tools as templates take them for granted: with the type and the description
 * of every parameter, which JSON Schemas need not have.
 *
 * @module
 */

type Schema = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON Schema's name for the type of a value. */
function typeOf(value: unknown): string {
  if (value === null) {
    return "null";
  }
  return Array.isArray(value)
    ? "array"
    : Number.isInteger(value)
    ? "integer"
    : typeof value;
}

/** What a `$ref` within the document points to. */
function referent(ref: unknown, root: Schema): Schema | undefined {
  if (typeof ref !== "string" || !ref.startsWith("#/")) {
    return undefined;
  }
  const found = ref.slice(2).split("/").reduce<unknown>(
    (at, key) => isObject(at) ? at[key] : undefined,
    root,
  );
  return isObject(found) ? found : undefined;
}

/** Types a schema allows, by what it says of its values. */
function typesOf(schema: Schema, root: Schema, depth = 0): string[] {
  const { type, enum: values, anyOf, oneOf, allOf, $ref } = schema;
  if (type !== undefined) {
    return [type].flat().map(String);
  }
  if ("const" in schema) {
    return [typeOf(schema.const)];
  }
  if (Array.isArray(values)) {
    return values.map(typeOf);
  }
  const target = referent($ref, root);
  const branches = [anyOf, oneOf, allOf, target].flat().filter(isObject);
  // A schema may refer to itself.
  return depth > 8
    ? []
    : branches.flatMap((branch) => typesOf(branch, root, depth + 1));
}

/** The schema, with the type that what it says implies. */
function complete(schema: Schema, root: Schema): Schema {
  const types = [...new Set(typesOf(schema, root))];
  const { properties, items } = schema;
  return {
    description: "",
    ...schema,
    type: types.length > 1 ? types : types[0] ?? "object",
    ...(isObject(properties)
      ? {
        properties: Object.fromEntries(
          Object.entries(properties)
            .map((
              [key, each],
            ) => [key, isObject(each) ? complete(each, root) : each]),
        ),
      }
      : {}),
    ...(isObject(items) ? { items: complete(items, root) } : {}),
  };
}

/** A tool in OpenAI's shape with nothing left out. */
export function completeTool(tool: unknown): unknown {
  if (!isObject(tool) || !isObject(tool.function)) {
    return tool;
  }
  const { parameters } = tool.function;
  return isObject(parameters)
    ? {
      ...tool,
      function: {
        ...tool.function,
        parameters: complete(parameters, parameters),
      },
    }
    : tool;
}
