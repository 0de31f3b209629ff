// Saves what the pages look like, in light and dark, wide and narrow.

import { mkdirSync } from 'node:fs';
import { admin, api, check, done, launch, open, until, world } from './rig.mjs';

const dir = process.env.SHOTS;
mkdirSync(dir, { recursive: true });
const browser = await launch();
const page = await open(browser);
await page.goto(admin);

const SIZES = [[1280, 800, ''], [360, 780, '-phone']];
const PATIENCE = 120_000; // a rollout has its own pace

/** Waits until nothing moves, and what was drawn is seen. */
const still = () => page.evaluate(async () => {
  await Promise.all(document.getAnimations().map((a) => a.finished.catch(() => {})));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
});

/** Goes to a page, and saves it in every size and colour; part of it if a selector says so. */
async function save(name, hash, before = async () => {}, { selector = '', height = 0 } = {}) {
  console.log(`# ${name}`);
  for (const [width, tall, wide] of SIZES) {
    await page.setViewportSize({ width, height: selector ? 2400 : (width > 500 && height) || tall });
    await page.evaluate((to) => { location.hash = to; }, hash);
    await until(`${hash} is there`, async () => (await page.locator('main .card').count()) > 0);
    await before();
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      await still();
      const path = `${dir}/${name}${wide}${scheme === 'dark' ? '-dark' : ''}.png`;
      if (selector) await page.locator(selector).first().screenshot({ path });
      else await page.screenshot({ path, fullPage: (!height || width < 500) && (await page.locator('dialog').count()) === 0 });
    }
    await page.keyboard.press('Escape');
  }
}

const drawn = () => until('charts', async () => (await page.locator('canvas').count()) > 3);
const press = (name) => () => page.getByRole('button', { name, exact: true }).first().click();
const tab = (name) => () => page.getByRole('tab', { name }).click();
const rollout = (upstream) => api(`/v1/upstreams/${upstream}/rollout`);
const rampOf = (flag) => api(`/v1/flags/${flag}/rollout`);
const past = { selector: 'section[aria-label="The past"]' };

/** Second by second, so much is known of an upstream. */
const seconds = (upstream, n) => until(`${n} seconds of ${upstream}`, async () => (await api(`/v1/upstreams/${upstream}/series`)).at.length >= n, PATIENCE);

await check('before and during a ramp', async () => {
  await until('traffic', async () => (await api('/v1/upstreams')).upstreams.slice(0, 3).every((u) => u.users.requests > 300), PATIENCE);
  await api('/v1/upstreams/catalog/rollout', 'POST', { to: 'v2', reason: 'the new search index', author: 'grace' });
  await api('/v1/upstreams/orders/rollout', 'POST', { to: 'v2', reason: 'orders have a currency', author: 'ada' });
  await seconds('api', 40); // a past for what is drawn
  await api('/v1/upstreams/api/rollout', 'POST', { to: 'v42', reason: 'release 42: new price list', author: 'ada' });
  await until('the second step', async () => (await rollout('api')).step >= 2, PATIENCE);
  await save('overview', '#/', undefined, { height: 740 });
  await until('the third step', async () => (await rollout('api')).step === 3, PATIENCE);
  const at = (await api('/v1/upstreams/api/series')).at.length;
  await api('/v1/upstreams/reports/rollout', 'POST', { to: 'r2', reason: 'monthly build', author: 'ada' });
  await seconds('api', at + 12); // for its charts
  await save('upstream', '#/u/api', drawn, { height: 1490 });
  await save('confirm', '#/u/api', press('Abort'), { height: 800 });
  await save('promote', '#/u/api', press('Promote'), { height: 800 });
  await save('stale', '#/u/checkout', async () => {
    await press('Set split')();
    const { split } = await api('/v1/upstreams/checkout');
    await api('/v1/upstreams/checkout/split', 'PUT', { weights: { blue: 80, green: split.green.weight === 15 ? 10 : 15, experiment: 5 }, reason: 'a little otherwise', author: 'grace' });
    await until('a notice', async () => (await page.locator('dialog .notice').count()) === 1);
  }, { height: 800 });
  await save('split', '#/u/checkout', press('Set split'), { height: 800 });
  await save('guarded', '#/u/checkout', drawn);
  await save('endpoints', '#/u/search');
});

