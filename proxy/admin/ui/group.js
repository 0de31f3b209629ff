// @ts-check

import { h } from './dom.js';
import { button, pill, section, shareBar, shareLegend, stateOf } from './parts.js';
import { ended } from './timeline.js';
import { verbs, what } from './rollout.js';
import { undoGroup } from './actions.js';
import { startRollout } from './forms.js';
import { toUpstream } from './route.js';
import { mayOperate } from './upstream.js';

/** Upstreams that one rollout moves together. @param {import('./live.js').State} s */
export function groupPage(s) {
  const { group: g, rollout, gone } = s.group, may = mayOperate(s);
  if (gone) return [h('h1', { tabindex: '-1' }, s.route.name), h('div', { class: 'card blank' }, h('h2', null, 'Not here'), h('p', null, `The configuration has no group ${s.route.name}.`), h('p', null, h('a', { href: '#/' }, 'All upstreams')))];
  if (!g) return [h('h1', { tabindex: '-1' }, s.route.name), h('p', { class: 'muted' }, 'Loading…')];
  const r = g.rollout ?? rollout, running = !!r && !ended(r);
  const first = () => s.group.group?.upstreams[0] ?? null, now = () => s.group.group?.rollout ?? null;
  return [
    h('div', { class: 'title' }, h('h1', { tabindex: '-1' }, g.name), h('p', { class: 'muted' }, 'A group: one rollout moves its upstreams together.'),
      may && !running && h('div', { class: 'buttons' }, button('Start rollout', { class: 'primary', onclick: () => startRollout(first, g.name) }), r && button('Undo', { onclick: () => undoGroup(g.name, () => r) }))),
    r && h('section', { class: 'card rollout', 'aria-label': 'Rollout' },
      section(running ? 'Rollout' : 'Last rollout', pill(r.state), may && running && verbs({ name: g.name, group: true, rollout: now }, r)), what(r), h('p', { class: 'reason' }, r.reason), r.waits_for && h('p', { class: 'waits' }, h('b', null, 'Waits for '), r.waits_for)),
    h('section', { class: 'card', 'aria-label': 'Members' }, section('Members'), h('ul', { class: 'members' }, g.upstreams.map((u) => {
      const part = r?.parts.find((x) => x.upstream === u.name)?.rollout;
      return h('li', { key: u.name }, h('div', { class: 'under' }, h('a', { href: toUpstream(u.name), class: 'go' }, u.name), part ? pill(part.state) : stateOf(u)), shareBar(u), shareLegend(u), part?.reason && h('p', { class: 'muted' }, part.reason));
    }))),
  ];
}
