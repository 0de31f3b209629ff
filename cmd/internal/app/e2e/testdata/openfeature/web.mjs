// OpenFeature's client for pages asks a Weir, in Chromium, from another origin.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { equal, ofrep, run, token, until, world } from './checks.mjs';

const origin = new URL(process.env.ORIGIN);
const modules = {
  '@openfeature/core': '@openfeature/core/dist/esm/index.js',
  '@openfeature/web-sdk': '@openfeature/web-sdk/dist/esm/index.js',
  '@openfeature/ofrep-core': '@openfeature/ofrep-web-provider/node_modules/@openfeature/ofrep-core/index.esm.js',
  '@openfeature/ofrep-web-provider': '@openfeature/ofrep-web-provider/index.esm.js',
};

/** The page: it shows what it gets, and again whenever that changes. */
const page = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports: Object.fromEntries(Object.entries(modules).map(([name, file]) => [name, `/node_modules/${file}`])) })}</script>
<p id="checkout"></p><p id="title"></p>
<script type="module">
import { OpenFeature, ProviderEvents } from '@openfeature/web-sdk';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
const answers = globalThis.answers = [];
const client = OpenFeature.getClient();
const show = () => {
  document.getElementById('checkout').textContent = client.getBooleanValue('new-checkout', false) ? 'new' : 'old';
  document.getElementById('title').textContent = client.getStringValue('title', 'none');
};
client.addHandler(ProviderEvents.ConfigurationChanged, show);
await OpenFeature.setContext({ targetingKey: 'ann', email: 'ann@example.com' });
try {
  await OpenFeature.setProviderAndWait(new OFREPWebProvider({
    baseUrl: ${JSON.stringify(ofrep)}, headers: [['Authorization', 'Bearer ${token}']],
    fetchImplementation: async (...args) => {
      const res = await fetch(...args);
      answers.push(res.status);
      return res;
    },
  }));
} catch (e) {
  globalThis.fault = String(e);
}
show();
</script>`;

/** The page of the documentation, with the address and the token of this Weir. */
const [, shownPage] = (await readFile(new URL('../../../../../../docs/flags.md', import.meta.url), 'utf8')).match(/^```js\n(.*?)^```$/ms);
const documented = page.replace(/<script type="module">.*/s, `<script type="module">
${shownPage.replace("'http://127.0.0.1:9901'", JSON.stringify(ofrep) + `, headers: [['X-API-Key', '${token}']]`)}
</script>`);

async function serve(port) {
  const server = createServer(async (req, res) => {
    const html = { '/': page, '/documented': documented }[req.url];
    if (html) return res.setHeader('Content-Type', 'text/html').end(html);
    try {
      const file = await readFile(new URL(`.${req.url}`, import.meta.url));
      res.setHeader('Content-Type', 'text/javascript').end(file);
    } catch {
      res.writeHead(404).end();
    }
  });
  await new Promise((resolve) => { server.listen(port, '127.0.0.1', resolve); });
  return server;
}

const servers = [await serve(origin.port), await serve(0)];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--in-process-gpu'],
});
const context = await browser.newContext();
const tab = await context.newPage();
const shown = (id = 'checkout', of = tab) => of.textContent(`#${id}`);
const shows = (what, want, id, most) => until(`${what}: ${want}`, async () => (await shown(id)) === want, most);

await run({
  'a page of an origin that may': async () => {
    await tab.goto(origin.href);
    await shows('at first', 'new');
    equal('title', await shown('title'), 'Hello');
    equal('answers', await tab.evaluate(() => globalThis.answers), [200]);
  },
  'it changes within a second of the kill switch': async () => {
    for (const [command, want] of [['disable', 'old'], ['enable', 'new']]) {
      await world(command);
      await shows(command, want, 'checkout', 1000);
    }
  },
  'so does the page of the documentation': async () => {
    const other = await context.newPage();
    await other.goto(new URL('/documented', origin).href);
    for (const [command, want] of [['disable', 'old'], ['enable', 'new']]) {
      await world(command);
      await until(`${command}: ${want}`, async () => (await shown('checkout', other)) === want, 1000);
    }
    await other.close();
  },
  'nothing has changed when it is loaded again': async () => {
    await tab.reload();
    await shows('from what it has kept', 'new');
    await until('304', () => tab.evaluate(() => globalThis.answers[0] === 304));
  },
  'a restart, with other definitions meanwhile': async () => {
    await world('stop');
    equal('while Weir is away', await shown(), 'new');
    await world('redefine');
    await world('start');
    await shows('after the restart', 'Welcome', 'title');
    await world('disable');
    await shows('disabled after the restart', 'old', 'checkout', 1000);
    await world('enable');
    await shows('enabled after the restart', 'new', 'checkout', 1000);
  },
  'a page of an origin that may not has its defaults': async () => {
    const other = await context.newPage();
    await other.goto(`http://127.0.0.1:${servers[1].address().port}/`);
    await until('a fault', () => other.evaluate(() => globalThis.fault));
    equal('', await shown('checkout', other), 'old');
  },
});
await browser.close();
for (const s of servers) {
  s.close();
  s.closeAllConnections();
}
