// @ts-check

import { h } from './dom.js';
import { clock, latency, percent, rate, weight } from './format.js';
import { ended } from './timeline.js';
import { button, notice, section } from './parts.js';
import { wilson } from './stats.js';
import { decided, hueOf, perSecond, standing, variantBar } from './flags.js';
import { force, turn, undoFlag } from './flagactions.js';
import { whoGetsWhat } from './evaluate.js';
import { rampCard } from './ramp.js';
import { mayOperate } from './upstream.js';

/** @typedef {import('./types').Flag} Flag @typedef {import('./types').FlagVariant} FlagVariant @typedef {import('./types').FlagRevision} FlagRevision @typedef {import('./live.js').State} State */

/** All of one flag. @param {State} s @param {import('./live.js').Live} live */
export function flagPage(s, live) {
  const { flag: f, revisions, gone } = s.flag, name = s.route.name, may = mayOperate(s);
  if (gone) return [h('h1', { tabindex: '-1' }, name), h('div', { class: 'card blank' }, h('h2', null, 'Not here'), h('p', null, `No file of flags has ${name}. If it comes back, it appears here by itself.`), h('p', null, h('a', { href: '#/flags' }, 'All flags')))];
  if (!f) return [h('h1', { tabindex: '-1' }, name), h('p', { class: 'muted' }, 'Loading…')];
  const now = () => live.state.flag.flag;
  return [
    h('div', { class: 'title' }, h('h1', { tabindex: '-1' }, f.key), standing(f), h('p', { class: 'facts muted' }, facts(f)), may && tools(f, now)),
    !f.counted && notice('info', 'No request of users asks for it: no route and no header of the configuration names it. What applications ask for is not counted.'),
    h('section', { class: 'card', 'aria-label': 'Variants' }, variantBar(f), h('div', { class: 'versions' }, f.variants.map((v, i) => variant(f, v, i)))),
    f.none.requests > 0 && notice('info', `${percent(f.none.requests / decided(f))} of the requests get no variant, and what the application does by itself.`),
    rampCard(s, f, may, now),
    whoGetsWhat(f, () => live.changed(live.state)),
    f.targeting !== null && h('section', { class: 'card', 'aria-label': 'Rule' }, section('Rule', h('span', { class: 'muted' }, f.enabled && f.variant === null ? 'decides' : 'is not asked at present')), h('pre', { class: 'scroll rule', tabindex: '0', role: 'group', 'aria-label': 'The rule as it is written' }, JSON.stringify(f.targeting, null, 2))),
    h('section', { class: 'card', 'aria-label': 'The past' }, section('History'), history(f, revisions, may, now)),
  ];
}

/** @param {Flag} f */
const facts = (f) => [
  h('span', null, 'revision ', h('b', { 'data-value': 'revision' }, String(f.revision))),
  h('span', null, 'without a rule ', h('b', null, f.default ?? 'the application’s own')),
  h('span', null, h('b', null, rate(f.variants.reduce((sum, v) => sum + perSecond(v.window), perSecond(f.none)))), ' requests/s'),
  f.file && h('span', { title: f.file }, `${f.file.split('/').at(-1)}:${f.line}`),
];

/** @param {Flag} f @param {() => Flag|null} now */
const tools = (f, now) => h('div', { class: 'buttons' },
  f.enabled ? button('Disable', { key: 'off', class: 'danger', onclick: () => turn(now, false) }) : button('Enable', { key: 'on', class: 'primary', onclick: () => turn(now, true) }),
  button('One variant for all', { key: 'force', onclick: () => force(now) }),
  f.revision > 0 && button('Undo', { key: 'undo', onclick: () => undoFlag(now) }));

/** @param {Flag} f @param {FlagVariant} v @param {number} i */
function variant(f, v, i) {
  const w = v.window, quiet = w.requests === 0, [low, high] = wilson(w.errors, w.requests);
  return h('article', { key: v.name, class: `version ${hueOf(i)}`, 'data-variant': v.name },
    h('h3', null, h('i', { class: `swatch ${hueOf(i)}`, 'aria-hidden': 'true' }), h('span', { class: 'name' }, v.name), h('code', { class: 'muted name' }, JSON.stringify(v.value)), v.name === f.default && h('span', { class: 'tag' }, 'default')),
    h('p', { class: 'share' }, h('b', { 'data-value': 'share' }, f.counted ? percent(v.share) : '–'), h('span', { class: 'muted' }, 'of requests')),
    h('dl', null, row('Requests/s', 'rps', quiet ? '0' : rate(perSecond(w))), row('Error rate', 'errors', quiet ? '–' : percent(w.error_rate), quiet ? '' : `${percent(low)} – ${percent(high)}`),
      row('p50', 'p50', quiet ? '–' : latency(w.p50_ms)), row('p99', 'p99', quiet ? '–' : latency(w.p99_ms))));
}

/** @param {string} label @param {string} value @param {string} text @param {string} [under] */
const row = (label, value, text, under) => h('div', null, h('dt', null, label), h('dd', null, h('span', { 'data-value': value }, text), under && h('small', { title: 'Where the true rate is, to 95%' }, under)));

/** @param {Flag} f @param {FlagRevision[]} list @param {boolean} may @param {() => Flag|null} now */
function history(f, list, may, now) {
  if (!list.length) return h('p', { class: 'muted' }, 'Nobody has set anything over what the file says.');
  return h('table', { class: 'stack history' },
    h('thead', null, h('tr', null, h('th', { scope: 'col', class: 'num' }, 'Rev.'), ['When', 'Set', 'By', 'Why'].map((t) => h('th', { scope: 'col', key: t }, t)), may && h('th', { scope: 'col' }, h('span', { class: 'unseen' }, 'Actions')))),
    h('tbody', null, list.map((r) => h('tr', { key: r.revision, 'data-revision': String(r.revision) },
      h('th', { scope: 'row', class: 'num' }, String(r.revision)),
      h('td', { 'data-label': 'When', class: 'when' }, h('time', { datetime: r.at }, clock(r.at)), r.revision === f.revision && h('small', { class: 'tag on' }, 'now')),
      h('td', { 'data-label': 'Set' }, set(r)),
      h('td', { 'data-label': 'By', class: 'by' }, r.author && h('b', null, r.author, ' '), h('span', { class: 'muted' }, r.source)),
      h('td', { 'data-label': 'Why', class: 'text' }, r.reason || h('span', { class: 'muted' }, '–')),
      may && h('td', { class: 'acts' }, r.revision !== f.revision && h('div', { class: 'buttons' }, button('Go back', { class: 'quiet', 'aria-label': `Go back to revision ${r.revision}`, onclick: () => undoFlag(now, r.revision) })))))));
}

/** What was set over the file, or whom its rollout had come to, in words. @param {FlagRevision} r */
function set(r) {
  const o = r.rollout && !ended(r.rollout) ? r.rollout : null;
  const who = o ? [...(o.segments ?? []), o.weight > 0 && weight(o.weight)].filter(Boolean).join(' and ') : '';
  if (o && who) return `${o.to} to ${who}`;
  return [r.enabled === null ? '' : r.enabled ? 'on' : 'off', r.variant === null ? '' : `${r.variant} for all`].filter(Boolean).join(', ') || 'as the file says';
}
