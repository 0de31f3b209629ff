// @ts-check
// What people can do to a flag, and what each says before it does it.

import { h } from './dom.js';
import { flagPath } from './client.js';
import { over } from './dialog.js';

/** @typedef {() => import('./types').Flag|null} Now the flag as it is at the moment */

/** Off names no revision: a kill switch is never refused for being late. @param {Now} now @param {boolean} on */
export function turn(now, on) {
  const f = now();
  if (!f) return;
  over.open({
    title: `${on ? 'Enable' : 'Disable'} ${f.key}`, verb: on ? 'Enable' : 'Disable', danger: !on, method: 'PATCH', path: flagPath(f.key), revision: on ? () => now()?.revision : undefined,
    says: () => h('p', null, on ? 'Its rules decide again, from the next request on.' : 'Nobody gets a variant of it, from the next request on: routes that ask for one are not taken, and applications do what they do by themselves.'),
    body: () => ({ enabled: on }),
  });
}

/** @param {Now} now */
export function force(now) {
  const f = now();
  if (!f) return;
  let variant = f.variant ?? '';
  over.open({
    title: `One variant of ${f.key} for all`, verb: 'Set', method: 'PATCH', path: flagPath(f.key), revision: () => now()?.revision,
    says: () => h('p', null, variant ? ['Everybody gets ', h('b', null, variant), ', whatever the rules say, from the next request on.'] : 'The rules decide for each.'),
    fields: () => [h('label', { for: 'variant' }, 'Variant'),
      h('select', { id: 'variant', onchange: (/** @type {Event} */ e) => { variant = /** @type {HTMLSelectElement} */ (e.target).value; over.draw(); } },
        h('option', { key: '', value: '', selected: variant === '' }, 'as the rules say'), f.variants.map((v) => h('option', { key: `v ${v.name}`, value: v.name, selected: v.name === variant }, v.name)))],
    body: () => ({ variant: variant || null }),
  });
}

/** @param {Now} now @param {number} [to] */
export function undoFlag(now, to) {
  const f = now();
  if (!f) return;
  over.open({
    title: to ? `Go back to revision ${to} of ${f.key}` : `Undo the latest change of ${f.key}`, verb: to ? 'Go back' : 'Undo', danger: true, method: 'POST', path: `${flagPath(f.key)}/undo`, revision: () => now()?.revision,
    says: () => h('p', null, to ? ['What was set at revision ', h('b', null, String(to)), ' is set again.'] : 'What was set before is set again.', ' It is a new revision, and can be undone too.'),
    body: () => (to ? { to_revision: to } : {}),
  });
}
