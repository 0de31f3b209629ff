// What the checks of both clients share. The Go test that starts them says where Weir is,
// and answers to commands about the world around it.

export const ofrep = process.env.WEIR_OFREP;
export const token = process.env.EVALUATE_TOKEN;
const control = process.env.WEIR_WORLD;
const PATIENCE = 30_000; // milliseconds that a condition is waited for

/** Has the Go test do something to the world. */
export async function world(command) {
  const res = await fetch(`${control}/${command}`, { method: 'POST' });
  if (!res.ok) throw new Error(`${command}: ${await res.text()}`);
}

/** Waits until f gives something true, and returns it. */
export async function until(what, f, most = PATIENCE) {
  let last;
  for (const end = Date.now() + most; Date.now() < end; await new Promise((r) => setTimeout(r, 10))) {
    last = await f();
    if (last) return last;
  }
  throw new Error(`not seen within ${most} ms: ${what}; last ${JSON.stringify(last)}`);
}

export function equal(what, got, want) {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

/** Runs checks one after the other; the Go test reads what they came to. */
export async function run(checks) {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log(`ok ${name}`);
    } catch (e) {
      console.log(`not ok ${name}: ${e.stack.replaceAll('\n', '\\n')}`);
    }
  }
}
