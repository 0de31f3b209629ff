// @ts-check
// What the page knows, and how it keeps up: it asks once a second while somebody
// looks, and at once when an event says that something has changed.

import { flagPath, get, upstreamPath, groupPath, Refusal } from './client.js';
import { follow } from './stream.js';
import { join } from './series.js';
import { rolling } from './stats.js';

/**
 * @typedef {import('./types').Upstream} Upstream
 * @typedef {{
 *   upstream: Upstream|null, rollout: import('./types').Rollout|null, plan: import('./types').Plan|null,
 *   revisions: import('./types').Revision[], next: number|undefined,
 *   audit: import('./types').AuditEntry[]|null, auditNext: number|undefined,
 *   series: import('./types').Series|null, gone: boolean, more: {asked: boolean, refused: string},
 * }} One an upstream's page; more is of what lies further back
 * @typedef {{group: import('./types').Group|null, rollout: import('./types').GroupRollout|null, gone: boolean}} OneGroup
 * @typedef {{flag: import('./types').Flag|null, revisions: import('./types').FlagRevision[], gone: boolean}} OneFlag
 * @typedef {{
 *   route: import('./route.js').Route, link: 'connecting'|'live'|'lost', why: string, refused: Refusal|null, at: number,
 *   status: import('./types').Status|null, upstreams: Upstream[]|null, groups: import('./types').Group[],
 *   sparks: Map<string, number[]>, one: One, group: OneGroup, flags: import('./types').Flag[]|null, flag: OneFlag, events: import('./types').Event[],
 * }} State
 */

/** Answers that say: not with this token. */
export const DENIED = [401, 403, 429];
const EVERY = 1000; // milliseconds between two questions
const EVENTS = 200; // kept to be shown
const SPARK = 90; // points of a sparkline
const SPARKS = 40; // upstreams that have their past asked for
const PAGE = 25; // revisions and entries at a time

/** @returns {One} */
const noOne = () => ({ upstream: null, rollout: null, plan: null, revisions: [], next: undefined, audit: null, auditNext: undefined, series: null, gone: false, more: { asked: false, refused: '' } });

export class Live {
  /** @param {(s: State) => void} changed @param {(e: import('./types').Event) => void} heard */
  constructor(changed, heard) {
    this.changed = changed;
    this.heard = heard;
    /** @type {State} */
    this.state = {
      route: { kind: 'overview', name: '' }, link: 'connecting', why: '', refused: null, at: 0, status: null, upstreams: null, groups: [],
      sparks: new Map(), one: noOne(), group: { group: null, rollout: null, gone: false }, flags: null, flag: { flag: null, revisions: [], gone: false }, events: [],
    };
    this.stale = true; // what changes seldom is to be asked for again
    /** @type {import('./route.js').Route|null} the page that is asked for at the moment */
    this.asking = null;
    this.again = false;
    this.stop = () => {};
    this.timer = 0;
    this.halted = false; // until a token is given
  }

  start() {
    this.stop();
    this.halted = false;
    this.state.refused = null;
    this.stop = follow({
      event: (e) => {
        this.state.events = [e, ...this.state.events].slice(0, EVENTS);
        this.stale = true;
        this.heard(e);
        this.refresh();
      },
      open: () => {
        this.stale = true;
        this.refresh();
      },
      // Whether Weir answers, a question tells; without events it is asked all the same.
      lost: (r) => (DENIED.includes(r.status) ? this.lose(r) : this.refresh()),
    });
    document.onvisibilitychange = () => this.refresh();
    this.refresh();
  }

  /** @param {import('./route.js').Route} route */
  show(route) {
    const s = this.state;
    if (route.kind !== s.route.kind || route.name !== s.route.name) {
      s.one = noOne();
      s.group = { group: null, rollout: null, gone: false };
      s.flag = { flag: null, revisions: [], gone: false };
    }
    s.route = route;
    this.stale = true;
    this.changed(s);
    this.refresh();
  }

