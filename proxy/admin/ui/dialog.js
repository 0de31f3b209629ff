// @ts-check
// One dialog at a time: what an action will do, why it is asked for, and its answer.

import { h, render } from './dom.js';
import { call, newKey, Refusal } from './client.js';
import { button, notice } from './parts.js';

/**
 * Something to be done. says is what will happen, as things are now; revision the one
 * that is looked at now, none where it may be any. When it has changed, nothing can be
 * sent until who asks says that this has been seen.
 * @typedef {{
 *   title: string, verb: string, danger?: boolean, method: string, path: string,
 *   says: () => import('./dom.js').Kids, fields?: () => import('./dom.js').Kids,
 *   body: (form: FormData) => Record<string, unknown>, revision?: () => number|undefined,
 * }} Action
 */

const AUTHOR = 'weir.author';

class Over {
  constructor() {
    /** @type {Action|null} */
    this.action = null;
    /** @type {HTMLElement|null} */
    this.place = null;
    /** @type {import('./live.js').Live|null} */
    this.live = null;
    this.key = '';
    this.sent = ''; // what the key was used for
    /** @type {number|undefined} */
    this.seen = undefined; // the revision that the person goes by
    this.busy = false;
    /** @type {Refusal|null} */
    this.refused = null;
    this.done = '';
    this.hide = 0;
    /** @type {Element|null} */
    this.from = null;
  }

  /** @param {HTMLElement} place @param {import('./live.js').Live} live */
  bind(place, live) {
    this.place = place;
    this.live = live;
  }

  /** @param {Action} a */
  open(a) {
    this.from = document.activeElement;
    Object.assign(this, { action: a, key: newKey(), seen: a.revision?.(), busy: false, refused: null, done: '', sent: '' });
    this.draw();
  }

  /** The page is another one: nothing of this is asked any more. */
  leave() {
    this.action = null;
  }

  close() {
    this.leave();
    this.draw();
    if (this.from instanceof HTMLElement && this.from.isConnected) this.from.focus();
    else document.getElementById('main')?.focus();
  }

  draw() {
    if (!this.place) return;
    render(this.place, this.action && this.dialog(this.action), this.done && h('div', { class: 'toast', key: 'toast' }, this.done));
    const d = this.place.querySelector('dialog');
    if (d && !d.open) d.showModal(); // which keeps the focus inside, and the rest of the page out
  }

  /** Goes by what is now, from now on. @param {Action} a */
  look(a) {
    this.seen = a.revision?.();
    this.key = newKey();
    this.draw();
    /** @type {HTMLElement|null|undefined} */ (this.place?.querySelector('[type="submit"]'))?.focus();
  }

  /** @param {Action} a */
  dialog(a) {
    const moved = a.revision?.() !== this.seen, author = this.live?.state.status?.you?.author;
    return h('dialog', {
      key: a.title, 'aria-labelledby': 'asks',
      oncancel: (/** @type {Event} */ e) => { e.preventDefault(); this.close(); },
    },
    h('form', { method: 'dialog', onsubmit: (/** @type {SubmitEvent} */ e) => this.send(e) },
      h('h2', { id: 'asks' }, a.title),
      h('div', { class: 'says' }, a.says()),
      moved && h('div', { key: 'moved' }, notice('warn', 'This has changed since you opened it. What stands here is what it is now. ', button('I have seen it', { onclick: () => this.look(a) }))),
      a.fields?.(),
      h('label', { for: 'reason' }, 'Reason ', h('span', { class: 'muted' }, 'for the history')),
      h('input', { id: 'reason', name: 'reason', maxlength: '1000', autocomplete: 'off' }),
      !author && [h('label', { for: 'author' }, 'Your name'), h('input', { id: 'author', name: 'author', maxlength: '100', autocomplete: 'name', value: localStorage.getItem(AUTHOR) ?? '' })],
      this.refused && h('p', { class: 'problem', role: 'alert' }, this.refused.message),
      h('div', { class: 'buttons' },
        button('Cancel', { onclick: () => this.close() }),
        h('button', { type: 'submit', class: a.danger ? 'danger' : 'primary', disabled: this.busy || moved }, this.busy ? 'Sending…' : a.verb))));
  }

  /** @param {SubmitEvent} e */
  async send(e) {
    e.preventDefault();
    const a = this.action;
    if (!a || this.busy || a.revision?.() !== this.seen) return;
    const form = new FormData(/** @type {HTMLFormElement} */ (e.target));
    const author = String(form.get('author') ?? '').trim(), reason = String(form.get('reason') ?? '').trim();
    if (form.has('author')) localStorage.setItem(AUTHOR, author);
    const body = { ...a.body(form), ...(reason && { reason }), ...(author && { author }) };
    if (this.sent !== JSON.stringify(body)) this.key = newKey(); // else it is the same, once more
    this.sent = JSON.stringify(body);
    this.busy = true;
    this.refused = null;
    this.draw();
    try {
      await call(a.method, a.path, { key: this.key, revision: this.seen, body });
      this.toast(`${a.verb}: done`);
      this.close();
    } catch (err) {
      this.refused = err instanceof Refusal ? err : new Refusal(0, 'fault', String(err));
      // An answer that is known is not wanted again.
      if (this.refused.status !== 0) this.key = newKey();
    } finally {
      this.busy = false;
      if (this.live) this.live.stale = true;
      this.live?.refresh();
      this.draw();
    }
  }

  /** @param {string} text */
  toast(text) {
    this.done = text;
    const said = document.getElementById('said');
    if (said) said.textContent = text;
    clearTimeout(this.hide);
    this.hide = setTimeout(() => { this.done = ''; this.draw(); }, 4000);
  }
}

export const over = new Over();
