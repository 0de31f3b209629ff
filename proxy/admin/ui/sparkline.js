// @ts-check

import { h } from './dom.js';

const W = 88, H = 22;

/** The last minute or so of a rate, as a shape beside its figure. @param {number[]} values */
export function sparkline(values) {
  const top = Math.max(...values, 0);
  if (values.length < 2 || top === 0) return h('svg', { class: 'spark', viewBox: `0 0 ${W} ${H}`, 'aria-hidden': 'true' }, h('path', { class: 'line', d: `M0 ${H - 1}H${W}` }));
  const step = W / (90 - 1), x0 = W - (values.length - 1) * step;
  const points = values.map((v, i) => `${(x0 + i * step).toFixed(1)} ${(H - 1 - (v / top) * (H - 3)).toFixed(1)}`);
  return h('svg', { class: 'spark', viewBox: `0 0 ${W} ${H}`, 'aria-hidden': 'true' },
    h('path', { class: 'area', d: `M${x0.toFixed(1)} ${H}L${points.join('L')}L${W} ${H}Z` }), h('path', { class: 'line', d: `M${points.join('L')}` }));
}