  /** @param {Refusal} r */
  lose(r) {
    this.state.link = 'lost';
    this.state.why = r.status ? `Weir answers with ${r.status}: ${r.message}` : 'Weir does not answer';
    if (DENIED.includes(r.status)) {
      // Asked again with the same token, it would count as wrong each time.
      this.state.refused = r;
      this.halted = true;
      this.stop();
      clearTimeout(this.timer);
    }
    this.changed(this.state);
  }

  /** Asks now; while a question of this page is open, once more after it. */
  async refresh() {
    clearTimeout(this.timer);
    if (this.halted) return;
    const { route } = this.state;
    if (this.asking === route) {
      this.again = true;
      return;
    }
    this.asking = route;
    const began = performance.now();
    do {
      this.again = false;
      await this.ask();
    } while (this.again && !this.halted && this.asking === route);
    if (this.asking !== route) return; // another page does not wait for this one's answers
    this.asking = null;
    // A big answer is asked for less often.
    if (!document.hidden && !this.halted) this.timer = setTimeout(() => this.refresh(), Math.max(EVERY, 3 * (performance.now() - began)) - (performance.now() - began));
  }

  async ask() {
    const s = this.state, { route } = s, stale = this.stale;
    this.stale = false;
    try {
      if (stale || !s.status) s.status = await get('/v1/status');
      if (s.route !== route) return; // what is asked for now has a place of its own
      if (route.kind === 'upstream') await this.askUpstream(route.name, stale);
      else if (route.kind === 'group') await this.askGroup(route.name);
      else if (route.kind === 'flag') await this.askFlag(route.name, stale);
      else if (route.kind === 'flags') await this.askFlags();
      else await this.askAll(stale);
      s.at = Date.now();
      s.refused = null;
      s.link = 'live';
    } catch (e) {
      if (s.route !== route) return;
      this.stale = true;
      if (!(e instanceof Refusal)) reportError(e); // a fault of this page, which must not end the asking
      this.lose(e instanceof Refusal ? e : new Refusal(0, 'fault', String(e)));
    }
    if (s.route === route) this.changed(s);
  }

  /** @param {boolean} stale */
  async askAll(stale) {
    const s = this.state;
    s.upstreams = (/** @type {import('./types').Upstreams} */ (await get('/v1/upstreams'))).upstreams;
    if (stale) {
      s.groups = (/** @type {import('./types').Groups} */ (await get('/v1/groups'))).groups;
      await this.askFlags();
    }
    await Promise.all(s.upstreams.filter((u) => !s.sparks.has(u.name)).slice(0, SPARKS).map((u) => this.lookBack(u.name)));
    for (const u of s.upstreams) {
      const past = s.sparks.get(u.name) ?? [];
      s.sparks.set(u.name, [...past, u.users && u.users.seconds > 0 ? u.users.requests / u.users.seconds : 0].slice(-SPARK));
    }
  }

  /** What a sparkline begins with. @param {string} name */
  async lookBack(name) {
    const s = /** @type {import('./types').Series|null} */ (await optional(get(`${upstreamPath(name)}/series?since=${Date.now() - (SPARK + 10) * 1000}`)));
    const sums = rolling((s?.users.requests ?? []).map((n) => n ?? 0), 10);
    this.state.sparks.set(name, sums.map((n, i) => n / Math.min(i + 1, 10)).slice(-SPARK));
  }

  /** @param {string} name @param {boolean} stale */
  async askUpstream(name, stale) {
    const one = this.state.one, path = upstreamPath(name);
    try {
      const was = one.upstream;
      const u = /** @type {Upstream} */ (await get(path));
      one.gone = false;
      stale ||= was?.revision !== u.revision || stage(was) !== stage(u);
      one.upstream = u;
      const since = one.series?.at.at(-1) ?? 0;
      const [series, rollout, plan, history, audit] = await Promise.all([
        optional(get(`${path}/series${since ? `?since=${since}` : ''}`)),
        u.rollout || (stale && u.last_rollout) ? optional(get(`${path}/rollout`)) : u.last_rollout ? one.rollout : null,
        stale && u.rollout ? optional(get(`${path}/rollout/plan`)) : one.plan,
        stale ? get(`${path}/history?limit=${PAGE}`) : null,
        stale ? optional(get(`/v1/audit?limit=${PAGE}&upstream=${encodeURIComponent(name)}`)) : null,
      ]);
      one.rollout = rollout;
      one.plan = plan;
      if (series) one.series = join(one.series, series) ?? join(null, await get(`${path}/series`));
      if (history) newest(one, history);
      if (audit) newestAudit(one, audit);
    } catch (e) {
      if (!(e instanceof Refusal) || e.status !== 404) throw e;
      one.gone = true;
    }
  }

