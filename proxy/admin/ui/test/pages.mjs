// Pages beside those of dashboard.mjs, of the same Weir: flags, how all of them look and
// read, and what they are without charts.

import { percent, rate } from '../format.js';
import { admin, api, check, equal, hands, open, same, text, until, window } from './rig.mjs';
import { faint, roles, tooWide } from './looks.mjs';

export async function pages(browser) {
  const page = await open(browser);
  const { press, dialog, confirm, compared } = hands(page);
  await page.goto(admin);

  await check('flags show what the API says, and can be turned off and back', async () => {
    await page.getByRole('link', { name: 'Flags', exact: true }).click();
    await until('values equal to the API', async () => {
      const { said: [{ flags }], shown } = await compared(['/v1/flags'], 'tr[data-flag] :is(.legend b, [data-value="rps"])');
      const [asked, other] = flags, requests = asked.variants.reduce((n, v) => n + v.window.requests, asked.none.requests);
      return requests > 0 && !other.counted && same(shown, [...asked.variants.map((v) => percent(v.share)), rate(requests / asked.none.seconds), '–', '–', '–']);
    });
    await page.getByRole('link', { name: 'new-checkout', exact: true }).click();
    await until('its variants', async () => {
      const { said: [f], shown } = await compared(['/v1/flags/new-checkout'], '[data-variant] [data-value]');
      return same(shown, f.variants.flatMap((v) => [percent(v.share), ...window(v.window)]));
    });
    const gets = async (context, want) => {
      await page.getByLabel('Attributes of somebody').fill(context);
      await press('Ask');
      await until(want, async () => (await text(page, '#gets')).startsWith(want));
    };
    await gets('{"targetingKey": "ada"}', 'Gets on: targeting match, the value true');
    await gets('{}', 'Gets off: default, the value false');
    equal('what was asked of the rule, and what decided', [await page.locator('.parts li').count(), await page.locator('.parts .decided').count()], [2, 1]);
    await gets('{', 'That is not JSON');
    const state = async (want) => until(want, async () => (await text(page, '.rollout .head .pill')) === want && (await api('/v1/flags/new-checkout/rollout')).state === want);
    await press('Start rollout');
    await confirm('Start', 'to our own first');
    await state('paused');
    equal('its step', (await text(page, '.stop[aria-current="step"] .label')).startsWith('internal'), true);
    await gets('{"team": "own"}', 'Gets on');
    await press('Promote');
    await confirm('Promote', 'they like it');
    await until('a tenth', async () => (await text(page, '.stop[aria-current="step"] .label')).startsWith('10%'));
    equal('stops', (await page.locator('.stop .label').allInnerTexts()).map((s) => s.replace(/[,\n].*/s, '')), ['internal', '10%', 'Bake', 'Stable']);
    await press('Abort');
    await confirm('Abort', 'they do not');
    await state('aborted');
    await gets('{"team": "own"}', 'Gets off');
    await press('Disable');
    await confirm('Disable', 'it fails');
    await until('off', async () => (await text(page, '.title .pill')) === 'off' && !(await api('/v1/flags/new-checkout')).enabled);
    await gets('{"targetingKey": "ada"}', 'No variant: disabled');
    await press('Enable');
    await confirm('Enable', '');
    await until('on', async () => (await text(page, '.title .pill')) === 'on');
    await press('One variant for all');
    await dialog.getByLabel('Variant').selectOption('on');
    await confirm('Set', 'for everybody');
    await until('on for all', async () => (await text(page, '.title .pill')) === 'on for all' && (await page.locator('table.history tbody tr').count()) >= 3);
    await press('Undo');
    await confirm('Undo', '');
    await until('the rules decide', async () => (await text(page, '.title .pill')) === 'on');
    equal('without a name', (await roles(page)).nameless, []);
  });

  await check('narrow pages do not scroll sideways, and texts can be read, in light and dark', async () => {
    for (const [scheme, width] of [['light', 360], ['dark', 1280]]) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme: scheme });
      for (const hash of ['#/', '#/u/shop', '#/g/both', '#/flags', '#/f/new-checkout', '#/u/api']) {
        await page.evaluate((to) => { location.hash = to; }, hash);
        await until(`${hash} is there`, async () => (await page.locator('main .card').count()) > 0);
        equal(`${hash} at ${width}, wide`, await tooWide(page), []);
        equal(`${hash} in ${scheme}, faint`, await faint(page), []);
      }
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
  });

  await check('nothing moves for those who do not want it, and the focus goes as one reads', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    equal('what moves', await page.evaluate(() => [...document.querySelectorAll('body *')].filter((e) => { const s = getComputedStyle(e); return parseFloat(s.transitionDuration) > 0 || s.animationName !== 'none'; }).map((e) => e.className)), []);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    equal('an order of their own', await page.locator('[tabindex]:not([tabindex="0"]):not([tabindex="-1"])').count(), 0);
  });

  await check('everything has a name for those who do not see it', async () => {
    for (const hash of ['#/', '#/u/api']) {
      await page.evaluate((to) => { location.hash = to; }, hash);
      await until(`${hash} is there`, async () => (await page.locator('main table').count()) > 0);
      const { nameless, counts } = await roles(page);
      equal(`${hash} without a name`, nameless, []);
      if (!counts.main || !counts.banner || !counts.heading) throw new Error(JSON.stringify(counts));
    }
    await press('Error rate as a table');
    await until('a table in place of the chart', async () => (await page.locator('.chart table.points').count()) === 1);
    await press('Error rate as a chart');
  });

  await check('without uPlot there are tables', async () => {
    const plain = await open(browser);
    await plain.route('**/uPlot.iife.min.js', (r) => r.fulfill({ contentType: 'text/javascript', body: '' }));
    await plain.goto(`${admin}/#/u/api`);
    await until('tables', async () => (await plain.locator('.charts table.points').count()) === 4 && (await plain.locator('canvas').count()) === 0);
    equal('faults', await plain.faults(), []);
  });

  await check('nothing that these pages must not do', async () => equal('faults', await page.faults(), []));
}
