// @ts-check
// What people can do, and what each says before it does it.

import { h } from './dom.js';
import { flagPath, groupPath, upstreamPath } from './client.js';
import { clock, weight, words } from './format.js';
import { over } from './dialog.js';

/** @typedef {import('./types').Upstream} Upstream @typedef {import('./types').Rollout} Rollout */
/** @typedef {() => Upstream|null} Now the upstream as it is at the moment */

const p = (/** @type {import('./dom.js').Kids[]} */ ...kids) => h('p', null, ...kids);
const b = (/** @type {string} */ text) => h('b', null, text);

/** @param {string} id @param {string} name @param {import('./dom.js').Kids} text */
export const check = (id, name, text) => h('label', { class: 'check', for: id }, h('input', { id, type: 'checkbox', name }), h('span', null, text));

/**
 * Whose rollout a verb is for: an upstream's, unless it is a group's or a flag's.
 * @typedef {{name: string, group?: boolean, flag?: boolean, rollout: () => Rollout|null, revision?: () => number|undefined, schema?: boolean}} Target
 */

/** @param {Target} t */
const base = (t) => (t.flag ? flagPath : t.group ? groupPath : upstreamPath)(t.name);

/** @param {Target} t */
export const promote = (t) => over.open({
  title: `Promote ${t.rollout()?.to ?? ''} in ${t.name}`, verb: 'Promote', method: 'POST', path: `${base(t)}/rollout/promote`, revision: t.revision,
  says: () => {
    const r = t.rollout();
    if (!r) return p('The rollout has ended.');
    if (r.state === 'baking') return p('Promoting ends the bake: the rollout has succeeded, ', b(r.to), ' is the stable version, and is not compared any more.');
    return [p(b(r.to), ` has ${weight(r.weight)} now, ${step(r)}. Promoting ends the present wait: the rollout goes on with what comes next in its plan, and stays guarded.`),
      r.waits_for && p('It waits for: ', r.waits_for)];
  },
  fields: () => t.rollout()?.state !== 'baking' && check('full', 'full', 'Skip the steps that are left: everything to it now, straight to the bake'),
  body: (f) => (f.has('full') ? { full: true } : {}),
});

/** @param {Rollout} r */
const step = (r) => (r.steps ? `step ${r.step} of ${r.steps}` : words(r.state));

/** @param {Target} t */
export const pause = (t) => over.open({
  title: `Pause the rollout of ${t.name}`, verb: 'Pause', method: 'POST', path: `${base(t)}/rollout/pause`, revision: t.revision,
  says: () => p(b(t.rollout()?.to ?? ''), ` keeps its ${weight(t.rollout()?.weight ?? 0)}, and the rollout does not advance until it is resumed. It is still reverted when it is worse.`),
  body: () => ({}),
});

/** @param {Target} t */
export const resume = (t) => over.open({
  title: `Resume the rollout of ${t.name}`, verb: 'Resume', method: 'POST', path: `${base(t)}/rollout/resume`, revision: t.revision,
  says: () => p('The rollout of ', b(t.rollout()?.to ?? ''), ` goes on from its ${weight(t.rollout()?.weight ?? 0)}.`),
  body: () => ({}),
});

/** Without a revision: a way back is never refused for being late. @param {Target} t */
export const abort = (t) => over.open({
  title: `Abort the rollout of ${t.name}`, verb: 'Abort', danger: true, method: 'POST', path: `${base(t)}/rollout/abort`,
  says: () => {
    const r = t.rollout();
    return r ? [p(b(r.to), ' goes to 0% with the next request, and its ', b(weight(r.weight)), ' go back to ', b(r.from), '. Requests under way are finished.')] : p('The rollout has ended.');
  },
  fields: () => t.schema && check('force', 'force', 'Also if the version before cannot run on the database’s schema'),
  body: (f) => (f.has('force') ? { force: true } : {}),
});