await check('other kinds of rollouts', async () => {
  await until('some of it is rolled', async () => (await rollout('reports')).step >= 2, PATIENCE);
  await save('rolling', '#/u/reports', drawn);
  await save('mirror', '#/u/catalog', drawn);
  await until('the second step', async () => (await rollout('orders')).step === 2, PATIENCE);
  await save('database', '#/u/orders', drawn);
  await save('group', '#/g/find');
  await api('/v1/upstreams/catalog/rollout/abort', 'POST', { reason: 'make room' });
  await api('/v1/groups/find/rollout', 'POST', { to: 'v8', reason: 'both at once', author: 'ada' });
  await save('group-rollout', '#/g/find');
  await api('/v1/groups/find/rollout/abort', 'POST', { reason: 'not today', author: 'ada' });
  await save('group-ended', '#/g/find');
});

await check('flags', async () => {
  await api('/v1/flags/theme', 'PATCH', { enabled: false, reason: 'nobody likes it', author: 'grace' });
  await api('/v1/flags/price-list', 'PATCH', { variant: '2026', reason: 'a new year', author: 'ada' });
  await api('/v1/flags/new-checkout', 'PATCH', { enabled: false, reason: 'slow', author: 'ada' });
  await api('/v1/flags/new-checkout', 'PATCH', { enabled: true, reason: 'it was the database', author: 'ada' });
  await until('requests', async () => (await api('/v1/flags')).flags[0].variants.every((v) => v.window.requests > 50), PATIENCE);
  await save('flags', '#/flags');
  await save('flag', '#/f/new-checkout', async () => {
    await press('Ask')();
    await until('the decision', async () => (await page.locator('#gets .reason').count()) === 1);
  });
  await save('flag-off', '#/f/theme');
  await api('/v1/flags/new-checkout/rollout', 'POST', { reason: 'our own people first', author: 'ada' });
  await api('/v1/flags/new-checkout/rollout/promote', 'POST', { reason: 'they like it', author: 'ada' });
  await until('evidence', async () => (await rampOf('new-checkout')).weight === 10, PATIENCE);
  await save('flag-ramp', '#/f/new-checkout');
  await save('flags-ramp', '#/flags');
  await save('flag-disable', '#/f/new-checkout', press('Disable'), { height: 800 });
});

await check('after a revert', async () => {
  await world('fail');
  await until('reverted', async () => (await rollout('api')).state === 'reverted', PATIENCE);
  const at = (await api('/v1/upstreams/api/series')).at.length;
  await seconds('api', at + 4);
  await save('reverted', '#/u/api', drawn);
  await save('reverted-overview', '#/');
  await save('evidence', '#/u/api', drawn, { selector: '.rollout' });
  await save('history', '#/u/api', tab('History'), past);
  await save('audit', '#/u/api', tab('Audit'), past);
  await save('events', '#/u/api', tab('Events'), past);
  await tab('History')();
  await save('start', '#/u/api', press('Start rollout'), { height: 800 });
  await save('tables', '#/u/api', async () => { for (const b = page.getByRole('button', { name: / as a table$/ }); (await b.count()) > 0;) await b.first().click(); }, { selector: 'section[aria-label="Charts"]' });
});

await check('when something is wrong', async () => {
  await save('missing', '#/u/nobody');
  await page.instead('^/v1/status$', { with: {
    state: { ok: false, error: 'write state/weir.db: no space left on device' }, audit: { ok: false, error: 'write state/audit.log: no space left on device', lost: 12 },
    reload: { ok: false, at: new Date().toISOString(), file: 'weir.yaml', error: 'weir.yaml:12:7: upstreams.api.stabel: unknown key, did you mean stable?\nweir.yaml:15:9: upstreams.api.versions.v1: no endpoints' },
  } });
  await save('alarms', '#/');
  await page.instead();
  const refused = { status: 401, contentType: 'application/problem+json', body: '{"title": "Unauthorized", "status": 401, "detail": "the token is not one of this Weir"}' };
  const other = await open(browser);
  await other.route('**/v1/**', (r) => r.fulfill(refused));
  await other.goto(admin);
  await until('it asks', async () => (await other.getByLabel('Your token').count()) === 1);
  for (const [width, height, wide] of SIZES) {
    await other.setViewportSize({ width, height });
    for (const colorScheme of ['light', 'dark']) {
      await other.emulateMedia({ colorScheme });
      await other.screenshot({ path: `${dir}/signin${wide}${colorScheme === 'dark' ? '-dark' : ''}.png` });
    }
  }
  await world('stop');
  await save('reconnecting', '#/', () => until('a notice', async () => (await page.locator('.notice').count()) > 0));
});

await browser.close();
done();
