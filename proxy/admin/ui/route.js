// @ts-check

/** @typedef {{kind: 'overview'|'upstream'|'group', name: string}} Route */

/** What the address asks for: #/, #/u/NAME or #/g/NAME. @param {string} hash @returns {Route} */
export function parse(hash) {
  const m = /^#\/(u|g)\/([^/]+)$/.exec(hash);
  if (!m) return { kind: 'overview', name: '' };
  try {
    return { kind: m[1] === 'u' ? 'upstream' : 'group', name: decodeURIComponent(m[2]) };
  } catch {
    return { kind: 'overview', name: '' };
  }
}

/** @param {string} name */
export const toUpstream = (name) => `#/u/${encodeURIComponent(name)}`;
/** @param {string} name */
export const toGroup = (name) => `#/g/${encodeURIComponent(name)}`;
