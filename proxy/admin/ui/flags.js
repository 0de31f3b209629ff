// @ts-check

import { h } from './dom.js';
import { count, latency, percent, rate, weight, words } from './format.js';
import { pill } from './parts.js';
import { toFlag } from './route.js';

/** @typedef {import('./types').Flag} Flag @typedef {import('./live.js').State} State */

const HUES = 6;
/** The class of a variant's colour. @param {number} i its place in the file */
export const hueOf = (i) => `v${i % HUES}`;

/** @param {import('./types').Window} w */
export const perSecond = (w) => (w.seconds > 0 ? w.requests / w.seconds : 0);

/** All requests that were decided about. @param {Flag} f */
export const decided = (f) => f.variants.reduce((sum, v) => sum + v.window.requests, f.none.requests);

/** @param {Flag} f */
export function standing(f) {
  if (!f.enabled) return pill('down', 'off');
  if (f.rollout) return pill(f.rollout.state, `${words(f.rollout.state)} ${f.rollout.to} ${f.rollout.weight ? weight(f.rollout.weight) : (f.rollout.segments ?? []).join(', ')}`);
  return f.variant === null ? pill('up', 'on') : pill('drift', `${f.variant} for all`);
}

/** What requests get, as a bar. @param {Flag} f */
export const variantBar = (f) => h('div', { class: 'bar', role: 'img', 'aria-label': `Requests: ${f.variants.map((v) => `${v.name} ${percent(v.share)}`).join(', ')}` },
  f.variants.map((v, i) => v.share > 0 && h('span', { key: v.name, class: `seg ${hueOf(i)}`, style: { 'flex-grow': String(v.share) } })));

/** @param {Flag} f */
export const variantLegend = (f) => h('ul', { class: 'legend' }, f.variants.map((v, i) => h('li', { key: v.name, class: v.share === 0 ? 'none' : '' },
  h('i', { class: `swatch ${hueOf(i)}`, 'aria-hidden': 'true' }), h('span', { class: 'name' }, v.name), h('b', null, f.counted ? percent(v.share) : '–'))));

/** All flags at a glance. @param {State} s */
export function flagsPage(s) {
  if (!s.flags) return [h('h1', null, 'Flags'), h('p', { class: 'muted' }, 'Loading…')];
  const off = s.flags.filter((f) => !f.enabled).length;
  return [
    h('div', { class: 'title' }, h('h1', { tabindex: '-1' }, 'Flags'), h('p', { class: 'muted' }, `${count(s.flags.length, 'flag')}${off ? ` · ${off} off` : ''}`)),
    s.flags.length === 0 && h('div', { class: 'card blank' }, h('h2', null, 'No flag yet'), h('p', null, 'Name a file of flags in the configuration, under ', h('code', null, 'flags.files'), ', and reload: they appear here by themselves.')),
    s.flags.length > 0 && h('div', { class: 'card flush' }, h('table', { class: 'stack upstreams flags' },
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Flag'), h('th', { scope: 'col', class: 'split' }, 'Variants'),
        ['Requests/s', 'Errors', 'p50', 'p99'].map((t) => h('th', { scope: 'col', class: 'num', key: t }, t)))),
      h('tbody', null, s.flags.map(row)))),
  ];
}

/** @param {Flag} f */
function row(f) {
  const n = decided(f), windows = [...f.variants.map((v) => v.window), f.none];
  const errors = windows.reduce((sum, w) => sum + w.errors, 0);
  const worst = (/** @type {'p50_ms'|'p99_ms'} */ of) => Math.max(...windows.map((w) => w[of]));
  /** @param {string} label @param {string} name @param {string} text */
  const cell = (label, name, text) => h('td', { class: 'num', 'data-label': label }, h('div', { class: 'cell' }, h('span', { class: 'figure', 'data-value': name }, text)));
  return h('tr', { key: f.key, 'data-flag': f.key },
    h('th', { scope: 'row' }, h('a', { href: toFlag(f.key), class: 'go' }, f.key), h('div', { class: 'under' }, standing(f))),
    h('td', { class: 'split' }, variantBar(f), variantLegend(f)),
    cell('Requests/s', 'rps', f.counted ? rate(windows.reduce((sum, w) => sum + perSecond(w), 0)) : '–'),
    cell('Errors', 'errors', n ? percent(errors / n) : '–'), cell('p50', 'p50', n ? latency(worst('p50_ms')) : '–'), cell('p99', 'p99', n ? latency(worst('p99_ms')) : '–'));
}
