// Saves what the pages look like, in light and dark, wide and narrow.

import { mkdirSync } from 'node:fs';
import { admin, api, check, done, launch, open, until, world } from './rig.mjs';

const dir = process.env.SHOTS;
mkdirSync(dir, { recursive: true });
const browser = await launch();
const page = await open(browser);
await page.goto(admin);

const SIZES = [[1280, 800, ''], [360, 780, '-phone']];

/** Goes to a page, and saves it in every size and colour; part of it if a selector says so. */
async function save(name, hash, before = async () => {}, { selector = '', height = 0 } = {}) {
  console.log(`# ${name}`);
  for (const [width, tall, wide] of SIZES) {
    await page.setViewportSize({ width, height: selector ? 2400 : (width > 500 && height) || tall });
    await page.evaluate((to) => { location.hash = to; }, hash);
    await until(`${hash} is there`, async () => (await page.locator('main .card').count()) > 0);
    await before(page);
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      await new Promise((r) => setTimeout(r, 900)); // bars and charts move for a moment
      const path = `${dir}/${name}${wide}${scheme === 'dark' ? '-dark' : ''}.png`;
      if (selector) await page.locator(selector).first().screenshot({ path });
      else await page.screenshot({ path, fullPage: (!height || width < 500) && (await page.locator('dialog').count()) === 0 });
    }
    await page.keyboard.press('Escape');
  }
}

const drawn = () => until('charts', async () => (await page.locator('canvas').count()) > 3);

await check('saved', async () => {
  await until('traffic', async () => (await api('/v1/upstreams')).upstreams.slice(0, 3).every((u) => u.users.requests > 300));
  await new Promise((r) => setTimeout(r, 30_000)); // a past for what is drawn
  await api('/v1/upstreams/api/rollout', 'POST', { to: 'v42', reason: 'release 42: new price list', author: 'ada' });
  await until('the second step', async () => (await api('/v1/upstreams/api')).rollout.step >= 2, 90_000);
  await save('overview', '#/', undefined, { height: 740 });
  await until('the third step', async () => (await api('/v1/upstreams/api')).rollout.step === 3, 120_000);
  await new Promise((r) => setTimeout(r, 12_000)); // for its charts
  await save('upstream', '#/u/api', drawn, { height: 1490 });
  await save('confirm', '#/u/api', () => page.getByRole('button', { name: 'Abort' }).click(), { height: 800 });
  await save('split', '#/u/checkout', () => page.getByRole('button', { name: 'Set split' }).click(), { height: 800 });
  await save('endpoints', '#/u/search');
  await save('group', '#/g/find');
  await world('fail');
  await until('reverted', async () => (await api('/v1/upstreams/api/rollout')).state === 'reverted', 60_000);
  await new Promise((r) => setTimeout(r, 4000));
  await save('reverted', '#/u/api', drawn);
  await save('evidence', '#/u/api', drawn, { selector: '.rollout' });
  await save('history', '#/u/api', async () => {}, { selector: 'section[aria-label="The past"]' });
  await save('start', '#/u/api', () => page.getByRole('button', { name: 'Start rollout' }).click(), { height: 800 });
});

await browser.close();
done();
