// Decides flags as flagd's evaluator for JavaScript does. Each line of standard input is
// {"definitions": ..., "cases": [{"key": ..., "context": ...}]}; for each a line goes out
// with the decisions: [[variant, reason, errorCode], ...]. Rules are interpreted: compiled
// ones keep one variable for all comparisons, and a comparison within another spoils it.
import { createInterface } from 'node:readline';
import { FlagdCore } from '@openfeature/flagd-core';

const silent = { error() {}, warn() {}, info() {}, debug() {} };

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const { definitions, cases } = JSON.parse(line);
  const core = new FlagdCore(undefined, silent, { disableDynamicCodeGeneration: true });
  core.setConfigurations(JSON.stringify(definitions));
  const decisions = cases.map(({ key, context }) => {
    const { variant, reason, errorCode } = core.getFlag(key).evaluate(context, silent);
    return [variant ?? '', reason, errorCode ?? ''];
  });
  process.stdout.write(JSON.stringify(decisions) + '\n');
}
