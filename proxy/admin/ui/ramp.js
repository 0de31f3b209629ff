// @ts-check
// How a variant of a flag comes to users, step by step.

import { h } from './dom.js';
import { over } from './dialog.js';
import { flagPath } from './client.js';
import { button, pill, section } from './parts.js';
import { ended, timeline } from './timeline.js';
import { evidence, failures, gates, report, verbs, what } from './rollout.js';

/** @typedef {import('./types').Flag} Flag @typedef {import('./live.js').State} State */

/** The rollout that runs, or the last that the history knows of. @param {State} s @param {Flag} f @param {boolean} may @param {() => Flag|null} now */
export function rampCard(s, f, may, now) {
  const r = f.rollout ?? s.flag.revisions.find((v) => v.rollout)?.rollout ?? null;
  const begin = may && !f.rollout && h('div', { class: 'buttons' }, button('Start rollout', { class: 'primary', onclick: () => start(now) }));
  if (!r) return h('section', { class: 'card', 'aria-label': 'Rollout' }, section('Rollout', begin), h('p', { class: 'muted' }, 'None yet. A rollout gives a variant to segments and shares of users step by step, and takes it back when it is worse.'));
  const running = !ended(r);
  const target = { name: f.key, flag: true, rollout: () => now()?.rollout ?? null, revision: () => now()?.revision };
  return h('section', { class: `card rollout ${running ? 'running' : 'over'}`, 'aria-label': 'Rollout' },
    section(running ? 'Rollout' : 'Last rollout', pill(r.state), may && running ? verbs(target, r) : begin),
    what(r), h('p', { class: 'reason', 'data-value': 'reason' }, r.reason),
    r.waits_for && h('p', { class: 'waits' }, h('b', null, 'Waits for '), r.waits_for),
    timeline(r, null, s.flag.revisions), gates(r, may, target), evidence(s, null, r), failures(r), r.report && report(r));
}

/** @param {() => Flag|null} now */
function start(now) {
  const f = now();
  if (!f) return;
  let to = '';
  over.open({
    title: `Start a rollout of ${f.key}`, verb: 'Start', method: 'POST', path: `${flagPath(f.key)}/rollout`, revision: () => now()?.revision,
    says: () => h('p', null, to ? ['Users get ', h('b', null, to)] : 'Users get the variant of the configuration file', ' by its plan, segments first, judged on every request; it is taken back when it is worse.'),
    fields: () => [h('label', { for: 'to' }, 'Variant'),
      h('select', { id: 'to', onchange: (/** @type {Event} */ e) => { to = /** @type {HTMLSelectElement} */ (e.target).value; over.draw(); } },
        h('option', { key: '', value: '' }, 'as configured'), f.variants.map((v) => h('option', { key: `v ${v.name}`, value: v.name }, v.name)))],
    body: () => (to ? { to } : {}),
  });
}
