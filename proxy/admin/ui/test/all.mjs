// All of the dashboard's tests, side by side in one browser.

import { done, launch } from './rig.mjs';
import { dashboard } from './dashboard.mjs';
import { pages } from './pages.mjs';
import { tokens } from './tokens.mjs';

const browser = await launch();
const others = pages(browser);
await Promise.all([dashboard(browser, others), others, tokens(browser)]);
await browser.close();
done();
