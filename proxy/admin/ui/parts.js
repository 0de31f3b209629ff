// @ts-check
// Small things that are on every page.

import { h } from './dom.js';
import { percent, words, weight } from './format.js';

/** @typedef {import('./types').Upstream} Upstream @typedef {import('./types').Rollout} Rollout @typedef {import('./types').Endpoint} Endpoint */

/** @type {Record<string, string>} paths of icons on a grid of 16 */
const PATHS = {
  run: 'M4 3l9 5-9 5z', pause: 'M5 3v10M11 3v10', wait: 'M8 1.5L14.5 8 8 14.5 1.5 8z', hold: 'M8 2.5v6.5M8 12.6v.4', bake: 'M8 4.5V8l2.5 2M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8z',
  ok: 'M3 8.5l3.2 3.2L13 4.8', back: 'M6.5 3L3 6.5 6.5 10M3 6.5h6a4 4 0 0 1 0 8H7', stop: 'M4 4l8 8M12 4l-8 8', eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 7.2v1.6', warn: 'M8 2l6.5 11.5h-13zM8 6.5v3M8 11.5v.2',
};

/** @param {string} name */
export const icon = (name) => h('svg', { class: `icon i-${name}`, viewBox: '0 0 16 16', 'aria-hidden': 'true' }, h('path', { d: PATHS[name] }));

/** What each state looks like: its tone and its icon. @type {Record<string, [string, string]>} */
const STATES = {
  progressing: ['info', 'run'], paused: ['warn', 'pause'], waiting_gate: ['warn', 'wait'], holding: ['warn', 'hold'], baking: ['info', 'bake'],
  reverting: ['bad', 'back'], succeeded: ['good', 'ok'], reverted: ['bad', 'back'], aborted: ['bad', 'stop'],
  steady: ['calm', ''], watched: ['calm', 'eye'], drift: ['warn', 'warn'],
  up: ['good', 'ok'], slow_start: ['info', 'run'], checking: ['warn', 'wait'], down: ['bad', 'stop'], ejected: ['bad', 'back'], drain: ['warn', 'pause'],
  passed: ['good', 'ok'], rejected: ['bad', 'stop'], asking: ['warn', 'wait'], unanswered: ['warn', 'hold'], pending: ['calm', ''], not_asked: ['calm', ''], skipped: ['calm', ''],
};

/** A state as a word with its sign. @param {string} state @param {string} [text] */
export function pill(state, text) {
  const [tone, sign] = STATES[state] ?? ['calm', ''];
  return h('span', { class: `pill ${tone}` }, sign && icon(sign), text ?? words(state));
}

/** @param {string} state */
export const tone = (state) => STATES[state]?.[0] ?? 'calm';

const HUES = 6;
/** The class of a version's colour: it keeps it whatever its role is. @param {Upstream} u @param {string} version */
export function hue(u, version) {
  const i = u.versions.findIndex((v) => v.name === version);
  return `v${(i < 0 ? 0 : i) % HUES}`;
}

/** What shows a version: its colour, with a pattern beside it. @param {Upstream} u @param {string} version */
export const swatch = (u, version) => h('i', { class: `swatch ${hue(u, version)}`, 'aria-hidden': 'true' });

/** The split as a bar. @param {Upstream} u */
export function shareBar(u) {
  const parts = u.versions.map((v) => ({ name: v.name, share: u.split[v.name]?.share ?? 0 }));
  return h('div', { class: 'bar', role: 'img', 'aria-label': `Split: ${parts.map((p) => `${p.name} ${percent(p.share)}`).join(', ')}` },
    parts.filter((p) => p.share > 0).map((p) => h('span', { key: p.name, class: `seg ${hue(u, p.name)}`, style: { 'flex-grow': String(p.share) } })));
}

/** The versions of the bar by name. @param {Upstream} u */
export function shareLegend(u) {
  return h('ul', { class: 'legend' }, u.versions.map((v) => {
    const share = u.split[v.name]?.share ?? 0;
    return h('li', { key: v.name, class: share === 0 ? 'none' : '' }, swatch(u, v.name), h('span', { class: 'name' }, v.name), h('b', null, percent(share)));
  }));
}

/** @param {Endpoint} e */
export const serves = (e) => e.state === 'up' && (e.health === 'up' || e.health === 'slow_start');

/** What an endpoint is to be called in a word. @param {Endpoint} e */
export const standing = (e) => (e.state === 'up' ? e.health : e.state);

/** How many endpoints serve. @param {Endpoint[]} endpoints */
export function health(endpoints) {
  const up = endpoints.filter(serves).length, all = endpoints.length;
  const few = all <= 6;
  return h('span', { class: `health ${up === all ? 'good' : up === 0 ? 'bad' : 'warn'}` },
    few && h('span', { class: 'dots', 'aria-hidden': 'true' }, endpoints.map((e) => h('i', { class: tone(standing(e)) }))),
    `${up}/${all} up`);
}

/** A rollout that was taken back is worth a look until the split is changed. @param {Upstream} u */
function takenBack(u) {
  const last = u.last_rollout;
  return last && last.state !== 'succeeded' && Date.parse(u.last_change.at) <= Date.parse(last.ended_at) + 1000 ? last : null;
}

/** The rollout or guard that is to be shown of an upstream, in a pill. @param {Upstream} u */
export function stateOf(u) {
  if (u.rollout) return pill(u.rollout.state, `${words(u.rollout.state)} ${u.rollout.to} ${weight(u.rollout.weight)}`);
  if (u.guard && u.guard.state !== 'progressing') return pill(u.guard.state, `${words(u.guard.state)} ${u.guard.to}`);
  if (u.guard) return pill('watched', `watching ${u.guard.to}`);
  const back = takenBack(u);
  return back ? pill(back.state, `${words(back.state)} ${back.to}`) : pill('steady');
}

/**
 * @param {string} text
 * @param {Record<string, any>} props
 */
export const button = (text, props) => h('button', { type: 'button', ...props }, text);

/** A heading with what belongs beside it. @param {string} text @param {...import('./dom.js').Kids} more */
export const section = (text, ...more) => h('div', { class: 'head' }, h('h2', null, text), ...more);

/** What is to be known besides. @param {string} kind @param {...import('./dom.js').Kids} kids */
export const notice = (kind, ...kids) => h('div', { class: `notice ${kind}`, role: kind === 'info' ? null : 'status' }, icon(kind === 'info' ? 'hold' : 'warn'), h('div', null, ...kids));
