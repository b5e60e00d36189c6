/**
 * Makes and finds elements. Text goes in as text, never as HTML.
 *
 * @module
 */

/**
 * An element with properties and children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} [properties]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/**
 * An element of a drawing with attributes and children.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function drawing(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/**
 * The page's element of that id, which must be of that class.
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) {
    throw new TypeError(`Cannot find the ${type.name} "${id}"`);
  }
  return found;
}

/**
 * Writes a text, when it is another one.
 * @param {string} id
 * @param {string} text
 */
export function write(id, text) {
  const place = byId(id, HTMLElement);
  if (place.textContent !== text) {
    place.textContent = text;
  }
}

/**
 * A row of a table; the first cell is the row's heading, numbers stand right.
 * @param {string} tag `td`, or `th` for rows of headings
 * @param {readonly { label: string, content: Node | string, number?: boolean }[]} cells
 */
export function tableRow(tag, cells) {
  return element(
    "tr",
    {},
    ...cells.map(({ label, content, number }, index) => {
      const heading = index === 0 || tag === "th";
      const cell = element(heading ? "th" : "td", {}, content);
      if (heading) {
        cell.setAttribute("scope", tag === "th" ? "col" : "row");
      }
      cell.dataset["label"] = label;
      cell.classList.toggle("number", number ?? false);
      return cell;
    }),
  );
}
