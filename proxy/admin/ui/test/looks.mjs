// What can be measured of how a page looks and reads.

/** Elements that stick out to the right. */
export const tooWide = (page) => page.evaluate(() => {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  return [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
    .map((e) => `${e.tagName} ${e.getAttribute('class') ?? ''} ${Math.round(e.getBoundingClientRect().right)}`).slice(0, 5).concat(`page ${document.documentElement.scrollWidth}`);
});

/** Texts whose contrast with what is behind them is below 4.5. */
export const faint = (page) => page.evaluate(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((x) => x / 255).map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)).reduce((s, x, i) => s + x * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (el) => {
    const layers = [];
    for (let e = el; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c[3] > 0) layers.push(c);
      if (c[3] === 255) break;
    }
    return layers.reverse().reduce((under, c) => under.map((x, i) => x * (1 - c[3] / 255) + c[i] * (c[3] / 255)), [255, 255, 255]);
  };
  const out = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const el = walk.currentNode.parentElement, s = walk.currentNode.nodeValue.trim();
    if (!s || !el.checkVisibility() || el.closest('.unseen, .skip, noscript, :disabled')) continue;
    const a = light(rgba(getComputedStyle(el).color)), b = light(behind(el));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) out.add(`${ratio.toFixed(2)} ${el.tagName}.${el.className} ${s.slice(0, 30)}`);
  }
  return [...out];
});

const NAMED = ['button', 'link', 'textbox', 'combobox', 'spinbutton', 'checkbox', 'tab', 'image', 'dialog', 'heading', 'region', 'navigation', 'columnheader', 'rowheader'];
/** What the accessibility tree has without a name, and how much of each role it has. */
export async function roles(page) {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  const nameless = [], counts = {};
  for (const n of nodes) {
    if (n.ignored) continue;
    const role = n.role?.value;
    counts[role] = (counts[role] ?? 0) + 1;
    if (NAMED.includes(role) && !n.name?.value?.trim()) nameless.push(role);
  }
  return { nameless, counts };
}
