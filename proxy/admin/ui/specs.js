// @ts-check
// What each chart shows of a series.

import { latency, percent, rate, times } from './format.js';
import { rolling, wilson } from './stats.js';

/** @typedef {import('./types').Series} Series @typedef {(number|null)[]} Column */
/**
 * @typedef {{name: string, part: string, hue: number, values: Column, low?: Column, high?: Column, step?: boolean, thin?: boolean, solid?: boolean}} Line
 * @typedef {{title: string, note: string, unit: (n: number) => string, lines: Line[], least: number, most?: number, floor?: number, limit?: number}} Spec
 */

/** Seconds that an error rate is of: with fewer it is noise. */
export const SMOOTH = 10;

/** @type {Record<string, (s: Series, only: string) => Spec>} */
export const SPECS = {
  share: (s) => ({
    title: 'Traffic share', note: 'of new requests', unit: percent, least: 1, most: 1,
    lines: s.versions.map((v, hue) => ({ name: v.name, part: '', hue, values: v.share, step: true })),
  }),
  requests: (s) => ({
    title: 'Requests per second', note: `first attempts, over ${SMOOTH} s`, unit: rate, least: 1,
    lines: s.versions.map((v, hue) => ({ name: v.name, part: '', hue, values: perSecond(s, v.requests) })),
  }),
  errors: (s) => ({
    title: 'Error rate', note: `over ${SMOOTH} s, with where the true rate is to 95%`, unit: percent, least: 0.01, most: 1,
    lines: s.versions.map((v, hue) => errorLine(v, hue)),
  }),
  latency: (s) => ({
    title: 'Latency', note: 'of each second; p50 bold, p99 thin', unit: latency, least: 1,
    lines: s.versions.flatMap((v, hue) => [
      { name: v.name, part: 'p50', hue, values: v.p50_ms.map(orNull) },
      { name: v.name, part: 'p99', hue, values: v.p99_ms.map(orNull), thin: true },
    ]),
  }),
  evidence: (s, only) => {
    const e = s.evidence.find((x) => x.version === only), hue = Math.max(0, s.versions.findIndex((v) => v.name === only));
    const limit = e?.threshold_log10 ?? 2;
    return {
      title: `Evidence that ${only} is worse`, note: `1 is none, the dotted line at ${times(10 ** limit)} reverts`, unit: (n) => times(10 ** n), least: limit * 1.15, floor: -1, limit,
      lines: [{ name: only, part: '', hue, values: e?.log10_e ?? [], solid: true }],
    };
  },
};

/** @param {Series} s @param {Column} requests @returns {Column} */
function perSecond(s, requests) {
  const sum = rolling(requests.map((n) => n ?? 0), SMOOTH);
  return requests.map((n, i) => (n === null ? null : (sum[i] * 1000) / (Math.min(i + 1, SMOOTH) * s.interval_ms)));
}

/** No answers have no latency. @param {number|null} ms */
const orNull = (ms) => ms || null;

/** @param {import('./types').VersionLines} v @param {number} hue @returns {Line} */
function errorLine(v, hue) {
  const requests = rolling(v.requests.map((n) => n ?? 0), SMOOTH), errors = rolling(v.errors.map((n) => n ?? 0), SMOOTH);
  const bounds = requests.map((n, i) => (n > 0 && v.requests[i] !== null ? wilson(errors[i], n) : null));
  return {
    name: v.name, part: '', hue, values: requests.map((n, i) => (bounds[i] ? errors[i] / n : null)),
    low: bounds.map((x) => (x ? x[0] : null)), high: bounds.map((x) => (x ? x[1] : null)),
  };
}
