// @ts-check

import { h } from './dom.js';
import { ago, number } from './format.js';
import { button, pill, section, serves, standing, swatch } from './parts.js';
import { endpoint } from './actions.js';

/** @typedef {import('./types').Upstream} Upstream @typedef {import('./types').Endpoint} Endpoint */

/** So many are shown without being asked for. */
const FEW = 12;
/** The upstream of which all are shown. */
let whole = '';

/** @param {Upstream} u @param {boolean} may @param {() => Upstream|null} now @param {() => void} redraw */
export function endpoints(u, may, now, redraw) {
  const all = u.versions.flatMap((v) => v.endpoints.map((e) => ({ version: v.name, e })));
  const many = all.length > FEW && whole !== u.name;
  // Of many, those that do not serve are what somebody looks for.
  const shown = many ? [...all.filter((x) => !serves(x.e)), ...all.filter((x) => serves(x.e))].slice(0, FEW) : all;
  const up = all.filter((x) => serves(x.e)).length;
  return h('section', { class: 'card', 'aria-label': 'Endpoints' }, section('Endpoints', h('span', { class: 'muted' }, `${up} of ${all.length} serve`)),
    h('table', { class: 'stack endpoints' },
      h('thead', null, h('tr', null, ['Endpoint', 'Version', 'State', 'Since', 'Cause'].map((t) => h('th', { scope: 'col', key: t }, t)),
        h('th', { scope: 'col', class: 'num' }, 'In flight'), h('th', { scope: 'col', class: 'num' }, 'Weight'), may && h('th', { scope: 'col' }, h('span', { class: 'unseen' }, 'Actions')))),
      h('tbody', null, shown.map(({ version, e }) => row(u, version, e, may, now)))),
    many && h('div', { class: 'buttons more' }, button(`Show all ${all.length}`, { onclick: () => { whole = u.name; redraw(); } })));
}

/** @param {Upstream} u @param {string} version @param {Endpoint} e @param {boolean} may @param {() => Upstream|null} now */
function row(u, version, e, may, now) {
  return h('tr', { key: `${version} ${e.address}`, 'data-endpoint': e.address },
    h('th', { scope: 'row' }, h('code', null, e.address), e.name && h('span', { class: 'muted' }, ` ${e.name}`), e.backup && h('span', { class: 'tag' }, 'backup')),
    h('td', { 'data-label': 'Version' }, swatch(u, version), ' ', version),
    h('td', { 'data-label': 'State' }, pill(standing(e))),
    h('td', { 'data-label': 'Since', class: 'muted when', title: e.since }, e.since ? ago(e.since) : '–'),
    h('td', { 'data-label': 'Cause', class: `text ${serves(e) && !e.cause ? 'none' : ''}` }, cause(e)),
    h('td', { 'data-label': 'In flight', class: 'num' }, number(e.inflight), e.tunnels > 0 && h('small', { class: 'muted' }, ` ${number(e.tunnels)} tunnels`)),
    h('td', { 'data-label': 'Weight', class: 'num' }, number(e.weight)),
    may && h('td', { class: 'acts' }, h('div', { class: 'buttons' },
      e.state === 'up' ? button('Drain', { key: 'drain', class: 'quiet', 'aria-label': `Drain ${e.address}`, onclick: () => endpoint(now, version, e.address, 'drain') })
        : button('Bring up', { key: 'up', class: 'quiet', 'aria-label': `Bring up ${e.address}`, onclick: () => endpoint(now, version, e.address, 'up') }),
      e.state !== 'down' && button('Down', { key: 'down', class: 'quiet', 'aria-label': `Take down ${e.address}`, onclick: () => endpoint(now, version, e.address, 'down') }))));
}

/** Why it is not used. @param {Endpoint} e */
function cause(e) {
  if (e.cause) return e.cause;
  if (e.state === 'drain') return 'an operator drains it';
  if (e.state === 'down') return 'an operator has taken it out';
  return { checking: 'has not passed a check yet', down: 'fails its checks', ejected: 'out for a while, by its answers', slow_start: 'its share grows' }[e.health] ?? h('span', { class: 'muted' }, '–');
}
