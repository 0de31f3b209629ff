// @ts-check
// Numbers and times as people read them.

/** A count or a rate: three digits are enough to see a change. @param {number} n */
export function number(n) {
  if (!Number.isFinite(n)) return '–';
  const a = Math.abs(n);
  const digits = a === 0 || a >= 100 ? 0 : a >= 10 ? 1 : 2;
  return trim(n.toFixed(digits)).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, '\u202f');
}

/** A rate that changes all the time: of a steady width. @param {number} n */
export const rate = (n) => (n > 0 && n < 10 ? n.toFixed(1) : number(Math.round(n)));

/** A part of the whole, 0 to 1. @param {number} p */
export function percent(p) {
  if (!Number.isFinite(p)) return '–';
  const x = p * 100;
  if (x > 0 && x < 0.01) return '<0.01%';
  if (x < 100 && x > 99.99) return '>99.99%';
  return `${trim(x.toFixed(x >= 99.9 || x < 1 ? 2 : x < 10 ? 2 : 1))}%`;
}

/** A percentage, 0 to 100, as a step of a plan has it. @param {number} w */
export const weight = (w) => percent(w / 100);

/** Milliseconds. @param {number|null|undefined} ms */
export function latency(ms) {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return '–';
  if (ms === 0) return '0 ms';
  if (ms >= 10_000) return `${trim((ms / 1000).toFixed(1))} s`;
  if (ms >= 1000) return `${trim((ms / 1000).toFixed(2))} s`;
  return `${ms.toFixed(ms >= 100 ? 0 : ms >= 10 ? 1 : 2)} ms`;
}

/** @param {string} s */
const trim = (s) => (s.includes('.') ? s.replace(/\.?0+$/, '') : s);

/** Seconds, with one or two units: 45s, 2m 5s, 3h. @param {number} s */
export function duration(s) {
  if (!Number.isFinite(s) || s < 0) return '–';
  if (s < 1) return s === 0 ? '0s' : `${Math.max(1, Math.round(s * 1000))}ms`;
  if (s < 10) return `${trim(s.toFixed(1))}s`;
  s = Math.round(s);
  const units = [['d', 86400], ['h', 3600], ['m', 60], ['s', 1]];
  const i = units.findIndex(([, size]) => s >= Number(size));
  const [unit, size] = /** @type {[string, number]} */ (units[i]);
  const rest = s % size;
  if (!rest || i + 1 >= units.length) return `${Math.floor(s / size)}${unit}`;
  const [next, part] = /** @type {[string, number]} */ (units[i + 1]);
  const more = Math.floor(rest / part);
  return `${Math.floor(s / size)}${unit}${more ? ` ${more}${next}` : ''}`;
}

/** How long ago a time was. @param {string} at @param {number} [now] */
export function ago(at, now = Date.now()) {
  const s = (now - Date.parse(at)) / 1000;
  return s < 2 ? 'now' : `${duration(Math.floor(s))} ago`;
}

const clockOf = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayOf = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** The time of a day; with the day, unless it is today. @param {string|number} at */
export function clock(at) {
  const d = new Date(at);
  if (Number.isNaN(d.getTime())) return '–';
  return d.toDateString() === new Date().toDateString() ? clockOf.format(d) : `${dayOf.format(d)} ${clockOf.format(d)}`;
}

/** One word of the API in words. @param {string} word */
export const words = (word) => word.replaceAll('_', ' ');

/** @param {number} n @param {string} one @param {string} [many] */
export const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

/** An e-value: how many times likelier "worse" has become. @param {number} e */
export function times(e) {
  if (!Number.isFinite(e)) return '–';
  if (e >= 10_000) {
    const power = Math.floor(Math.log10(e) + 1e-9), mantissa = trim((e / 10 ** power).toFixed(1));
    return `${mantissa === '1' ? '' : `${mantissa}×`}10${[...String(power)].map((d) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(d)]).join('')}`;
  }
  return e < 0.01 ? '<0.01' : number(e);
}
