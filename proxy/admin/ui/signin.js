// @ts-check

import { h } from './dom.js';
import { token } from './client.js';

/**
 * Asks for a token. It stays in this tab and is sent to this server alone.
 * @param {import('./client.js').Refusal} why
 * @param {() => void} again
 */
export function signIn(why, again) {
  const wrong = token.get() !== '';
  /** @param {SubmitEvent} e */
  const submit = (e) => {
    e.preventDefault();
    const field = /** @type {HTMLInputElement} */ (document.getElementById('token'));
    token.set(field.value.trim());
    again();
  };
  return h('form', { class: 'card signin', onsubmit: submit },
    h('h1', { tabindex: '-1' }, 'Token'),
    h('p', { class: 'muted' }, 'This Weir answers to those who have a token of its ', h('code', null, 'tokens_file'), '. It is kept in this tab until you close it.'),
    h('label', { for: 'token' }, 'Your token'),
    h('input', { id: 'token', type: 'password', autocomplete: 'current-password', required: true, 'aria-describedby': wrong ? 'why' : null }),
    (wrong || why.status !== 401) && h('p', { id: 'why', class: 'problem', role: 'alert' }, why.message),
    h('div', { class: 'buttons' }, h('button', { type: 'submit', class: 'primary' }, 'Sign in')));
}
