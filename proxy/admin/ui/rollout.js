// @ts-check

import { h } from './dom.js';
import { ago, clock, count, duration, latency, number, percent, times, weight, words } from './format.js';
import { button, pill, section } from './parts.js';
import { ended, timeline } from './timeline.js';
import { chart } from './charts.js';
import * as actions from './actions.js';
import { startRollout } from './forms.js';

/** @typedef {import('./types').Upstream} Upstream @typedef {import('./types').Rollout} Rollout @typedef {import('./live.js').State} State */

/** The rollout that runs, or the last that did. @param {State} s @param {Upstream} u @param {boolean} may @param {() => Upstream|null} now */
export function rolloutCard(s, u, may, now) {
  const r = u.rollout ? { ...s.one.rollout, ...u.rollout } : s.one.rollout;
  if (!r) return none(u, may, now);
  const running = !ended(r);
  const target = { name: u.name, rollout: () => now()?.rollout ?? null, revision: () => now()?.revision, schema: !!u.schema };
  return h('section', { class: `card rollout ${running ? 'running' : 'over'}`, 'aria-label': 'Rollout' },
    section(running ? 'Rollout' : 'Last rollout', pill(r.state), may && running && verbs(target, r),
      may && !running && startButton(u, now)),
    what(r),
    h('p', { class: 'reason', 'data-value': 'reason' }, r.reason),
    r.waits_for && h('p', { class: 'waits' }, h('b', null, 'Waits for '), r.waits_for),
    timeline(r, s.one.plan, s.one.revisions),
    gates(r, may, target),
    r.endpoints && rolled(r),
    r.mirror && mirror(r.mirror),
    evidence(s, u, r),
    failures(r),
    r.report && report(r));
}

/** @param {Upstream} u @param {boolean} may @param {() => Upstream|null} now */
const none = (u, may, now) => h('section', { class: 'card', 'aria-label': 'Rollout' }, section('Rollout', may && startButton(u, now)),
  h('p', { class: 'muted' }, u.versions.length > 1 ? `None yet: ${u.stable} is stable. A rollout moves traffic to another version step by step, and back when it is worse.` : 'There is one version, so that there is nowhere to go. Add another to the configuration file.'));

/** @param {Upstream} u @param {() => Upstream|null} now */
const startButton = (u, now) => u.versions.length > 1 && h('div', { class: 'buttons' }, button('Start rollout', { class: 'primary', onclick: () => startRollout(now) }));

/** What can be done to a running rollout. @param {import('./actions.js').Target} t @param {Rollout} r */
export function verbs(t, r) {
  const waits = ['paused', 'holding'].includes(r.state);
  return h('div', { class: 'buttons' },
    r.state !== 'reverting' && button('Promote', { key: 'promote', onclick: () => actions.promote(t) }),
    waits ? button('Resume', { key: 'resume', onclick: () => actions.resume(t) }) : r.state !== 'reverting' && button('Pause', { key: 'pause', onclick: () => actions.pause(t) }),
    button('Abort', { key: 'abort', class: 'danger', onclick: () => actions.abort(t) }));
}

/** @param {Rollout} r */
export const what = (r) => h('p', { class: 'facts' },
  h('span', null, h('b', null, r.flag && r.from === 'file' ? 'what the file says' : r.from), ' → ', h('b', null, r.to)),
  h('span', null, words(r.strategy)),
  r.steps > 0 && h('span', null, `step ${r.step} of ${r.steps}`),
  h('span', null, `${weight(r.weight)} at ${r.to}`),
  r.segments && h('span', null, `and all of ${r.segments.join(', ')}`),
  r.writes && h('span', null, `writes all to ${r.writes}`),
  r.certified && h('span', null, 'certified not worse'),
  h('span', { title: r.started_at }, `started ${ago(r.started_at)}`),
  r.duration_seconds !== undefined && h('span', null, `took ${duration(r.duration_seconds)}`),
  r.group && h('span', null, `of group ${r.group}`));

/** How its gates have answered, with what answers those that ask people. @param {Rollout} r @param {boolean} may @param {import('./actions.js').Target} t */
export function gates(r, may, t) {
  const list = (r.gates ?? []).filter((g) => !['pending', 'not_asked'].includes(g.state));
  if (!list.length) return null;
  return h('ul', { class: 'gates', 'aria-label': 'Gates' }, list.map((g) => h('li', { key: `${g.name} ${g.at} ${g.step}` },
    h('b', null, g.name), h('span', { class: 'muted' }, words(g.at)), pill(g.state), g.author && h('span', null, `by ${g.author}`), h('span', { class: 'text' }, g.reason),
    may && g.approval && g.state === 'asking' && h('div', { class: 'buttons' },
      button('Approve', { class: 'primary', 'aria-label': `Approve ${g.name}`, onclick: () => actions.answerGate(t, g.name, true) }),
      button('Reject', { class: 'danger', 'aria-label': `Reject ${g.name}`, onclick: () => actions.answerGate(t, g.name, false) })))));
}

