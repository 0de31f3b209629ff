// @ts-check
// What was: revisions, audit, and what has happened since this page is open.

import { h } from './dom.js';
import { clock, duration, percent, words } from './format.js';
import { button, hue, pill, tone } from './parts.js';
import { undo } from './actions.js';

/** @typedef {import('./types').Upstream} Upstream @typedef {import('./types').Revision} Revision @typedef {import('./live.js').State} State @typedef {import('./live.js').Live} Live */

const TABS = ['History', 'Audit', 'Events'];
let open = TABS[0];

/** @param {State} s @param {Upstream} u @param {boolean} may @param {() => Upstream|null} now @param {Live} live */
export function past(s, u, may, now, live) {
  /** @param {string} tab */
  const choose = (tab) => { open = tab; live.changed(live.state); };
  return h('section', { class: 'card', 'aria-label': 'The past' },
    h('div', { class: 'tabs', role: 'tablist' }, TABS.map((t) => h('button', {
      key: t, type: 'button', role: 'tab', id: `tab-${t}`, 'aria-controls': 'past', 'aria-selected': String(open === t), tabindex: open === t ? '0' : '-1',
      onclick: () => choose(t), onkeydown: (/** @type {KeyboardEvent} */ e) => arrow(e, t, choose),
    }, t))),
    h('div', { id: 'past', key: open, role: 'tabpanel', 'aria-labelledby': `tab-${open}` },
      open === 'History' ? history(s, u, may, now, live) : open === 'Audit' ? audit(s, live) : events(s, u)));
}

/** @param {KeyboardEvent} e @param {string} at @param {(tab: string) => void} choose */
function arrow(e, at, choose) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
  if (!by) return;
  e.preventDefault();
  const next = TABS[(TABS.indexOf(at) + by + TABS.length) % TABS.length];
  choose(next);
  document.getElementById(`tab-${next}`)?.focus();
}

/** @param {State} s @param {Upstream} u @param {boolean} may @param {() => Upstream|null} now @param {Live} live */
function history(s, u, may, now, live) {
  const list = s.one.revisions;
  if (!list.length) return h('p', { class: 'muted' }, 'Nothing yet.');
  return [
    h('table', { class: 'stack history' },
      h('thead', null, h('tr', null, h('th', { scope: 'col', class: 'num' }, 'Rev.'), ['When', 'Split', 'By', 'Why'].map((t) => h('th', { scope: 'col', key: t }, t)), may && h('th', { scope: 'col' }, h('span', { class: 'unseen' }, 'Actions')))),
      h('tbody', null, list.map((r) => revision(u, r, may, now)))),
    s.one.next && further(s, () => live.earlier()),
  ];
}

/** @param {Upstream} u @param {Revision} r @param {boolean} may @param {() => Upstream|null} now */
function revision(u, r, may, now) {
  const present = r.revision === u.revision, end = r.rollout && ['succeeded', 'reverted', 'aborted'].includes(r.rollout.state) ? r.rollout.state : '';
  return h('tr', { key: r.revision, 'data-revision': String(r.revision), class: present ? 'present' : '' },
    h('th', { scope: 'row', class: 'num' }, String(r.revision)),
    h('td', { 'data-label': 'When', class: 'when' }, h('time', { datetime: r.at }, clock(r.at)), present ? h('small', { class: 'tag on' }, 'now') : r.lasted_seconds !== null && h('small', { class: 'muted for' }, `for ${duration(r.lasted_seconds)}`)),
    h('td', { 'data-label': 'Split' }, mini(u, r)),
    h('td', { 'data-label': 'By', class: 'by' }, r.author && h('b', null, r.author, ' '), h('span', { class: 'muted' }, r.source)),
    h('td', { 'data-label': 'Why', class: 'text' }, end && pill(end), ' ', r.reason || h('span', { class: 'muted' }, '–'), r.no_return && h('small', { class: 'muted' }, ' no way back beyond this')),
    may && h('td', { class: 'acts' }, !present && !u.rollout && h('div', { class: 'buttons' }, button('Go back', { class: 'quiet', 'aria-label': `Go back to revision ${r.revision}`, onclick: () => undo(now, r.revision) }))));
}

/** What leads further back. @param {State} s @param {() => void} ask */
const further = (s, ask) => h('div', { class: 'buttons more' },
  s.one.more.refused && h('p', { class: 'problem', role: 'alert' }, s.one.more.refused), button('Earlier', { onclick: ask }));

/** The split of a revision, small. @param {Upstream} u @param {Revision} r */
function mini(u, r) {
  const place = (/** @type {string} */ name) => { const i = u.versions.findIndex((v) => v.name === name); return i < 0 ? u.versions.length : i; };
  const parts = Object.entries(r.split).filter(([, x]) => x.share > 0).sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b));
  return h('div', { class: 'mini' }, h('div', { class: 'bar', 'aria-hidden': 'true' }, parts.map(([name, x]) => h('span', { key: name, class: `seg ${hue(u, name)}`, style: { 'flex-grow': String(x.share) } }))),
    h('small', null, parts.map(([name, x]) => `${name} ${percent(x.share)}`).join(', ')));
}

/** @param {State} s @param {Live} live */
function audit(s, live) {
  const list = s.one.audit;
  if (!list) return h('p', { class: 'muted' }, 'This Weir keeps no audit.');
  if (!list.length) return h('p', { class: 'muted' }, 'Nobody has changed anything yet.');
  return [
    h('table', { class: 'stack audit' },
      h('thead', null, h('tr', null, ['When', 'Who', 'What', 'Result', 'Why'].map((t) => h('th', { scope: 'col', key: t }, t)))),
      h('tbody', null, list.map((e) => h('tr', { key: e.id },
        h('td', { 'data-label': 'When' }, h('time', { datetime: e.at }, clock(e.at))),
        h('td', { 'data-label': 'Who' }, h('b', null, e.author || '–'), h('small', { class: 'muted' }, ` ${[e.role, e.from].filter(Boolean).join(', ')}`)),
        h('td', { 'data-label': 'What' }, words(e.action), e.target && [' ', h('code', null, e.target)]),
        h('td', { 'data-label': 'Result' }, h('span', { class: e.status >= 400 ? 'problem' : '' }, e.result), e.revision ? h('small', { class: 'muted' }, ` revision ${e.revision}`) : null),
        h('td', { 'data-label': 'Why', class: 'text' }, e.reason || (!e.detail && h('span', { class: 'muted' }, '–')), e.detail && h('small', { class: 'muted' }, ` ${e.detail}`)))))),
    s.one.auditNext && further(s, () => live.earlierAudit()),
  ];
}

/** @param {State} s @param {Upstream} u */
function events(s, u) {
  const list = s.events.filter((e) => !e.upstream || e.upstream === u.name);
  if (!list.length) return h('p', { class: 'muted' }, 'Nothing has happened since this page was opened.');
  return h('ol', { class: 'events' }, list.map((e) => h('li', { key: e.id }, h('time', { datetime: e.at }, clock(e.at)),
    h('b', null, words(e.type)), e.state && h('span', { class: `word ${tone(e.state)}` }, words(e.state)), h('span', { class: 'text' }, [e.version, e.address].filter(Boolean).join(' '), e.reason ? ` ${e.reason}` : ''))));
}
