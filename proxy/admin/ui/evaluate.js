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
const decision = (a) => [gets(a), a.explanation && a.explanation.rule.length > 0 && asked(a.explanation.rule), a.explanation?.ramp && h('p', { key: 'ramp', class: 'muted' }, onTheWay(a.explanation.ramp))];

/** What was asked of the rule, and what decided. @param {import('./types').RulePart[]} parts */
const asked = (parts) => h('ol', { key: 'parts', class: 'parts', 'aria-label': 'What was asked of the rule' }, parts.map((p, i) => h('li', { key: i, class: p.decided ? 'decided' : '', style: { 'padding-left': `${p.depth * 16}px` }, title: `${p.file}:${p.line}` },
  !['operand', 'rule'].includes(p.role) && h('span', { class: 'muted' }, p.role, ' '),
  h('code', null, (parts[i + 1]?.depth ?? 0) > p.depth && p.operator !== '$ref' ? p.operator : JSON.stringify(p.written)),
  ' ', h('b', null, ['if', 'operand'].includes(p.role) ? (p.holds ? 'yes' : 'no') : JSON.stringify(p.says)), p.decided && h('span', { class: 'unseen' }, ', which decided'),
  p.attributes.map((a) => h('span', { key: a.name, class: 'muted' }, a.value === null ? ` no ${a.name}` : ` ${a.name} ${JSON.stringify(a.value)}`)), p.places > 0 && h('span', { class: 'muted' }, ` at ${p.place} of ${p.places}`))));

/** @param {import('./types').RampPlace} r */
const onTheWay = (r) => [r.step ? `In by step ${r.step} of ${r.steps} of the rollout, ${r.by}` : 'In by no step of the rollout', !r.running ? '.' : r.step > r.at || !r.step ? `; not yet, it is at step ${r.at}.` : `; it is at step ${r.at}.`];

/** @param {Evaluation} a */
const gets = (a) => h('p', { class: 'reason' },
  a.variant === null ? h('b', null, 'No variant') : ['Gets ', h('b', { 'data-value': 'variant' }, a.variant)],
  `: ${words(a.reason.toLowerCase())}`, a.error_code && ` (${a.error_code}: ${a.error_details})`, a.value !== null && a.value !== undefined && [', the value ', h('code', null, JSON.stringify(a.value))], '.');

/** @param {string} key @param {() => void} redraw */
async function ask(key, redraw) {
  try {
    const context = JSON.parse(text.trim() || '{}');
    const got = /** @type {Evaluation} */ (await call('POST', `${flagPath(key)}/evaluate`, { body: { context, explain: true } }));
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