/** Endpoints that are replaced, by how far they are. @param {Rollout} r */
function rolled(r) {
  return h('ul', { class: 'rolled', 'aria-label': 'Endpoints of the rollout' }, (r.endpoints ?? []).map((e) => h('li', { key: `${e.version} ${e.address}`, class: e.stage },
    h('span', { class: 'muted' }, e.version), h('code', null, e.address), h('b', null, e.stage))));
}

/** @param {import('./types').Mirror} m */
const mirror = (m) => h('p', { class: 'facts' }, h('b', null, 'Copies'), h('span', null, count(m.compared, 'pair') + ' compared'), h('span', null, `${percent(m.mismatch_rate)} differ (${percent(m.mismatch_rate_low)} to ${percent(m.mismatch_rate_high)})`),
  h('span', null, `allowed ${percent(m.max_mismatch)}`), m.candidate_failed > 0 && h('span', null, `${number(m.candidate_failed)} failed at the candidate alone`));

/** What there is against the candidate; of a flag, which has no series, the chart is left out. @param {State} s @param {Upstream|null} u @param {Rollout} r */
export function evidence(s, u, r) {
  const e = r.evidence, series = s.one.series?.evidence.find((x) => x.version === r.to);
  if (!e && !series) return null;
  return h('div', { class: 'evidence' },
    h('h3', null, `Evidence that ${r.to} is worse`),
    e && h('p', { class: 'facts' }, h('span', { class: 'strong' }, h('b', { 'data-value': 'evidence' }, times(e.combined)), `, where ${times(e.threshold)} reverts`),
      h('span', null, `errors ${times(e.errors)}`), h('span', null, `latency ${times(e.latency)}`)),
    u && series && s.one.series && chart('evidence', u, toItsEnd(s.one.series, r), r.to));
}

/**
 * What decided comes between two samples, and belongs to the line.
 * @param {import('./types').Series} s @param {Rollout} r @returns {import('./types').Series}
 */
function toItsEnd(s, r) {
  const end = r.ended_at ? Date.parse(r.ended_at) : NaN, e = r.evidence?.combined ?? 0;
  const i = s.at.findIndex((t) => t >= end);
  if (!(e > 0) || i < 1) return s;
  return { ...s, evidence: s.evidence.map((x) => (x.version !== r.to ? x : { ...x, log10_e: x.log10_e.map((v, k) => (k === i ? Math.log10(e) : k > i ? null : v)) })) };
}

/** @param {Rollout} r */
export const failures = (r) => r.failures?.length > 0 && h('p', { class: 'muted traces' }, 'Traces that failed: ', r.failures.map((f) => [h('code', null, f), ' ']).flat());

/** What it has cost. @param {Rollout} r */
export function report(r) {
  const p = /** @type {import('./types').Report} */ (r.report), n = p.numbers;
  /** @type {[string, string][]} */
  const rows = [
    ['Users’ requests', number(p.requests)], ['Errors users saw', number(p.user_errors)], ['Availability', `${Number(p.availability.toFixed(4))}%`], ['Failed attempts', number(p.failed_attempts)],
  ];
  if (p.seconds_to_zero !== null) rows.push(['First failure to 0%', latency(p.seconds_to_zero * 1000)]);
  if (n) rows.push([`Failures of ${r.to}`, `${number(n.candidate.failures)} of ${number(n.candidate.requests)}`], [`Failures of ${r.from}`, `${number(n.stable.failures)} of ${number(n.stable.requests)}`], ['Evidence at the end', times(n.e_worse)]);
  return h('dl', { class: 'report', 'aria-label': 'Report' }, rows.map(([k, v]) => h('div', { key: k }, h('dt', null, k), h('dd', null, v))));
}

/** The guards of a split that no rollout has made. @param {State} s @param {Upstream} u */
export function guards(s, u) {
  const list = u.guards ?? (u.guard ? [u.guard] : []);
  return list.length > 0 && h('div', { class: 'guards', key: 'guards' }, list.map((g) => h('section', { class: 'card', key: `guard ${g.to}`, 'aria-label': `Guard of ${g.to}` },
    section(`Guard of ${g.to}`, pill(g.state === 'progressing' ? 'watched' : g.state, g.state === 'progressing' ? 'watching' : undefined)),
    h('p', { class: 'reason' }, g.reason || `${g.to} is compared with ${g.from}, and taken out when it is worse.`), evidence(s, u, g), failures(g), g.ended_at && h('p', { class: 'muted' }, `ended ${clock(g.ended_at)}`))));
}
