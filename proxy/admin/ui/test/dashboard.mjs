// The dashboard during real rollouts: what it shows is what the API says, what is
// pressed happens, and what happens is seen.

import { latency, percent } from '../format.js';
import { wilson } from '../stats.js';
import { admin, api, check, equal, hands, open, same, text, until, window, world } from './rig.mjs';
import { faint } from './looks.mjs';

const HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script> & "quotes"';
const API = '/v1/upstreams/api';

/** @param {import('playwright-core').Browser} browser @param {Promise<void>} others who look at the same Weir */
export async function dashboard(browser, others) {
  const page = await open(browser, {}, admin, /^\/v1\/upstreams\/shop$/);
  const { press, dialog, confirm, compared } = hands(page);

  await check('the overview shows what the API says', async () => {
    await page.goto(admin);
    await until('values equal to the API', async () => {
      const { said: [{ upstreams }], shown } = await compared(['/v1/upstreams'], 'tr[data-upstream] :is(.legend b, [data-value])');
      return upstreams.length === 3 && same(shown, upstreams.flatMap((u) => [...u.versions.map((v) => percent(u.split[v.name].share)), ...window(u.users)]));
    });
  });

  await check('an upstream’s page shows what the API says', async () => {
    await page.getByRole('link', { name: 'api', exact: true }).click();
    await until('values equal to the API', async () => {
      const { said: [u], shown } = await compared([API], ':is([data-value="revision"], [data-version] [data-value], tr[data-endpoint] .pill)');
      return same(shown, [String(u.revision), ...u.versions.flatMap((v) => [percent(u.split[v.name].share), ...window(v.window)]), ...u.versions.flatMap((v) => v.endpoints.map((e) => e.health))]);
    });
    await until('four charts are drawn', async () => (await page.locator('.charts canvas').count()) === 4);
    await until('their figures are the API’s', async () => {
      const { said: [s], shown } = await compared([`${API}/series`], '.chart:not(:nth-child(2)) .legend b'); // shares, errors, latencies
      const sum = (column) => column.slice(-10).reduce((a, n) => a + n, 0);
      const errors = (v) => {
        const n = sum(v.requests), bad = sum(v.errors), [low, high] = wilson(bad, n).map(percent);
        return n ? `${percent(bad / n)} ${low} – ${high}` : '–';
      };
      return same(shown, [
        ...s.versions.map((v) => percent(v.share.at(-1))), ...s.versions.map(errors),
        ...s.versions.flatMap((v) => [`p50 ${latency(v.p50_ms.at(-1) || null)}`, `p99 ${latency(v.p99_ms.at(-1) || null)}`]),
      ]);
    });
  });

  await check('a button press changes the split, with a reason, a revision and a key', async () => {
    const before = await api(API);
    await press('Set split');
    await dialog.getByLabel('v1').fill('70');
    await dialog.getByLabel('v2').fill('30');
    equal('preview', await dialog.locator('output').allInnerTexts(), ['70%', '30%']);
    const sent = page.waitForRequest((r) => r.method() === 'PUT');
    await dialog.getByLabel('Your name').fill('ada');
    await confirm('Set split', HOSTILE);
    const headers = await (await sent).allHeaders();
    equal('If-Match', headers['if-match'], `"${before.revision}"`);
    if (!/^[0-9a-f]{32}$/.test(headers['idempotency-key'])) throw new Error(`Idempotency-Key ${headers['idempotency-key']}`);
    const u = await api(API);
    equal('split', [u.split.v1.share, u.split.v2.share, u.last_change.author, u.last_change.reason], [0.7, 0.3, 'ada', HOSTILE]);
    await until('the page shows it', async () => (await text(page, '[data-version="v2"] [data-value="share"]')) === '30%');
  });

  await check('a hostile reason is text', async () => {
    const row = page.locator('table.history tbody tr').first();
    await until('the reason is shown', async () => (await row.innerText()).includes(HOSTILE));
    equal('elements made of it', await page.locator('main img, main script, main iframe').count(), 0);
    equal('code that ran', await page.evaluate(() => globalThis.pwned ?? 'none'), 'none');
  });

  await check('a stale dialog says so, and is not obeyed blindly', async () => {
    await press('Set split');
    await dialog.getByLabel('v2').fill('10');
    await api(`${API}/split`, 'PUT', { weights: { v1: 100, v2: 0 }, reason: 'somebody else' });
    await until('a notice', async () => (await dialog.innerText()).includes('changed since'));
    const send = dialog.getByRole('button', { name: 'Set split', exact: true });
    equal('it can be sent', await send.isEnabled(), false);
    await dialog.getByLabel(/^Reason/).press('Enter');
    equal('the split', (await api(API)).split.v2.share, 0);
    await dialog.getByRole('button', { name: 'I have seen it' }).click();
    equal('it can be sent, once it was seen', [await send.isEnabled(), await page.evaluate(() => document.activeElement?.textContent)], [true, 'Set split']);
    await page.keyboard.press('Escape');
    await until('the dialog is gone', async () => (await dialog.count()) === 0);
    equal('focus', await page.evaluate(() => document.activeElement?.textContent), 'Set split');
  });

  await check('a way back in the browser takes the dialog along', async () => {
    await page.evaluate(() => { location.hash = '#/u/web'; });
    await until('the other page', async () => (await text(page, 'h1')) === 'web');
    await press('Set split');
    await page.goBack();
    await until('the page before, without a dialog', async () => (await text(page, 'h1')) === 'api' && (await dialog.count()) === 0);
  });

  await check('one question that fails is said, and forgotten when the next is answered', async () => {
    await page.evaluate(() => {
      globalThis.link = [];
      new MutationObserver(() => { const now = document.querySelector('.link')?.textContent; if (now !== globalThis.link.at(-1)) globalThis.link.push(now); })
        .observe(document.getElementById('bar'), { subtree: true, childList: true, characterData: true });
    });
    await page.instead(`^${API}$`, { status: 503, detail: 'for a moment', times: 1 });
    await until('reconnecting, then live', async () => same(await page.evaluate(() => globalThis.link), ['reconnecting', 'live']));
    equal('notices', await page.locator('.notice').count(), 0);
  });

  await check('what lies further back is there, or why it is not', async () => {
    for (let i = 0; i < 30; i++) await api('/v1/upstreams/web/split', 'PUT', { weights: { v1: 100, v2: i % 2 }, reason: `change ${i}` });
    await page.evaluate(() => { location.hash = '#/u/web'; });
    const row = page.locator('table.history tbody tr');
    await until('the newest', async () => (await row.count()) === 25);
    await page.instead('/history\\?.*before=', { status: 503, detail: 'not at the moment' });
    await press('Earlier');
    await until('why not', async () => (await text(page, '#past .problem')) === 'not at the moment');
    await page.instead();
    await press('Earlier');
    await until('all of it', async () => (await row.count()) === (await api('/v1/upstreams/web')).revision && (await page.locator('#past .problem').count()) === 0);
    await page.evaluate(() => { location.hash = '#/u/api'; });
    await until('the page', async () => (await text(page, 'h1')) === 'api');
  });

  await check('a rollout is started, and its steps, state and reason are shown', async () => {
    await press('Start rollout');
    await until('the plan is shown', async () => (await dialog.innerText()).includes('25% → 100%'));
    await confirm('Start', 'release 42');
    const u = await until('it runs', async () => { const x = await api(API); return x.rollout && x; });
    await until('its state', async () => (await text(page, '.rollout .head .pill')) === u.rollout.state);
    await until('its step', async () => (await text(page, '.stop[aria-current="step"] .label')).startsWith('25%'));
    await until('its reason', async () => (await text(page, '[data-value="reason"]')) === (await api(API)).rollout.reason);
    await until('its evidence', async () => (await page.locator('.evidence canvas').count()) === 1);
  });

  await check('paused and resumed', async () => {
    await press('Pause');
    await confirm('Pause', 'lunch');
    await until('paused', async () => (await text(page, '.rollout .head .pill')) === 'paused' && (await api(API)).rollout.state === 'paused');
    await press('Resume');
    await confirm('Resume', '');
    await until('progressing', async () => (await text(page, '.rollout .head .pill')) === 'progressing');
  });

  await check('the keyboard alone reaches abort', async () => {
    await page.evaluate(() => { document.activeElement?.blur(); scrollTo(0, 0); });
    let found = false;
    for (let i = 0; i < 40 && !found; i++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => { const e = document.activeElement, s = getComputedStyle(e); return { text: e.textContent, seen: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 }; });
      found = at.text === 'Abort';
      if (found && !at.seen) throw new Error('the focus on Abort cannot be seen');
    }
    if (!found) throw new Error('40 tabs do not reach Abort');
    await page.keyboard.press('Enter');
    await until('a dialog', async () => (await dialog.count()) === 1);
    await until('the focus is in it', async () => page.evaluate(() => !!document.activeElement?.closest('dialog')));
    await page.keyboard.type('by keyboard');
    await page.keyboard.press('Enter');
    const r = await until('aborted', async () => { const x = await api(`${API}/rollout`); return x.state === 'aborted' && x; });
    if (!r.reason.includes('by keyboard')) throw new Error(`reason ${r.reason}`);
    await until('shown', async () => (await text(page, '.rollout .head .pill')) === 'aborted');
  });

  await check('a revert is on the page within a second', async () => {
    await api(`${API}/rollout`, 'POST', { to: 'v2', reason: 'a bad one' });
    await until('it runs', async () => (await text(page, '.rollout .head .pill')) === 'progressing');
    await page.evaluate(() => {
      const watch = () => { if (document.querySelector('.rollout .head .pill')?.textContent === 'reverted') { globalThis.revertedAt = Date.now(); watcher.disconnect(); } };
      const watcher = new MutationObserver(watch);
      watcher.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    });
    await world('fail');
    const at = await until('reverted on the page', () => page.evaluate(() => globalThis.revertedAt));
    const r = await api(`${API}/rollout`);
    const late = at - Date.parse(r.ended_at);
    console.log(`# the page shows the revert ${late} ms after it`);
    if (late > 1000) throw new Error(`${late} ms after it`);
    await until('said to those who listen', async () => (await text(page, '#said')).includes('reverted'));
    equal('report', await text(page, '.report div:has(dt:text-is("Failed attempts")) dd'), String(r.report.failed_attempts));
    await world('heal');
  });

  await check('an endpoint is drained, and brought up', async () => {
    const address = (await api(API)).versions[0].endpoints[0].address;
    await press(`Drain ${address}`);
    await confirm('Drain', 'disk');
    await until('it drains', async () => (await text(page, `tr[data-endpoint="${address}"] .pill`)) === 'drain');
    await press(`Bring up ${address}`);
    await confirm('Bring up', '');
    await until('it serves', async () => (await text(page, `tr[data-endpoint="${address}"] .pill`)) === 'up');
  });

  await check('the buttons of a group move all of it', async () => {
    for (const u of ['api', 'web']) await api(`/v1/upstreams/${u}/split`, 'PUT', { weights: { v1: 100, v2: 0 }, reason: 'for a group' });
    await page.evaluate(() => { location.hash = '#/g/both'; });
    const shares = async (want) => until(`shares of ${want}`, async () => {
      const { upstreams } = await api('/v1/groups/both');
      return upstreams.every((u) => u.split.v2.share === want) && (await page.locator(`.members .legend li:has(.name:text-is("v2")) b:text-is("${percent(want)}")`).count()) === 2;
    });
    const state = async (want) => until(want, async () => (await text(page, '.rollout .head .pill')) === want && (await api('/v1/groups/both/rollout')).state === want);
    await press('Start rollout');
    await confirm('Start', 'both at once');
    await shares(0.25);
    await press('Pause');
    await confirm('Pause', '');
    await state('paused');
    await press('Resume');
    await confirm('Resume', '');
    await state('progressing');
    await press('Promote');
    await dialog.getByLabel(/^Skip the steps/).check();
    await confirm('Promote', 'it is good');
    await shares(1);
    await state('baking');
    await press('Abort');
    await confirm('Abort', 'it is not');
    await shares(0);
    await state('aborted');
  });

  await check('what is wrong with Weir itself is at the top', async () => {
    await page.instead('^/v1/status$', { with: { audit: { ok: false, error: 'disk full', lost: 2 }, tokens: { ok: false, error: 'tokens:3: what is that?' } } });
    await page.evaluate(() => { location.hash = '#/'; });
    await until('the alarms', async () => same(await page.locator('.notice').allInnerTexts().then((all) => all.map((s) => s.replace(/\s+/g, ' ').trim())), [
      'The audit is not written. disk full', '2 entries of the audit were lost since Weir was started: the disk was too slow for them.',
      'The tokens are not those of their file; those before are in force. tokens:3: what is that?',
    ]));
    equal('faint', await faint(page), []);
    await page.instead();
  });

  await others; // before Weir is taken away
  await check('Weir restarts, and the page goes on by itself', async () => {
    await page.evaluate(() => { location.hash = '#/u/api'; });
    await until('it is there', async () => (await page.locator('[data-version]').count()) === 2);
    await page.evaluate(() => { globalThis.same = true; });
    await world('stop');
    await until('it says so', async () => (await text(page, '.link')) === 'reconnecting' && (await page.locator('.notice').count()) > 0);
    await world('start');
    await until('it is live', async () => (await text(page, '.link')) === 'live' && (await page.locator('.notice').count()) === 0);
    await api(`${API}/split`, 'PUT', { weights: { v1: 60, v2: 40 }, reason: 'after the restart' });
    await until('it shows what is new', async () => (await text(page, '[data-version="v2"] [data-value="share"]')) === '40%');
    equal('the same page', await page.evaluate(() => globalThis.same), true);
  });

  await check('an upstream that is taken out of the file goes, and comes back', async () => {
    await page.evaluate(() => { location.hash = '#/u/shop'; });
    await until('it is there', async () => (await page.locator('[data-version]').count()) === 3);
    await world('without');
    await until('it is gone', async () => (await text(page, 'main')).includes('The configuration has no upstream shop'));
    await world('with');
    await until('it is back', async () => (await page.locator('[data-version]').count()) === 3);
  });

  await check('nothing that the page must not do', async () => equal('faults', await page.faults(), []));
}
