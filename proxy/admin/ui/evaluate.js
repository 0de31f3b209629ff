// @ts-check
// Who gets what of a flag: attributes in, a decision out. Nothing is changed by it.

import { h } from './dom.js';
import { call, flagPath, Refusal } from './client.js';
import { words } from './format.js';
import { section } from './parts.js';

/** @typedef {import('./types').Evaluation} Evaluation */

let of = ''; // the flag that was asked about
let text = '{"targetingKey": "user-42"}';
/** @type {Evaluation|null} */
let answer = null;
let wrong = '';

/** @param {import('./types').Flag} f @param {() => void} redraw */
export function whoGetsWhat(f, redraw) {
  if (of !== f.key) {
    of = f.key;
    answer = null;
    wrong = '';
  }
  return h('section', { class: 'card', 'aria-label': 'Who gets what' }, section('Who gets what'),
    h('form', { class: 'asks', onsubmit: (/** @type {SubmitEvent} */ e) => { e.preventDefault(); ask(f.key, redraw); } },
      h('label', { for: 'context' }, 'Attributes of somebody, as JSON'),
      h('textarea', { id: 'context', rows: '3', spellcheck: 'false', value: text, 'aria-describedby': 'gets', oninput: (/** @type {InputEvent} */ e) => { text = /** @type {HTMLTextAreaElement} */ (e.target).value; } }),
      h('div', { class: 'buttons' }, h('button', { type: 'submit' }, 'Ask'))),
    h('div', { id: 'gets', role: 'status' }, wrong && h('p', { class: 'problem' }, wrong), answer && decision(answer)));
}

/** @param {Evaluation} a */
const decision = (a) => h('p', { class: 'reason' },
  a.variant === null ? h('b', null, 'No variant') : ['Gets ', h('b', { 'data-value': 'variant' }, a.variant)],
  `: ${words(a.reason.toLowerCase())}`, a.error_code && ` (${a.error_code}: ${a.error_details})`, a.value !== null && a.value !== undefined && [', the value ', h('code', null, JSON.stringify(a.value))], '.');

/** @param {string} key @param {() => void} redraw */
async function ask(key, redraw) {
  try {
    const context = JSON.parse(text.trim() || '{}');
    const got = /** @type {Evaluation} */ (await call('POST', `${flagPath(key)}/evaluate`, { body: { context } }));
    if (of !== key) return;
    answer = got;
    wrong = '';
  } catch (e) {
    if (!(e instanceof Refusal) && !(e instanceof SyntaxError)) throw e;
    answer = null;
    wrong = e instanceof Refusal ? e.message : `That is not JSON: ${e.message}`;
  }
  redraw();
}
