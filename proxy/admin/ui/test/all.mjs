// All of the dashboard's tests, in one browser: each has a Weir of its own.

import { done, launch } from './rig.mjs';
import { dashboard } from './dashboard.mjs';
import { tokens } from './tokens.mjs';

const browser = await launch();
await Promise.all([dashboard(browser), tokens(browser)]);
await browser.close();
done();
