// @ts-check

import { h, render } from './dom.js';
import { clock, words } from './format.js';
import { DENIED, Live } from './live.js';
import { parse } from './route.js';
import { alarms, overview } from './overview.js';
import { upstreamPage } from './upstream.js';
import { groupPage } from './group.js';
import { flagsPage } from './flags.js';
import { flagPage } from './flag.js';
import { signIn } from './signin.js';
import { over } from './dialog.js';
import { notice } from './parts.js';
import { token } from './client.js';

/** @typedef {import('./live.js').State} State */

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const live = new Live(() => draw(), (e) => say(e));
let drawn = ''; // the page that stands
let version = ''; // of Weir, when this page was loaded

function draw() {
  const s = live.state;
  version ||= s.status?.version ?? '';
  render(part('bar'), ...bar(s));
  render(part('main'), ...page(s));
  over.draw();
  const at = location.hash;
  if (drawn !== at) {
    // A new page is read from its top, by those who hear it too.
    const first = drawn === '';
    drawn = at;
    scrollTo(0, 0);
    if (!first) part('main').focus();
  }
  document.title = s.route.name ? `${s.route.name} · Weir` : 'Weir';
}

/** @param {State} s */
function bar(s) {
  const you = s.status?.you;
  return [
    h('a', { class: 'brand', href: '#/' }, h('i', { class: 'mark', 'aria-hidden': 'true' }), 'Weir'),
    h('nav', { 'aria-label': 'Where you are' }, where(s)),
    you && h('span', { class: 'you' }, you.author && h('b', null, you.author), you.role === 'operate' ? '' : h('span', { class: 'tag' }, `${you.role} only`),
      token.get() && h('button', { type: 'button', class: 'quiet', onclick: leave }, 'Sign out')),
    !s.refused && h('span', { class: `link ${s.link}`, title: s.at ? `As of ${clock(s.at)}` : null }, h('i', { 'aria-hidden': 'true' }), s.link === 'live' ? 'live' : s.link === 'lost' ? 'reconnecting' : 'connecting'),
  ];
}

/** The lists, and what of them is looked at. @param {State} s */
function where(s) {
  const { kind, name } = s.route, flags = kind === 'flags' || kind === 'flag';
  const list = (/** @type {string} */ href, /** @type {string} */ text, /** @type {boolean} */ here) => h('a', { key: href, href, class: here ? 'here' : '', 'aria-current': here && !name ? 'page' : null }, text);
  return [
    (name || flags || !!s.flags?.length) && list('#/', 'Upstreams', !flags), (flags || !!s.flags?.length) && list('#/flags', 'Flags', flags),
    name && h('span', { key: '/', 'aria-hidden': 'true' }, '/'), name && h('span', { key: 'name', 'aria-current': 'page' }, name),
  ];
}

/** What the address asks for. @param {State} s */
const shown = (s) => ({ upstream: () => upstreamPage(s, live), group: () => groupPage(s), flags: () => flagsPage(s), flag: () => flagPage(s, live), overview: () => overview(s) })[s.route.kind]();

/** @param {State} s @returns {import('./dom.js').Kid[]} */
function page(s) {
  if (s.refused && DENIED.includes(s.refused.status)) return [signIn(s.refused, () => live.start())];
  return [
    s.link === 'lost' && s.at > 0 && notice('warn', h('b', null, 'Reconnecting. '), `${s.why}; what you see is of ${clock(s.at)}.`),
    s.link === 'lost' && s.at === 0 && notice('warn', h('b', null, `${s.why}. `), 'Trying again.'),
    version && s.status && s.status.version !== version && notice('info', `Weir is ${s.status.version} now, this page is of ${version}. `, h('a', { href: '.', onclick: () => location.reload() }, 'Load it anew')),
    ...alarms(s),
    ...shown(s),
  ].flat();
}

function leave() {
  token.set('');
  location.reload();
}

/** What has changed, for those who hear the page. @param {import('./types').Event} e */
function say(e) {
  const { route } = live.state;
  if (route.name && (e.upstream || e.flag) && ![e.upstream, e.flag].includes(route.name)) return;
  if (!['rollout', 'revision', 'endpoint', 'gate', 'reload', 'state', 'read_only', 'flag'].includes(e.type)) return;
  const what = [e.flag, e.upstream, e.version, e.address, words(e.type), e.state && words(e.state)].filter(Boolean).join(' ');
  part('said').textContent = e.reason ? `${what}: ${e.reason}` : what;
}

over.bind(part('over'), live);
addEventListener('hashchange', () => {
  over.leave(); // what was asked was about the page before
  live.show(parse(location.hash));
});
live.state.route = parse(location.hash);
draw();
live.start();

