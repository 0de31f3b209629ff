// @ts-check
// Calls of the API. A token, if one is needed, lives as long as the tab.

const KEEP = 'weir.token';

/** A refusal of the server, or none being there (status 0). */
export class Refusal extends Error {
  /** @param {number} status @param {string} title @param {string} detail */
  constructor(status, title, detail) {
    super(detail || title);
    this.status = status;
    this.title = title;
  }
}

export const token = {
  get: () => sessionStorage.getItem(KEEP) ?? '',
  /** @param {string} value */
  set: (value) => (value ? sessionStorage.setItem(KEEP, value) : sessionStorage.removeItem(KEEP)),
};

/** @param {Record<string, string>} [more] @returns {Record<string, string>} */
export function headers(more = {}) {
  const t = token.get();
  return t ? { Authorization: `Bearer ${t}`, ...more } : more;
}

/**
 * @template T
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export const get = (path, signal) => call('GET', path, { signal });

/** @typedef {{body?: unknown, revision?: number, key?: string, signal?: AbortSignal}} Call */

/**
 * @template T
 * @param {string} method
 * @param {string} path
 * @param {Call} [o]
 * @returns {Promise<T>}
 */
export async function call(method, path, o = {}) {
  const h = headers();
  if (o.body !== undefined) h['Content-Type'] = 'application/json';
  if (o.revision) h['If-Match'] = `"${o.revision}"`;
  if (o.key) h['Idempotency-Key'] = o.key;
  let res;
  try {
    res = await fetch(path, {
      method, headers: h, cache: 'no-store', body: o.body === undefined ? undefined : JSON.stringify(o.body),
      signal: o.signal ?? AbortSignal.timeout(15_000),
    });
  } catch (e) {
    throw new Refusal(0, 'Weir does not answer', e instanceof Error && e.name === 'AbortError' ? 'given up' : 'Weir does not answer');
  }
  if (!res.ok) throw await refusal(res);
  return res.json().catch(() => { throw new Refusal(0, 'Weir does not answer', 'its answer broke off'); });
}

/** @param {Response} res */
export async function refusal(res) {
  const p = await res.json().catch(() => ({}));
  return new Refusal(res.status, p.title ?? `status ${res.status}`, p.detail ?? '');
}

/** A key of its own for a command: sent twice, it is done once. */
export function newKey() {
  const b = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('');
}

/** @param {string} name */
export const upstreamPath = (name) => `/v1/upstreams/${encodeURIComponent(name)}`;
/** @param {string} name */
export const groupPath = (name) => `/v1/groups/${encodeURIComponent(name)}`;
/** @param {string} key */
export const flagPath = (key) => `/v1/flags/${encodeURIComponent(key)}`;
