// @ts-check

import { h } from './dom.js';
import { button, notice } from './parts.js';
import { facts, versions } from './versions.js';
import { guards, rolloutCard } from './rollout.js';
import { charts } from './charts.js';
import { endpoints } from './endpoints.js';
import { past } from './history.js';
import { readOnly, undo } from './actions.js';
import { setSplit } from './forms.js';

/** @typedef {import('./types').Upstream} Upstream @typedef {import('./live.js').State} State */

/** May who looks at this change anything? Without roles, everybody. @param {State} s */
export const mayOperate = (s) => !!s.status && (!s.status.you || s.status.you.role === 'operate');

/** All of one upstream. @param {State} s @param {import('./live.js').Live} live */
export function upstreamPage(s, live) {
  const u = s.one.upstream, name = s.route.name, may = mayOperate(s);
  if (s.one.gone) return [h('h1', { tabindex: '-1' }, name), h('div', { class: 'card blank' }, h('h2', null, 'Not here'), h('p', null, `The configuration has no upstream ${name}. If it comes back, it appears here by itself.`), h('p', null, h('a', { href: '#/' }, 'All upstreams')))];
  if (!u) return [h('h1', { tabindex: '-1' }, name), h('p', { class: 'muted' }, 'Loading…')];
  const now = () => live.state.one.upstream;
  return [
    h('div', { class: 'title' }, h('h1', { tabindex: '-1' }, u.name), h('p', { class: 'facts muted' }, facts(u)), may && tools(u, now)),
    u.drift && notice('warn', h('b', null, 'Drift: '), u.drift),
    u.writes.read_only.on && notice('warn', h('b', null, 'Writes are refused. '), u.writes.read_only.reason),
    u.schema?.error && notice('warn', h('b', null, 'Schema: '), u.schema.error),
    versions(u),
    rolloutCard(s, u, may, now),
    guards(s, u),
    s.one.series && h('section', { class: 'card', 'aria-label': 'Charts' }, charts(u, s.one.series, live)),
    endpoints(u, may, now, () => live.changed(live.state)),
    past(s, u, may, now, live),
  ];
}

/** @param {Upstream} u @param {() => Upstream|null} now */
function tools(u, now) {
  return h('div', { class: 'buttons' },
    !u.rollout && u.versions.length > 1 && button('Set split', { key: 'split', onclick: () => setSplit(now) }),
    u.way_back && button('Undo', { key: 'undo', onclick: () => undo(now) }),
    button(u.writes.read_only.on ? 'Serve writes' : 'Refuse writes', { key: 'writes', class: 'quiet', onclick: () => readOnly(now) }));
}
