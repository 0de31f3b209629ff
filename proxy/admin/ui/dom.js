// @ts-check
// The page is described anew on every change, and what differs is put right. Text
// becomes text nodes and nothing else: no name or reason is ever read as HTML.

/**
 * @typedef {{tag: string, key: string|undefined, props: Record<string, any>, kids: (string|Item)[]}} Item
 * @typedef {string|number|Item|null|undefined|false} Kid
 * @typedef {Kid|Kid[]} Kids
 */

const SVG = new Set(['svg', 'path', 'line', 'circle', 'rect', 'g']);

/** What a node was described as last. @type {WeakMap<Node, Item>} */
const made = new WeakMap();

/**
 * Describes an element. key keeps it the same one while its neighbours change; on...
 * are handlers, style is an object. With mount the inside is the caller's: it is
 * called with the element, and again at each change.
 * @param {string} tag
 * @param {Record<string, any>|null} [props]
 * @param {...Kids} kids
 * @returns {Item}
 */
export function h(tag, props, ...kids) {
  const { key, ...rest } = props ?? {};
  /** @type {(string|Item)[]} */
  const flat = [];
  for (const k of /** @type {Kid[]} */ (kids.flat(2))) {
    if (k === null || k === undefined || k === false || k === '') continue;
    flat.push(typeof k === 'object' ? k : String(k));
  }
  return { tag, key: key === undefined ? undefined : String(key), props: rest, kids: flat };
}

/**
 * Makes the inside of parent what kids say.
 * @param {Element} parent
 * @param {...Kids} kids
 */
export function render(parent, ...kids) {
  patch(parent, h('x', null, ...kids).kids);
}

/** @param {Element} parent @param {(string|Item)[]} kids */
function patch(parent, kids) {
  const keys = new Set(kids.map((k) => (typeof k === 'object' ? k.key : undefined)));
  /** @type {Map<string, ChildNode>} */
  const keyed = new Map();
  for (const node of [...parent.childNodes]) {
    const key = made.get(node)?.key;
    if (key === undefined) continue;
    // Gone first: what stays is then not moved, which would cost it the focus.
    if (keys.has(key)) keyed.set(key, node);
    else node.remove();
  }
  let at = parent.firstChild;
  for (const kid of kids) {
    const node = reusable(kid, at, keyed);
    if (!node) {
      parent.insertBefore(create(kid), at);
      continue;
    }
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
    if (typeof kid === 'object') update(/** @type {Element} */ (node), kid);
    else if (node.nodeValue !== kid) node.nodeValue = kid;
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/**
 * @param {string|Item} kid
 * @param {ChildNode|null} at
 * @param {Map<string, ChildNode>} keyed
 */
function reusable(kid, at, keyed) {
  if (typeof kid === 'string') return at?.nodeType === Node.TEXT_NODE ? at : null;
  const node = kid.key === undefined ? at : keyed.get(kid.key);
  const was = node && made.get(node);
  return was && was.key === kid.key && was.tag === kid.tag ? node : null;
}

/** @param {string|Item} kid @returns {Node} */
function create(kid) {
  if (typeof kid === 'string') return document.createTextNode(kid);
  const el = SVG.has(kid.tag)
    ? document.createElementNS('http://www.w3.org/2000/svg', kid.tag)
    : document.createElement(kid.tag);
  update(el, kid);
  return el;
}

/** @param {Element} el @param {Item} item */
function update(el, item) {
  const was = made.get(el)?.props ?? {};
  made.set(el, item);
  for (const name in was) if (!(name in item.props)) set(el, name, undefined, was[name]);
  if (!item.props.mount) patch(el, item.kids);
  for (const name in item.props) set(el, name, item.props[name], was[name]);
  item.props.mount?.(el);
}

/** @param {any} el @param {string} name @param {any} value @param {any} was */
function set(el, name, value, was) {
  if (name === 'mount' || value === was) return;
  if (name.startsWith('on')) el[name] = value ?? null;
  else if (name === 'style') restyle(el.style, value ?? {}, was ?? {});
  else if (name === 'value' || name === 'checked') el[name] = value ?? '';
  else if (value === undefined || value === null || value === false) el.removeAttribute(name);
  else el.setAttribute(name, value === true ? '' : String(value));
}

/** @param {CSSStyleDeclaration} style @param {Record<string, string>} value @param {Record<string, string>} was */
function restyle(style, value, was) {
  for (const k in was) if (!(k in value)) style.removeProperty(k);
  for (const k in value) if (value[k] !== was[k]) style.setProperty(k, value[k]);
}
