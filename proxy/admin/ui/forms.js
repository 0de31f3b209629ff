// @ts-check
// The two actions that ask for more than a reason.

import { h } from './dom.js';
import { get, groupPath, upstreamPath } from './client.js';
import { duration, number, percent, weight, words } from './format.js';
import { over } from './dialog.js';
import { hue, swatch } from './parts.js';

/** @typedef {import('./types').Upstream} Upstream */

/** @param {() => Upstream|null} now */
export function setSplit(now) {
  const first = now();
  if (!first) return;
  /** @type {Record<string, string>} */
  const weights = Object.fromEntries(first.versions.map((v) => [v.name, String(Number((first.split[v.name].share * 100).toFixed(3)))]));
  const sum = () => Object.values(weights).reduce((a, w) => a + (Number(w) || 0), 0);
  over.open({
    title: `Set the split of ${first.name}`, verb: 'Set split', method: 'PUT', path: `${upstreamPath(first.name)}/split`, revision: () => now()?.revision,
    says: () => [h('p', null, 'From the next request on. Every version but ', h('b', null, now()?.stable ?? ''), ' is watched, and taken out when it is worse.'),
      h('div', { class: 'bar big', 'aria-hidden': 'true' }, first.versions.map((v) => h('span', { key: v.name, class: `seg ${hue(first, v.name)}`, style: { 'flex-grow': String(Math.max(0, Number(weights[v.name]) || 0)) } })))],
    fields: () => h('div', { class: 'weights' }, first.versions.map((v) => {
      const id = `weight-${v.name}`;
      return h('div', { key: v.name, class: 'pair' }, h('label', { for: id }, swatch(first, v.name), ` ${v.name}`, v.name === now()?.stable && h('span', { class: 'tag' }, 'stable')),
        h('input', { id, type: 'number', min: '0', max: '1000000', step: 'any', required: true, value: weights[v.name], oninput: (/** @type {InputEvent} */ e) => { weights[v.name] = /** @type {HTMLInputElement} */ (e.target).value; over.draw(); } }),
        h('output', { for: id }, sum() > 0 ? percent((Number(weights[v.name]) || 0) / sum()) : '–'));
    })),
    body: () => ({ weights: Object.fromEntries(Object.entries(weights).map(([k, w]) => [k, Number(w)])) }),
  });
}

/** @param {() => Upstream|null} now @param {string} [group] of which that upstream is the first */
export function startRollout(now, group) {
  const u = now();
  if (!u) return;
  const others = u.versions.filter((v) => v.name !== u.stable).map((v) => v.name);
  let to = others.at(-1) ?? '', strategy = '';
  /** @type {import('./types').Plan|null} */
  let plan = null;
  const look = async () => {
    plan = null;
    over.draw();
    const asked = to;
    const got = await get(`${upstreamPath(u.name)}/rollout/plan?to=${encodeURIComponent(to)}`).catch(() => null);
    if (asked !== to) return;
    plan = /** @type {import('./types').Plan|null} */ (got);
    over.draw();
  };
  over.open({
    title: `Start a rollout in ${group ?? u.name}`, verb: 'Start', method: 'POST', path: `${group ? groupPath(group) : upstreamPath(u.name)}/rollout`, revision: group ? undefined : () => now()?.revision,
    says: () => [h('p', null, 'Traffic moves from ', h('b', null, now()?.stable ?? ''), ' to ', h('b', null, to), ' by the plan of the configuration file, judged on every request; it is reverted when it is worse.'), preview(plan, strategy)],
    fields: () => [
      h('label', { for: 'to' }, 'To version'),
      h('select', { id: 'to', onchange: (/** @type {Event} */ e) => { to = /** @type {HTMLSelectElement} */ (e.target).value; look(); } },
        others.map((v) => h('option', { key: v, value: v, selected: v === to }, v))),
      h('label', { for: 'strategy' }, 'Strategy'),
      h('select', { id: 'strategy', onchange: (/** @type {Event} */ e) => { strategy = /** @type {HTMLSelectElement} */ (e.target).value; over.draw(); } },
        h('option', { value: '' }, 'as configured'), ['canary', 'blue_green', 'rolling'].map((s) => h('option', { key: s, value: s }, words(s)))),
    ],
    body: () => ({ to, ...(strategy && { strategy }) }),
  });
  look();
}

/** What is to be expected of the plan with the traffic of now. @param {import('./types').Plan|null} plan @param {string} strategy */
function preview(plan, strategy) {
  if (!plan || (strategy && strategy !== plan.strategy)) return null;
  const dead = plan.steps.find((s) => s.seen.dead !== null)?.seen.dead;
  return h('div', { class: 'preview' },
    h('p', null, h('b', null, words(plan.strategy)), ': ', plan.steps.map((s) => (s.mirror ? `copies of ${weight(s.mirror)}` : weight(s.weight))).join(' → '), plan.bake_seconds ? `, then a bake of ${duration(plan.bake_seconds)}` : ''),
    plan.requests_per_second > 0
      ? h('p', { class: 'muted' }, `At ${number(plan.requests_per_second)} requests a second it takes at least ${plan.least_seconds === null ? 'as long as people do' : duration(plan.least_seconds)}.`, dead !== null && dead !== undefined ? ` A candidate that always fails is out after about ${duration(dead)}.` : '')
      : h('p', { class: 'muted' }, 'There is no traffic now, so that nothing can be said of times.'));
}
