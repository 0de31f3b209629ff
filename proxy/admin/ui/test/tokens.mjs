// The dashboard of a Weir that wants tokens: who may see, and who may press.

import { check, client, equal, open, text, until } from './rig.mjs';
import { faint, roles } from './looks.mjs';

const { WEIR_LOCKED: admin, VIEW_TOKEN, OPERATE_TOKEN } = process.env;
const api = client(admin, OPERATE_TOKEN);

export async function tokens(browser) {
  const page = await open(browser, {}, admin);
  const asked = [];
  page.on('response', (r) => asked.push(r.status()));
  const give = async (token) => {
    await page.getByLabel('Your token').fill(token);
    await page.keyboard.press('Enter');
  };

  await check('without a token there is nothing but the question for one', async () => {
    await page.goto(`${admin}/#/u/api`);
    await until('it asks', async () => (await page.getByLabel('Your token').count()) === 1);
    equal('what is shown', await page.locator('[data-version], table').count(), 0);
    equal('without a name', (await roles(page)).nameless, []);
    equal('faint', await faint(page), []);
  });

  await check('a wrong token is refused, and not tried again by itself', async () => {
    asked.length = 0;
    await give('not-the-token-that-is-wanted');
    await until('it says so', async () => (await page.locator('.problem').count()) === 1);
    await new Promise((r) => setTimeout(r, 2500)); // more than the time between two questions
    const wrong = asked.filter((s) => s === 401).length;
    if (wrong > 3) throw new Error(`${wrong} requests with a wrong token`);
  });

  await check('who may view sees all, and has nothing to press', async () => {
    await give(VIEW_TOKEN);
    await until('the page', async () => (await page.locator('[data-version]').count()) === 2);
    await until('who it is', async () => (await text(page, '.you')).includes('view only'));
    await until('the charts', async () => (await page.locator('.charts canvas').count()) === 4);
    const buttons = await page.getByRole('button').allInnerTexts();
    equal('buttons', [...new Set(buttons)].sort(), ['15 min', '2 min', '5 min', 'Sign out', 'Table']);
  });

  await check('who may operate does, under the name of the token', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await until('it asks', async () => (await page.getByLabel('Your token').count()) === 1);
    await give(OPERATE_TOKEN);
    await page.getByRole('button', { name: 'Set split' }).click();
    const dialog = page.locator('dialog');
    equal('fields for a name', await dialog.getByLabel('Your name').count(), 0);
    await dialog.getByLabel('v2').fill('50');
    await dialog.getByLabel(/^Reason/).fill('half');
    await dialog.getByRole('button', { name: 'Set split' }).click();
    await until('done', async () => { const u = await api('/v1/upstreams/api'); return u.last_change.author === 'ada' && u.last_change.reason === 'half' && u; });
    await page.getByRole('tab', { name: 'History' }).focus();
    await page.keyboard.press('ArrowRight');
    await until('in the audit', async () => /ada.*operate.*split.*half/.test(await text(page, 'table.audit tbody tr')));
    await page.keyboard.press('ArrowLeft');
    await until('in the history', async () => (await text(page, 'table.history tbody tr')).includes('half'));
  });

  await check('the token stays in the tab', async () => {
    equal('address', page.url(), `${admin}/#/u/api`);
    equal('kept for ever', await page.evaluate(() => Object.values(localStorage).join()), '');
    equal('cookies', await page.context().cookies(), []);
    const other = await page.context().newPage();
    await other.goto(`${admin}/#/u/api`);
    await until('another tab asks', async () => (await other.getByLabel('Your token').count()) === 1);
  });

  await check('nothing that the page must not do', async () => equal('faults', await page.faults(), []));
}
