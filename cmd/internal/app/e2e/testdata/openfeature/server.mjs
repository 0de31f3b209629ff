// OpenFeature's client for programs asks a Weir.

import { OpenFeature } from '@openfeature/server-sdk';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { equal, ofrep, run, token, world } from './checks.mjs';

const provider = (headers) => new OFREPProvider({ baseUrl: ofrep, headers });
await OpenFeature.setProviderAndWait(provider([['Authorization', `Bearer ${token}`]]));
await OpenFeature.setProviderAndWait('key', provider([['X-API-Key', token]]));
await OpenFeature.setProviderAndWait('stranger', provider([['Authorization', 'Bearer wrong-0123456789']]));
const client = OpenFeature.getClient();
const ann = { targetingKey: 'ann', email: 'ann@example.com' };

/** What an application gets, and why. */
const told = ({ value, variant, reason, errorCode }) => ({ value, variant, reason, errorCode });

await run({
  'true or false': async () => {
    equal('', told(await client.getBooleanDetails('new-checkout', false, ann)), { value: true, variant: 'on', reason: 'STATIC' });
    equal('by the other header', await OpenFeature.getClient('key').getBooleanValue('new-checkout', false, ann), true);
  },
  'a text, and what is said of its flag': async () => {
    const got = await client.getStringDetails('title', 'none', ann);
    equal('', told(got), { value: 'Hello', variant: 'plain', reason: 'STATIC' });
    equal('metadata', got.flagMetadata, { owner: 'ann' });
  },
  'an object': async () => equal('', await client.getObjectValue('theme', {}, ann), { bg: '#000' }),
  'a number, by a rule': async () => {
    equal('within the company', told(await client.getNumberDetails('limit', 1, ann)), { value: 12.5, variant: 'high', reason: 'TARGETING_MATCH' });
    equal('outside', told(await client.getNumberDetails('limit', 1, { targetingKey: 'eve', email: 'eve@elsewhere.org' })), { value: 10, variant: 'low', reason: 'DEFAULT' });
    equal('nobody', await client.getNumberValue('limit', 1), 10);
  },
  'the default of a flag that is off': async () => equal('', (await client.getBooleanDetails('old', false, ann)).value, false),
  'the default of one that there is not': async () => {
    const got = await client.getBooleanDetails('no-such-flag', true, ann);
    equal('', [got.value, got.errorCode], [true, 'FLAG_NOT_FOUND']);
  },
  'the default where a rule goes wrong': async () => {
    const got = await client.getBooleanDetails('torn', false, { ...ann, which: 'odd' });
    equal('', [got.value, got.errorCode], [false, 'GENERAL']);
  },
  'the default of another type': async () => {
    const got = await client.getStringDetails('new-checkout', 'none', ann);
    equal('', [got.value, got.errorCode], ['none', 'TYPE_MISMATCH']);
  },
  'the default of a context that is none': async () => {
    const got = await client.getBooleanDetails('new-checkout', false, { targetingKey: 42 });
    equal('', [got.value, got.errorCode], [false, 'INVALID_CONTEXT']);
  },
  'the default for a stranger': async () => {
    const got = await OpenFeature.getClient('stranger').getBooleanDetails('new-checkout', false, ann);
    equal('', [got.value, got.reason], [false, 'ERROR']);
  },
  'the kill switch, with the next request': async () => {
    await world('disable');
    equal('off', await client.getBooleanValue('new-checkout', false, ann), false);
    await world('enable');
    equal('on', await client.getBooleanValue('new-checkout', false, ann), true);
  },
  'the default while Weir is away': async () => {
    await world('stop');
    const got = await client.getBooleanDetails('new-checkout', false, ann);
    equal('', [got.value, got.reason], [false, 'ERROR']);
    await world('start');
    equal('back', await client.getBooleanValue('new-checkout', false, ann), true);
  },
});
await OpenFeature.close();
