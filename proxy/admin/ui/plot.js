// @ts-check
// uPlot, drawing a Spec in the page's colours.

/** @typedef {import('./specs.js').Spec} Spec @typedef {import('./specs.js').Line} Line */

/** @type {WeakMap<Element, {plot: uPlot, made: string, size: ResizeObserver}>} */
const plots = new WeakMap();
/** @type {Set<Element>} */
const places = new Set();

export const available = () => typeof uPlot === 'function';

/** Dashes tell versions apart where colours do not. */
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 2], [1, 4]];
const HEIGHT = 168;
const LEAST = 60; // seconds that are shown, at least

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const el of places) plots.get(el)?.plot.redraw(false);
});

/**
 * Draws into el, anew or what has come since.
 * @param {Element} el
 * @param {number[]} at Unix milliseconds
 * @param {Spec} spec
 * @param {number} span seconds to be seen
 * @param {(i: number|null) => void} hover
 */
export function plot(el, at, spec, span, hover) {
  for (const p of places) if (!p.isConnected && p !== el) forget(p);
  const data = /** @type {uPlot.AlignedData} */ ([at.map((t) => t / 1000), ...spec.lines.flatMap((l) => (l.high ? [l.high, l.low ?? [], l.values] : [l.values])), ...(spec.limit === undefined ? [] : [at.map(() => spec.limit ?? 0)])]);
  const made = `${span} ${spec.lines.map((l) => `${l.name} ${l.part} ${l.hue}`).join(',')}`;
  const was = plots.get(el);
  if (was?.made === made) {
    was.plot.setData(data);
    return;
  }
  if (was) forget(el);
  requestAnimationFrame(() => {
    if (!el.isConnected || plots.has(el) || !uPlot) return;
    const u = new uPlot(options(el, spec, span, hover), data, /** @type {HTMLElement} */ (el));
    const size = new ResizeObserver(() => u.setSize({ width: el.clientWidth, height: HEIGHT }));
    size.observe(el);
    plots.set(el, { plot: u, made, size });
    places.add(el);
  });
}

/** @param {Element} el */
function forget(el) {
  const p = plots.get(el);
  p?.size.disconnect();
  p?.plot.destroy();
  plots.delete(el);
  places.delete(el);
}

/** @param {Element} el @param {Spec} spec @param {number} span @param {(i: number|null) => void} hover @returns {uPlot.Options} */
function options(el, spec, span, hover) {
  const color = (/** @type {string} */ name) => () => getComputedStyle(el).getPropertyValue(name).trim();
  /** @type {uPlot.Series[]} */
  const series = [{}];
  /** @type {uPlot.Band[]} */
  const bands = [];
  for (const l of spec.lines) {
    const stroke = color(`--v${l.hue % 6}`);
    if (l.high) {
      bands.push({ series: [series.length, series.length + 1], fill: color(`--v${l.hue % 6}-soft`) });
      series.push({ stroke: () => 'transparent', points: { show: false } }, { stroke: () => 'transparent', points: { show: false } });
    }
    series.push({
      stroke, width: l.thin ? 1 : 2, dash: l.solid ? [] : DASHES[l.hue % DASHES.length], points: { show: false },
      paths: l.step ? uPlot?.paths.stepped?.({ align: 1 }) : undefined,
    });
  }
  if (spec.limit !== undefined) series.push({ stroke: color('--bad'), width: 1.5, dash: [3, 3], points: { show: false } });
  const axis = { stroke: color('--muted'), font: '11px system-ui, sans-serif', ticks: { show: false }, grid: { stroke: color('--grid'), width: 1 } };
  return {
    width: el.clientWidth, height: HEIGHT, padding: [8, 24, 0, 0], series, bands, legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { setScale: false, x: false, y: false }, sync: { key: 'weir' } },
    scales: {
      x: { time: true, range: (u) => { const first = begin(u, spec), end = u.data[0].at(-1) ?? Date.now() / 1000; return [Math.max(end - span, Math.min(first ?? 0, end - LEAST)), end]; } },
      y: { range: (u, low, high) => [Math.min(spec.floor ?? 0, low ?? 0), top(spec, highest(u, spec) ?? high ?? 0)] },
    },
    axes: [
      { ...axis, size: 24, gap: 6, space: 70, values: (_, splits) => splits.map((t) => hour.format(t * 1000)), grid: { show: false } },
      { ...axis, size: 56, gap: 6, space: 34, values: (_, splits) => splits.map((v) => spec.unit(v)) },
    ],
    hooks: { setCursor: [(u) => hover(u.cursor.idx ?? null)] },
  };
}

/** Where there is something to be seen first. @param {uPlot} u @param {Spec} spec */
function begin(u, spec) {
  const i = spec.limit === undefined ? 0 : u.data[1].findIndex((v) => v !== null);
  return u.data[0][Math.max(0, i)];
}

/**
 * A band that is wide for want of requests must not flatten what is known: it is cut
 * off, but for its end.
 * @param {uPlot} u @param {Spec} spec
 */
function highest(u, spec) {
  if (!spec.lines.some((l) => l.high)) return undefined;
  const from = u.data[0].findIndex((t) => t >= (u.scales.x.min ?? 0));
  const seen = spec.lines.flatMap((_, i) => /** @type {number[]} */ (u.data[3 * i + 3] ?? []).slice(Math.max(0, from)).map((v) => v ?? 0));
  const ends = spec.lines.map((_, i) => u.data[3 * i + 1]?.at(-1) ?? 0);
  return Math.max(1.5 * Math.max(0, ...seen), Math.min(Math.max(...ends), 0.1));
}

/** @param {Spec} spec @param {number} high */
const top = (spec, high) => Math.min(spec.most ?? Infinity, Math.max(spec.least, high * 1.1)) * (spec.most === 1 && spec.least === 1 ? 1.02 : 1);

const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
