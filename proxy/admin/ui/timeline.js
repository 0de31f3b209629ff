// @ts-check
// A rollout as a way: what has been, where it is, what is to come.

import { h } from './dom.js';
import { clock, duration, weight, words } from './format.js';
import { icon } from './parts.js';

/** @typedef {import('./types').Rollout} Rollout @typedef {import('./types').Plan} Plan @typedef {import('./types').Gate} Gate */
/** @typedef {Pick<import('./types').Revision, 'at'|'source'|'rollout'>} Revision of an upstream, or of a flag */
/**
 * One stop of the way.
 * @typedef {{key: string, label: string, under: string[], kind: 'step'|'gate'|'bake'|'end', is: 'done'|'now'|'todo'|'bad', at?: string, now?: boolean}} Stop
 */

const ENDED = ['succeeded', 'reverted', 'aborted'];
/** @param {Rollout} r */
export const ended = (r) => ENDED.includes(r.state);

/** @param {Rollout} r @param {Plan|null} plan @param {Revision[]} revisions */
export function timeline(r, plan, revisions) {
  const list = stops(r, plan, revisions);
  return h('div', { class: 'way', tabindex: '0', role: 'group', 'aria-label': 'Steps of the rollout' },
    h('ol', null, list.map((s) => h('li', { key: s.key, class: `stop ${s.kind} ${s.is}`, 'aria-current': s.now ? 'step' : null },
      h('span', { class: 'dot', 'aria-hidden': 'true' }, s.is === 'done' ? icon('ok') : s.is === 'bad' ? icon('back') : null),
      h('span', { class: 'label' }, s.label, h('span', { class: 'unseen' }, `, ${said(s)}`)),
      s.under.map((u) => h('span', { class: 'small', key: u }, u)),
      s.at && h('time', { class: 'small', datetime: s.at }, clock(s.at))))));
}

/** @param {Stop} s */
const said = (s) => ({ done: 'done', now: 'now', todo: 'to come', bad: 'ended here' })[s.is];

/** @param {Rollout} r @param {Plan|null} plan @param {Revision[]} revisions @returns {Stop[]} */
export function stops(r, plan, revisions) {
  const own = revisions.filter((v) => v.rollout?.id === r.id).reverse(); // oldest first
  const fits = !ended(r) && plan && plan.to === r.to && plan.from === r.from && r.endpoints === undefined;
  const steps = fits ? planned(r, plan, own) : passed(r, own);
  const out = withGates(r, steps);
  const switched = ['baking', 'succeeded'].includes(r.state);
  if (!ended(r)) out.push({ key: 'bake', kind: 'bake', label: 'Bake', under: plan && fits && plan.bake_seconds ? [duration(plan.bake_seconds)] : [], is: r.state === 'baking' ? 'now' : 'todo', now: r.state === 'baking' });
  if (ended(r)) {
    const good = r.state === 'succeeded';
    out.push({ key: 'end', kind: 'end', label: words(r.state), under: good ? [`${r.to} is stable`] : ['back to ' + r.from], is: good ? 'done' : 'bad', at: r.ended_at ?? undefined, now: true });
  } else out.push({ key: 'end', kind: 'end', label: 'Stable', under: [r.to], is: 'todo' });
  if (switched) for (const s of out) if (s.kind === 'step') Object.assign(s, { is: 'done', now: false });
  return out;
}

/** The steps of the plan. @param {Rollout} r @param {Plan} plan @param {Revision[]} own @returns {Stop[]} */
function planned(r, plan, own) {
  return plan.steps.map((s, i) => {
    const n = i + 1, is = n < r.step ? 'done' : n === r.step ? 'now' : 'todo';
    const at = own.find((v) => v.rollout && v.rollout.step === n && v.source === 'rollout')?.at;
    return {
      key: `step ${n}`, kind: 'step', is, now: n === r.step, at: is === 'todo' ? undefined : at,
      label: s.mirror ? `copies ${weight(s.mirror)}` : weight(s.weight),
      under: [[s.hold_seconds ? duration(s.hold_seconds) : '', s.certified ? 'certified' : '', s.pause ? 'pause' : '', s.writes ? 'writes' : ''].filter(Boolean).join(' · ')].filter(Boolean),
    };
  });
}

/** The steps that it has taken, of which the history knows. @param {Rollout} r @param {Revision[]} own @returns {Stop[]} */
function passed(r, own) {
  /** @type {Stop[]} */
  const out = [];
  const batches = r.endpoints !== undefined;
  for (const v of own) {
    if (!v.rollout || v.source === 'guard') continue;
    const w = v.rollout.weight, last = v.rollout.state, whole = (v.rollout.segments ?? []).join(', ');
    if (ENDED.includes(last) && last !== 'succeeded') continue;
    const key = batches ? `batch ${v.rollout.step}` : `at ${whole} ${w}`;
    if (out.some((s) => s.key === key) || (w === 0 && !batches && !whole)) continue;
    out.push({ key, kind: 'step', label: batches ? `Batch ${v.rollout.step}` : w || !whole ? weight(w) : whole, under: batches ? [weight(w)] : w && whole ? [`and ${whole}`] : [], is: 'done', at: v.at });
  }
  const at = out.at(-1);
  if (at && !ended(r)) Object.assign(at, { is: 'now', now: true });
  if (!ended(r) && batches) for (let n = out.length + 1; n <= r.steps; n++) out.push({ key: `batch ${n}`, kind: 'step', label: `Batch ${n}`, under: [], is: 'todo' });
  return out;
}

/** @param {Gate} g @returns {Stop} */
function gateStop(g) {
  const is = g.state === 'passed' ? 'done' : g.state === 'asking' ? 'now' : g.state === 'rejected' || g.state === 'unanswered' ? 'bad' : 'todo';
  return { key: `gate ${g.name} ${g.at} ${g.step ?? ''}`, kind: 'gate', label: g.name, under: [words(g.state)], is, at: g.since ?? undefined };
}

/** Puts the gates where they are asked. @param {Rollout} r @param {Stop[]} steps @returns {Stop[]} */
function withGates(r, steps) {
  const gates = r.gates ?? [];
  if (ended(r)) {
    // Where they were asked is when: of what never was, there is nothing to say.
    const asked = gates.filter((g) => !['pending', 'not_asked'].includes(g.state) && g.since).map(gateStop);
    return [...steps, ...asked].sort((a, b) => Date.parse(a.at ?? '') - Date.parse(b.at ?? '') || 0);
  }
  const at = (/** @type {string} */ point, /** @type {number} */ step = 0) => gates.filter((g) => g.at === point && (!step || (g.step ?? step) === step)).map(gateStop);
  const out = at('before_start');
  steps.forEach((s, i) => {
    out.push(...at('before_step', i + 1));
    if (i === steps.length - 1) out.push(...at('before_switch'));
    out.push(s);
    if (i === steps.length - 1) out.push(...at('after_switch'));
  });
  return [...out, ...at('before_finish')];
}
