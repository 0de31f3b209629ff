// @ts-check

import { h } from './dom.js';
import { count, latency, percent, rate } from './format.js';
import { health, notice, pill, serves, shareBar, shareLegend, stateOf } from './parts.js';
import { sparkline } from './sparkline.js';
import { toGroup, toUpstream } from './route.js';

/** @typedef {import('./types').Upstream} Upstream @typedef {import('./live.js').State} State */

/** All upstreams at a glance. @param {State} s */
export function overview(s) {
  const list = s.upstreams;
  if (!list) return [h('h1', null, 'Upstreams'), h('p', { class: 'muted' }, 'Loading…')];
  return [
    h('div', { class: 'title' }, h('h1', { tabindex: '-1' }, 'Upstreams'), h('p', { class: 'muted' }, summary(list))),
    list.length === 0 && empty(),
    list.length > 0 && h('div', { class: 'card flush' }, table(s, list)),
    s.groups.length > 0 && groups(s),
  ];
}

const empty = () => h('div', { class: 'card blank' }, h('h2', null, 'No upstream yet'),
  h('p', null, 'An upstream is a service with its versions. Write one into the configuration file and reload: it appears here by itself.'));

/** @param {Upstream[]} list */
function summary(list) {
  const endpoints = list.flatMap((u) => u.versions.flatMap((v) => v.endpoints));
  const out = endpoints.filter((e) => !serves(e)).length;
  const running = list.filter((u) => u.rollout).length;
  return [
    count(list.length, 'upstream'),
    `${rate(list.reduce((sum, u) => sum + rps(u), 0))} requests a second`,
    running ? `${count(running, 'rollout')} running` : 'no rollout running',
    out ? `${out} of ${count(endpoints.length, 'endpoint')} out` : `all ${count(endpoints.length, 'endpoint')} up`,
  ].join(' · ');
}

/** @param {Upstream} u */
const rps = (u) => (u.users && u.users.seconds > 0 ? u.users.requests / u.users.seconds : 0);

/** From when on an error rate is shown as an alarm. */
const ALARM = 0.01;

/** @param {State} s @param {Upstream[]} list */
function table(s, list) {
  return h('table', { class: 'stack upstreams' },
    h('thead', null, h('tr', null,
      h('th', { scope: 'col' }, 'Upstream'), h('th', { scope: 'col', class: 'split' }, 'Split'), h('th', { scope: 'col', class: 'num wide' }, 'Requests/s'),
      h('th', { scope: 'col', class: 'num' }, 'Errors'), h('th', { scope: 'col', class: 'num' }, 'p50'), h('th', { scope: 'col', class: 'num' }, 'p99'),
      h('th', { scope: 'col', class: 'num' }, 'Endpoints'))),
    h('tbody', null, list.map((u) => row(s, u))));
}

/** @param {State} s @param {Upstream} u */
function row(s, u) {
  const w = u.users, quiet = !w || w.requests === 0;
  return h('tr', { key: u.name, 'data-upstream': u.name },
    h('th', { scope: 'row' }, h('a', { href: toUpstream(u.name), class: 'go' }, u.name), h('div', { class: 'under' }, stateOf(u), u.drift && pill('drift'))),
    h('td', { class: 'split' }, shareBar(u), shareLegend(u)),
    cell('Requests/s', 'wide', sparkline(s.sparks.get(u.name) ?? []), h('span', { class: 'figure', 'data-value': 'rps' }, rate(rps(u)))),
    cell('Errors', w && w.error_rate >= ALARM ? 'alarm' : '', h('span', { class: 'figure', 'data-value': 'errors' }, quiet ? '–' : percent(w.error_rate))),
    cell('p50', '', h('span', { class: 'figure', 'data-value': 'p50' }, quiet ? '–' : latency(w.p50_ms))),
    cell('p99', '', h('span', { class: 'figure', 'data-value': 'p99' }, quiet ? '–' : latency(w.p99_ms))),
    cell('Endpoints', '', health(u.versions.flatMap((v) => v.endpoints))));
}

/** @param {string} label @param {string} more @param {...import('./dom.js').Kids} kids */
const cell = (label, more, ...kids) => h('td', { class: `num ${more}`, 'data-label': label }, h('div', { class: 'cell' }, ...kids));

/** @param {State} s */
function groups(s) {
  return h('section', { class: 'card' }, h('h2', null, 'Groups'), h('p', { class: 'muted' }, 'Upstreams that one rollout moves together.'),
    h('ul', { class: 'groups' }, s.groups.map((g) => h('li', { key: g.name },
      h('a', { href: toGroup(g.name), class: 'go' }, g.name),
      g.rollout ? pill(g.rollout.state) : pill('steady'),
      h('span', { class: 'muted' }, g.upstreams.map((u) => u.name).join(', '))))));
}

/** What concerns all of Weir. @param {State} s */
export function alarms(s) {
  const st = s.status;
  if (!st) return [];
  return [
    !st.state.ok && notice('bad', h('b', null, 'Changes cannot be kept. '), st.state.error),
    !st.audit.ok && notice('bad', h('b', null, 'The audit is not written. '), st.audit.error),
    st.audit.lost > 0 && notice('warn', h('b', null, `${count(st.audit.lost, 'entry', 'entries')} of the audit were lost `), 'since Weir was started: the disk was too slow for them.'),
    st.tokens && !st.tokens.ok && notice('bad', h('b', null, 'The tokens are not those of their file; those before are in force. '), h('pre', null, st.tokens.error)),
    !st.reload.ok && st.reload.error && notice('bad', h('b', null, 'The latest reload was refused; the file before it serves. '), h('pre', null, st.reload.error)),
  ];
}
