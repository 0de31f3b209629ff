// What needs no browser. Run with node --test.

import test from 'node:test';
import assert from 'node:assert/strict';
import { ago, clock, duration, latency, number, percent, rate, times } from '../format.js';
import { rolling, wilson } from '../stats.js';
import { blocks } from '../stream.js';
import { join } from '../series.js';
import { parse, toFlag, toUpstream } from '../route.js';
import { stops } from '../timeline.js';

test('numbers are read as people write them', () => {
  for (const [got, want] of [
    [number(0), '0'], [number(1234567), '1\u202f234\u202f567'], [number(12.345), '12.3'], [number(0.5), '0.5'], [number(NaN), '–'],
    [rate(0), '0'], [rate(0.04), '0.0'], [rate(9.96), '10.0'], [rate(169.2), '169'],
    [percent(0), '0%'], [percent(1), '100%'], [percent(0.1), '10%'], [percent(0.00001), '<0.01%'], [percent(0.99999), '>99.99%'], [percent(0.0234), '2.34%'], [percent(0.9995), '99.95%'],
    [latency(0), '0 ms'], [latency(1.234), '1.23 ms'], [latency(12.34), '12.3 ms'], [latency(123.4), '123 ms'], [latency(1500), '1.5 s'], [latency(null), '–'],
    [duration(0), '0s'], [duration(0.25), '250ms'], [duration(59.6), '1m'], [duration(3661), '1h 1m'], [duration(86400), '1d'], [duration(-1), '–'],
    [times(0.001), '<0.01'], [times(100), '100'], [times(1e6), '10⁶'], [times(857_000), '8.6×10⁵'], [times(1e12), '10¹²'], [times(Infinity), '–'],
    [ago(new Date(1000).toISOString(), 1500), 'now'], [ago(new Date(0).toISOString(), 65_000), '1m 5s ago'], [clock('never'), '–'],
  ]) assert.equal(got, want);
});

test('the Wilson interval has the rate in it, and never leaves 0 to 1', () => {
  assert.deepEqual(wilson(0, 0), [0, 1]);
  for (let n = 1; n < 400; n += 7) {
    for (let k = 0; k <= n; k += 1 + Math.floor(n / 9)) {
      const [low, high] = wilson(k, n);
      assert.ok(low >= 0 && high <= 1 && low <= k / n + 1e-12 && high >= k / n - 1e-12, `${k} of ${n}: ${low} to ${high}`);
    }
  }
  const [low, high] = wilson(10, 100); // as tables have it
  assert.ok(Math.abs(low - 0.0552) < 5e-4 && Math.abs(high - 0.1744) < 5e-4, `${low} to ${high}`);
  assert.deepEqual(rolling([1, 2, 3, 4], 2), [1, 3, 5, 7]);
});

test('events are the same in whatever pieces they come', () => {
  const said = 'retry: 1000\n\nid: a-1\nevent: rollout\ndata: {"x":1}\n\n: still here\n\nid: a-2\ndata: {"x":2}\n\nid: cut';
  for (let size = 1; size < said.length; size++) {
    const got = [];
    const take = blocks((b) => b.data && got.push(`${b.id} ${b.data}`));
    for (let i = 0; i < said.length; i += size) take(said.slice(i, i + size));
    assert.deepEqual(got, ['a-1 {"x":1}', 'a-2 {"x":2}'], `in pieces of ${size}`);
  }
});

const series = (at, names = ['v1']) => ({
  interval_ms: 1000, at, users: { requests: at.map(() => 3), errors: at.map(() => 0), p50_ms: at.map(() => 1), p99_ms: at.map(() => 2) },
  versions: names.map((name) => ({ name, share: at.map(() => 1), requests: at.map((t) => t / 1000), errors: at.map(() => 0), p50_ms: at.map(() => 1), p90_ms: at.map(() => 1), p99_ms: at.map(() => 1) })), evidence: [],
});

test('series are joined without a point twice, with a hole where nothing was seen', () => {
  const a = join(null, series([1000, 2000]));
  const b = join(a, series([2000, 3000, 9000]));
  assert.deepEqual(b.at, [1000, 2000, 3000, 4000, 9000]);
  assert.deepEqual(b.versions[0].requests, [1, 2, 3, null, 9]);
  assert.equal(join(b, series([])), b);
  assert.equal(join(b, series([10_000], ['v1', 'v2'])), null, 'other versions: from the beginning');
  let long = null;
  for (let t = 0; t < 2000; t += 10) long = join(long, series(Array.from({ length: 10 }, (_, i) => (t + i) * 1000)));
  assert.equal(long.at.length, 900);
  assert.equal(long.users.requests.length, 900);
  const judged = series([10_000]);
  judged.evidence = [{ version: 'v1', log10_e: [0.5], threshold_log10: 2 }];
  assert.deepEqual(join(b, judged).evidence[0].log10_e, [null, null, null, null, null, 0.5]);
});

test('addresses name what they show, whatever it is called', () => {
  for (const name of ['api', 'a b', 'ä/ö', '%', '#?&', '..']) {
    assert.deepEqual(parse(toUpstream(name)), { kind: 'upstream', name });
    assert.deepEqual(parse(toFlag(name)), { kind: 'flag', name });
  }
  assert.deepEqual(parse('#/flags'), { kind: 'flags', name: '' });
  for (const hash of ['', '#', '#/', '#/u/', '#/u/a/b', '#/x/a', '#/u/%E0%A4%A']) assert.equal(parse(hash).kind, 'overview', hash);
});

const rollout = (more) => ({ id: 'r1', strategy: 'canary', from: 'v1', to: 'v2', state: 'progressing', step: 2, steps: 3, weight: 10, reason: '', failures: [], started_at: '2026-01-01T00:00:00Z', ended_at: null, ...more });
const plan = { strategy: 'canary', from: 'v1', to: 'v2', bake_seconds: 60, steps: [{ weight: 1, hold_seconds: 5 }, { weight: 10, hold_seconds: 0, pause: true }, { weight: 100, hold_seconds: 0 }] };
const past = (revision, weight, state, at, source = 'rollout') => ({ revision, at, source, split: {}, rollout: rollout({ weight, state, step: revision }) });
const short = (list) => list.map((s) => `${s.label}: ${s.is}`);

test('the way of a rollout', () => {
  assert.deepEqual(short(stops(rollout(), plan, [])), ['1%: done', '10%: now', '100%: todo', 'Bake: todo', 'Stable: todo']);
  const asked = rollout({ gates: [{ name: 'smoke', at: 'before_switch', state: 'asking' }, { name: 'first', at: 'before_start', state: 'passed' }] });
  assert.deepEqual(short(stops(asked, plan, [])), ['first: done', '1%: done', '10%: now', 'smoke: now', '100%: todo', 'Bake: todo', 'Stable: todo']);
  assert.deepEqual(short(stops(rollout({ state: 'baking', step: 3 }), plan, [])), ['1%: done', '10%: done', '100%: done', 'Bake: now', 'Stable: todo']);
  const own = [past(3, 0, 'reverted', 'c'), past(2, 10, 'progressing', 'b'), past(1, 1, 'progressing', 'a')];
  assert.deepEqual(short(stops(rollout({ state: 'reverted', weight: 0, ended_at: 'c' }), null, own)), ['1%: done', '10%: done', 'reverted: bad']);
  assert.deepEqual(short(stops(rollout({ state: 'aborted', weight: 0 }), null, [])), ['aborted: bad']);
});
