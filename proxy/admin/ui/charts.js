// @ts-check

import { h } from './dom.js';
import { clock } from './format.js';
import { button, section, swatch } from './parts.js';
import { available, plot } from './plot.js';
import { SPECS } from './specs.js';

/** @typedef {import('./types').Upstream} Upstream @typedef {import('./types').Series} Series @typedef {import('./specs.js').Spec} Spec @typedef {import('./live.js').Live} Live */

const SPANS = [2, 5, 15]; // minutes
let span = SPANS[1];
/** The point under the pointer, in all charts. @type {number|null} */
let hovered = null;
/** Charts that are shown as tables. @type {Set<string>} */
const tables = new Set();
let redraw = () => {};
let asked = false;

/** @param {number|null} i */
function hover(i) {
  if (i === hovered || asked) return;
  hovered = i;
  asked = true;
  requestAnimationFrame(() => { asked = false; redraw(); });
}

/** The charts of an upstream. @param {Upstream} u @param {Series} s @param {Live} live */
export function charts(u, s, live) {
  redraw = () => live.changed(live.state);
  return [
    section('The last minutes', h('div', { class: 'buttons spans', role: 'group', 'aria-label': 'How much is shown' }, SPANS.map((m) => button(`${m} min`, { key: m, class: 'quiet', 'aria-pressed': String(m === span), onclick: () => { span = m; redraw(); } })))),
    s.at.length === 0 && h('p', { class: 'muted' }, 'No traffic yet.'),
    s.at.length > 0 && h('div', { class: 'charts' }, ['share', 'requests', 'errors', 'latency'].map((kind) => chart(kind, u, s))),
  ];
}

/** One chart, with the same in words. @param {string} kind @param {Upstream} u @param {Series} s @param {string} [only] */
export function chart(kind, u, s, only = '') {
  const spec = SPECS[kind](s, only), drawn = available(), table = !drawn || tables.has(kind);
  const i = hovered !== null && hovered < s.at.length ? hovered : s.at.length - 1;
  return h('figure', { key: kind, class: 'chart' },
    h('figcaption', null, !only && h('b', null, spec.title), h('span', { class: 'muted' }, hovered === null ? spec.note : clock(s.at[i])),
      drawn && button(table ? 'Chart' : 'Table', { class: 'quiet', 'aria-label': `${spec.title} as a ${table ? 'chart' : 'table'}`, onclick: () => { if (!tables.delete(kind)) tables.add(kind); redraw(); } })),
    (!only || hovered !== null) && h('ul', { class: 'legend' }, entries(u, spec, i)),
    table ? inTable(s.at, spec) : h('div', {
      class: 'plot', key: 'plot', role: 'img', 'aria-label': `${spec.title}, the last ${span} minutes. Now: ${spec.lines.map((l) => `${l.name} ${l.part} ${value(spec, l.values.at(-1))}`).join(', ')}`,
      mount: (/** @type {Element} */ el) => plot(el, s.at, spec, span * 60, hover),
    }));
}

/** @param {Spec} spec @param {number|null|undefined} n */
const value = (spec, n) => (n === null || n === undefined ? '–' : spec.unit(n));

/** What the lines are now, or under the pointer. @param {Upstream} u @param {Spec} spec @param {number} i */
function entries(u, spec, i) {
  const names = [...new Set(spec.lines.map((l) => l.name))];
  return names.map((name) => h('li', { key: name }, swatch(u, name), h('span', { class: 'name' }, name), spec.lines.filter((l) => l.name === name).map((l) => {
    const low = l.low?.[i], high = l.high?.[i];
    return h('b', { key: l.part }, l.part && `${l.part} `, value(spec, l.values[i]), low !== null && low !== undefined && high !== null && high !== undefined && h('small', { class: 'muted' }, ` ${spec.unit(low)} – ${spec.unit(high)}`));
  })));
}

/** The newest points, one every few seconds. @param {number[]} at @param {Spec} spec */
function inTable(at, spec) {
  const rows = [];
  for (let i = at.length - 1; i >= 0 && rows.length < 12; i -= 5) rows.push(i);
  return h('div', { class: 'scroll', key: 'table', tabindex: '0', role: 'group', 'aria-label': `${spec.title} as a table` }, h('table', { class: 'points' },
    h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'At'), spec.lines.map((l) => h('th', { scope: 'col', class: 'num', key: `${l.name} ${l.part}` }, l.name, l.part && ` ${l.part}`)))),
    h('tbody', null, rows.map((i) => h('tr', { key: at[i] }, h('th', { scope: 'row' }, clock(at[i])), spec.lines.map((l) => h('td', { class: 'num', key: `${l.name} ${l.part}` }, value(spec, l.values[i]))))))));
}