/** @param {Now} now @param {number} [to] */
export const undo = (now, to) => {
  const u = now();
  if (!u) return;
  over.open({
    title: to ? `Go back to revision ${to} of ${u.name}` : `Undo the release of ${u.name}`, verb: to ? 'Go back' : 'Undo', danger: true,
    method: 'POST', path: `${upstreamPath(u.name)}/undo`, revision: () => now()?.revision,
    says: () => {
      const x = now(), back = x?.way_back;
      if (to) return p('The split becomes exactly that of revision ', b(String(to)), '. It is a new revision, and can be undone too.');
      if (!back) return p('There is nothing to go back to.');
      return [p('Back to revision ', b(String(back.revision)), ', with ', b(back.stable), ' as the stable version. ',
        back.warm_until && Date.parse(back.warm_until) > Date.now() ? `It is warm until ${clock(back.warm_until)}: one switch.` : 'It is checked first, then switched.'),
      back.refused && p(h('span', { class: 'problem' }, `It is refused at present: ${back.refused}`))];
    },
    fields: () => now()?.schema && check('override', 'override', 'Go past what guards the database (needs a reason)'),
    body: (f) => ({ ...(to && { to_revision: to }), ...(f.has('override') && { override: true }) }),
  });
};

/** @param {string} name @param {() => Rollout|null} rollout */
export const undoGroup = (name, rollout) => over.open({
  title: `Undo the release of ${name}`, verb: 'Undo', danger: true, method: 'POST', path: `${groupPath(name)}/undo`,
  says: () => p('All upstreams of the group go back to the release before', rollout() ? ` ${rollout()?.to}` : '', ', or none does.'),
  body: () => ({}),
});

/** @param {Now} now @param {string} version @param {string} address @param {'up'|'drain'|'down'} state */
export const endpoint = (now, version, address, state) => {
  const u = now();
  if (!u) return;
  const says = {
    drain: 'It takes nothing new and finishes what it has.',
    down: 'It is out of service: nothing new, and its connections are closed.',
    up: 'It serves again as soon as it is well.',
  };
  const left = () => now()?.versions.find((v) => v.name === version)?.endpoints.filter((e) => e.address !== address && e.state === 'up' && e.health === 'up').length ?? 0;
  over.open({
    title: { drain: 'Drain', down: 'Take down', up: 'Bring up' }[state] + ` ${address}`, verb: { drain: 'Drain', down: 'Take down', up: 'Bring up' }[state], danger: state === 'down',
    method: 'PATCH', path: `${upstreamPath(u.name)}/endpoints/${encodeURIComponent(address)}`, revision: () => now()?.revision,
    says: () => [p(b(address), ` of ${u.name} ${version}. `, says[state]), state !== 'up' && p(left() ? `${left()} other endpoint${left() === 1 ? '' : 's'} of ${version} will be up.` : `It is the last of ${version} that is up.`)],
    body: () => ({ state, version }),
  });
};

/** @param {Target} t @param {string} gate @param {boolean} yes */
export const answerGate = (t, gate, yes) => over.open({
  title: `${yes ? 'Approve' : 'Reject'} ${gate}`, verb: yes ? 'Approve' : 'Reject', danger: !yes,
  method: 'POST', path: `${base(t)}/rollout/gates/${encodeURIComponent(gate)}`, revision: t.revision,
  says: () => p(yes ? 'The rollout goes on when nothing else keeps it.' : 'The rollout is taken back.'),
  body: () => ({ approve: yes }),
});

/** @param {Now} now */
export const readOnly = (now) => {
  const u = now();
  if (!u) return;
  const on = !u.writes.read_only.on;
  over.open({
    title: on ? `Refuse the writes of ${u.name}` : `Serve the writes of ${u.name} again`, verb: on ? 'Refuse writes' : 'Serve writes', danger: on,
    method: 'PUT', path: `${upstreamPath(u.name)}/read-only`, revision: () => now()?.revision,
    says: () => p(on ? 'Writes are answered with 503 until they are served again. Reads go on.' : 'Writes go to their version again, from the next one on.'),
    body: () => ({ on }),
  });
};

