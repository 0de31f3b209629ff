// @ts-check
// The last minutes of an upstream, second by second, as far as they are known here.

/** @typedef {import('./types').Series} Series */

/** @typedef {(number|null)[]} Column */

/** Points kept: fifteen minutes. */
const KEPT = 900;

/**
 * Appends what came since; a change of the versions begins anew, and needs all of it.
 * @param {Series|null} was
 * @param {Series} more
 * @returns {Series|null} null: ask for all
 */
export function join(was, more) {
  if (!was) return fill(more, []);
  if (!more.at.length) return was;
  const names = (/** @type {Series} */ s) => s.versions.map((v) => v.name).join('\n');
  if (names(was) !== names(more)) return null;
  return fill(more, was.at, was);
}

/**
 * Puts the columns of two series behind each other, with an empty point where
 * nothing was sampled, so that no line is drawn across.
 * @param {Series} more
 * @param {number[]} before
 * @param {Series} [was]
 * @returns {Series}
 */
function fill(more, before, was) {
  const at = [...before];
  /** @type {(number|null)[]} index into more, null for a gap */
  const take = [];
  more.at.forEach((t, i) => {
    const last = at.at(-1);
    if (last !== undefined && t <= last) return;
    if (last !== undefined && t - last > 3 * more.interval_ms) {
      at.push(last + more.interval_ms);
      take.push(null);
    }
    at.push(t);
    take.push(i);
  });
  const drop = Math.max(0, at.length - KEPT);
  /** @param {Column|undefined} a @param {Column|undefined} b */
  const column = (a, b) => {
    const old = before.map((_, i) => a?.[i] ?? null);
    return /** @type {any} */ ([...old, ...take.map((i) => (i === null ? null : b?.[i] ?? null))].slice(drop));
  };
  const old = (/** @type {string} */ name) => was?.versions.find((v) => v.name === name);
  const judged = [...new Set([...(was?.evidence ?? []), ...(more.evidence ?? [])].map((e) => e.version))];
  return {
    interval_ms: more.interval_ms,
    at: at.slice(drop),
    users: {
      requests: column(was?.users.requests, more.users.requests),
      errors: column(was?.users.errors, more.users.errors),
      p50_ms: column(was?.users.p50_ms, more.users.p50_ms),
      p99_ms: column(was?.users.p99_ms, more.users.p99_ms),
    },
    versions: more.versions.map((v) => ({
      name: v.name,
      share: column(old(v.name)?.share, v.share),
      requests: column(old(v.name)?.requests, v.requests),
      errors: column(old(v.name)?.errors, v.errors),
      p50_ms: column(old(v.name)?.p50_ms, v.p50_ms),
      p90_ms: column(old(v.name)?.p90_ms, v.p90_ms),
      p99_ms: column(old(v.name)?.p99_ms, v.p99_ms),
    })),
    evidence: judged.map((version) => {
      const a = was?.evidence.find((e) => e.version === version), b = more.evidence?.find((e) => e.version === version);
      return { version, log10_e: column(a?.log10_e, b?.log10_e), threshold_log10: (b ?? a)?.threshold_log10 ?? 2 };
    }),
  };
}