  /** @param {string} name */
  async askGroup(name) {
    const g = this.state.group;
    try {
      g.group = await get(groupPath(name));
      const runs = (g.group?.upstreams ?? []).map((u) => u.rollout ?? u.last_rollout);
      const together = runs.every((r) => r?.group === name && r.id === runs[0]?.id);
      g.rollout = together ? await optional(get(`${groupPath(name)}/rollout`)) : null;
      g.gone = false;
    } catch (e) {
      if (!(e instanceof Refusal) || e.status !== 404) throw e;
      g.gone = true;
    }
  }

  async askFlags() {
    this.state.flags = (/** @type {import('./types').Flags} */ (await get('/v1/flags'))).flags;
  }

  /** @param {string} key @param {boolean} stale */
  async askFlag(key, stale) {
    const one = this.state.flag, was = one.flag;
    try {
      one.flag = /** @type {import('./types').Flag} */ (await get(flagPath(key)));
      if (stale || was?.revision !== one.flag.revision) one.revisions = (/** @type {import('./types').FlagHistory} */ (await get(`${flagPath(key)}/history?limit=100`))).revisions;
      one.gone = false;
    } catch (e) {
      if (!(e instanceof Refusal) || e.status !== 404) throw e;
      one.gone = true;
    }
  }

  /** Revisions further back. */
  earlier() {
    const { one, route } = this.state;
    return this.further(one, async () => {
      const h = /** @type {import('./types').History} */ (await get(`${upstreamPath(route.name)}/history?limit=${PAGE}&before=${one.next}`));
      one.revisions = [...one.revisions, ...h.revisions];
      one.next = h.next;
    });
  }

  /** Entries of the audit further back. */
  earlierAudit() {
    const { one, route } = this.state;
    return this.further(one, async () => {
      const a = /** @type {import('./types').Audit} */ (await get(`/v1/audit?limit=${PAGE}&upstream=${encodeURIComponent(route.name)}&before=${one.auditNext}`));
      one.audit = [...(one.audit ?? []), ...a.entries];
      one.auditNext = a.next;
    });
  }

  /** Asks for what lies further back, one question at a time. @param {One} one @param {() => Promise<void>} ask */
  async further(one, ask) {
    if (one.more.asked) return;
    one.more = { asked: true, refused: '' };
    try {
      await ask();
    } catch (e) {
      if (!(e instanceof Refusal)) throw e;
      one.more.refused = e.message;
    }
    one.more.asked = false;
    if (one === this.state.one) this.changed(this.state);
  }
}

/** How far a rollout is. @param {Upstream|null} u */
const stage = (u) => (u?.rollout ? `${u.rollout.id} ${u.rollout.state} ${u.rollout.step}` : '');

/** An answer that need not be there. @param {Promise<any>} p */
const optional = (p) => p.catch((e) => {
  if (e instanceof Refusal && [403, 404, 409, 422].includes(e.status)) return null;
  throw e;
});

/** @param {One} one @param {import('./types').History} h */
function newest(one, h) {
  const oldest = h.revisions.at(-1)?.revision ?? 0;
  const kept = one.revisions.filter((r) => r.revision < oldest);
  one.revisions = [...h.revisions, ...kept];
  if (!kept.length) one.next = h.next;
}

/** @param {One} one @param {import('./types').Audit} a */
function newestAudit(one, a) {
  const oldest = a.entries.at(-1)?.id ?? 0;
  const kept = (one.audit ?? []).filter((e) => e.id < oldest);
  one.audit = [...a.entries, ...kept];
  if (!kept.length) one.auditNext = a.next;
}
