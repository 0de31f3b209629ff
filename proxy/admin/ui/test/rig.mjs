// A real Chromium in front of a real Weir, and what it must never do. The Go test that
// starts this says where that is, and answers to commands about the world around it.

import { chromium } from 'playwright-core';
import { latency, percent, rate } from '../format.js';

export const admin = process.env.WEIR_ADMIN ?? '';
const control = process.env.WEIR_WORLD ?? '';
const PATIENCE = 30_000; // milliseconds that a condition is waited for

/** Has the Go test do something to the world. */
export async function world(command) {
  const res = await fetch(`${control}/${command}`, { method: 'POST' });
  if (!res.ok) throw new Error(`${command}: ${await res.text()}`);
}

/** Asks the API of a Weir, without the dashboard. */
export const client = (base, token) => async (path, method = 'GET', body) => {
  const res = await fetch(base + path, { method, body: body && JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) } });
  if (!res.ok) throw new Error(`${method} ${path}: ${res.status} ${await res.text()}`);
  return res.json();
};
export const api = client(admin);

/** Waits until f gives something true, and returns it. */
export async function until(what, f, most = PATIENCE) {
  let last;
  for (const end = Date.now() + most; Date.now() < end; await new Promise((r) => setTimeout(r, 40))) {
    try {
      last = await f();
      if (last) return last;
    } catch (e) {
      last = e;
    }
  }
  throw new Error(`not seen within ${most} ms: ${what}; last ${last instanceof Error ? last.stack : JSON.stringify(last)}`);
}

export function equal(what, got, want) {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--in-process-gpu'],
});

/** A page that keeps an account of what it must not do; gone is what may answer 404. */
export async function open(browser, options = {}, url = admin, gone = /^$/) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults = [];
  const origin = new URL(url).origin;
  page.on('pageerror', (e) => faults.push(`error: ${e.stack}`));
  page.on('console', (m) => {
    // A question that is refused, and a server that is away, are said by Chromium itself.
    if (m.type() !== 'error' && m.type() !== 'warning') return;
    if (/status of 404/.test(m.text()) && gone.test(new URL(m.location().url).pathname)) return;
    if (/status of (401|503)|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE/.test(m.text())) return;
    faults.push(`console: ${m.text()} ${m.location().url}`);
  });
  page.on('request', (r) => { if (new URL(r.url()).origin !== origin && !r.url().startsWith('data:')) faults.push(`request to ${r.url()}`); });
  await page.addInitScript(() => {
    globalThis.violations = [];
    document.addEventListener('securitypolicyviolation', (e) => globalThis.violations.push(`${e.violatedDirective} ${e.blockedURI}`));
    globalThis.instead = [];
    const real = globalThis.fetch;
    globalThis.fetch = async (path, options) => {
      const i = globalThis.instead.find((x) => x.times !== 0 && new RegExp(x.path).test(path));
      if (i?.times) i.times--;
      if (i?.status) return new Response(JSON.stringify({ title: 'A test', status: i.status, detail: i.detail }), { status: i.status, headers: { 'Content-Type': 'application/problem+json' } });
      const res = await real(path, options);
      return i ? Response.json({ ...(await res.json()), ...i.with }, { status: res.status }) : res;
    };
  });
  // Answers to what matches path: a refusal with status and detail, or what Weir says with
  // other values; times, or until the next call. Without a path everything is as it is.
  page.instead = (path, what) => page.evaluate(([p, w]) => { globalThis.instead = p ? [{ path: p, ...w }] : []; }, [path, what]);
  page.faults = async () => [...faults, ...(await page.evaluate(() => globalThis.violations))];
  return page;
}

/** What a person does on a page, and what is looked at there. */
export function hands(page) {
  const dialog = page.locator('dialog');
  return {
    dialog,
    press: (name) => page.getByRole('button', { name, exact: true }).first().click(),
    /** Confirms the open dialog with a reason. */
    confirm: async (verb, reason) => {
      await dialog.getByLabel(/^Reason/).fill(reason);
      await dialog.getByRole('button', { name: verb, exact: true }).click();
      await until('the dialog is gone', async () => (await dialog.count()) === 0);
    },
    /**
     * What the API says at paths and what the page shows in a selector, at one moment: the
     * page asks then too, as when somebody comes back to it.
     */
    compared: (paths, selector) => page.evaluate(async ([ask, of]) => {
      document.dispatchEvent(new Event('visibilitychange'));
      const said = await Promise.all(ask.map((path) => fetch(path).then((r) => r.json())));
      await new Promise((r) => setTimeout(r, 100)); // for its answers, and what is made of them
      return { said, shown: [...document.querySelectorAll(of)].map((e) => e.innerText.replace(/\s+/g, ' ').trim()) };
    }, [paths, selector]),
  };
}

/** A window of the API as the pages write it. */
export const window = (w) => (w.requests ? [rate(w.requests / w.seconds), percent(w.error_rate), latency(w.p50_ms), latency(w.p99_ms)] : ['0', '–', '–', '–']);
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

let failed = 0;
/** One thing that is to be so; its outcome is a line for the Go test. */
export async function check(name, f) {
  const began = Date.now();
  try {
    await f();
    console.log(`ok ${Date.now() - began} ${name}`);
  } catch (e) {
    failed++;
    console.log(`not ok ${Date.now() - began} ${name}: ${(e.stack ?? String(e)).replaceAll('\n', '\\n')}`);
  }
}

export const done = () => { process.exitCode = failed ? 1 : 0; };

/** The text of the first element, with its white space made simple. */
export const text = (page, selector) => page.locator(selector).first().innerText({ timeout: 2000 }).then((s) => s.replace(/\s+/g, ' ').trim());
