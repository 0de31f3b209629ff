// @ts-check

import { h } from './dom.js';
import { clock, latency, number, percent, rate } from './format.js';
import { health, hue, shareBar, swatch } from './parts.js';
import { wilson } from './stats.js';

/** @typedef {import('./types').Upstream} Upstream @typedef {import('./types').Version} Version */

/** The versions side by side. @param {Upstream} u */
export function versions(u) {
  return h('section', { class: 'card', 'aria-label': 'Versions' }, shareBar(u), h('div', { class: 'versions' }, u.versions.map((v) => version(u, v))));
}

/** @param {Upstream} u @param {Version} v */
function version(u, v) {
  const w = v.window, share = u.split[v.name]?.share ?? 0, quiet = w.requests === 0;
  const [low, high] = wilson(w.errors, w.requests);
  return h('article', { key: v.name, class: `version ${hue(u, v.name)}`, 'data-version': v.name },
    h('h3', null, swatch(u, v.name), h('span', { class: 'name' }, v.name), role(u, v.name)),
    h('p', { class: 'share' }, h('b', { 'data-value': 'share' }, percent(share)), h('span', { class: 'muted' }, 'of new requests'), health(v.endpoints)),
    h('dl', null,
      row('Requests/s', 'rps', quiet ? '0' : rate(w.requests / w.seconds)),
      row('Error rate', 'errors', quiet ? '–' : percent(w.error_rate), quiet ? '' : `${percent(low)} – ${percent(high)}`),
      row('p50', 'p50', quiet ? '–' : latency(w.p50_ms)), row('p99', 'p99', quiet ? '–' : latency(w.p99_ms))),
    v.schema && h('p', { class: 'muted' }, v.schema.error || `runs on schema ${v.schema.min ?? '?'}–${v.schema.max ?? ''}`),
    v.names?.filter((n) => n.error).map((n) => h('p', { class: 'problem', key: n.name }, `${n.name}: ${n.error}`)),
    v.retired && h('p', { class: 'muted' }, `Retired: its last request ended ${clock(v.retired.last_request_at)}.`));
}

/** @param {Upstream} u @param {string} name */
function role(u, name) {
  const r = u.rollout;
  if (name === u.stable) return h('span', { class: 'tag' }, 'stable');
  if (r && name === r.to) return h('span', { class: 'tag on' }, 'candidate');
  return null;
}

/** @param {string} label @param {string} value @param {string} text @param {string} [under] */
const row = (label, value, text, under) => h('div', null, h('dt', null, label), h('dd', null, h('span', { 'data-value': value }, text), under && h('small', { title: 'Where the true rate is, to 95%' }, under)));

/** What else is to be known of an upstream. @param {Upstream} u */
export function facts(u) {
  const q = u.queue, sc = u.schema, w = u.writes;
  return [
    h('span', null, 'stable ', h('b', { 'data-value': 'stable' }, u.stable)), h('span', null, 'revision ', h('b', { 'data-value': 'revision' }, String(u.revision))),
    u.users && h('span', null, h('b', { 'data-value': 'users' }, rate(u.users.seconds ? u.users.requests / u.users.seconds : 0)), ' requests/s'),
    q && h('span', null, `queue ${number(q.length)} of ${number(q.size)}`),
    sc && h('span', null, `schema ${sc.current ?? 'not known'}`),
    w.pinned && h('span', null, `writes all to ${w.version}`),
    w.hold?.in_force && h('span', null, `writes held, ${number(w.hold.waiting)} wait`),
    u.contract && h('span', null, `contract ${u.contract.state}`),
  ];
}
