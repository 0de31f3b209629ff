// @ts-check

/** @typedef {{kind: 'overview'|'upstream'|'group'|'flags'|'flag', name: string}} Route */

/** @type {Record<string, Route['kind']>} */
const KINDS = { u: 'upstream', g: 'group', f: 'flag' };

/** What the address asks for: #/, #/u/NAME, #/g/NAME, #/flags or #/f/KEY. @param {string} hash @returns {Route} */
export function parse(hash) {
  if (hash === '#/flags') return { kind: 'flags', name: '' };
  const m = /^#\/(u|g|f)\/([^/]+)$/.exec(hash);
  if (!m) return { kind: 'overview', name: '' };
  try {
    return { kind: KINDS[m[1]], name: decodeURIComponent(m[2]) };
  } catch {
    return { kind: 'overview', name: '' };
  }
}

/** @param {string} name */
export const toUpstream = (name) => `#/u/${encodeURIComponent(name)}`;
/** @param {string} name */
export const toGroup = (name) => `#/g/${encodeURIComponent(name)}`;
/** @param {string} key */
export const toFlag = (key) => `#/f/${encodeURIComponent(key)}`;
