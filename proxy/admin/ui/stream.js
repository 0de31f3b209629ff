// @ts-check
// Events as they happen, by fetch: EventSource cannot send a token.

import { headers, refusal, Refusal } from './client.js';

/** The server says something at least every 15 seconds. */
const SILENCE = 35_000;
const FIRST = 250, MOST = 5000; // milliseconds between attempts

/**
 * Follows the events until stopped. on.open tells that they flow, on.lost why they
 * do not; what was missed is told afterwards, as long as the server has it.
 * @param {{event: (e: import('./types').Event) => void, open: () => void, lost: (r: Refusal) => void}} on
 * @returns {() => void} stops
 */
export function follow(on) {
  const end = new AbortController();
  run(on, end.signal);
  return () => end.abort();
}

/** @param {Parameters<typeof follow>[0]} on @param {AbortSignal} end */
async function run(on, end) {
  let last = '', pause = FIRST;
  while (!end.aborted) {
    try {
      await once(last, end, {
        open: () => { pause = FIRST; on.open(); },
        block: (b) => {
          if (b.id) last = b.id;
          if (b.data) on.event(JSON.parse(b.data));
        },
      });
      if (!end.aborted) on.lost(new Refusal(0, 'Weir does not answer', 'the stream of events ended'));
    } catch (e) {
      if (end.aborted) return;
      on.lost(e instanceof Refusal ? e : new Refusal(0, 'Weir does not answer', String(e)));
    }
    await new Promise((done) => setTimeout(done, pause));
    pause = Math.min(2 * pause, MOST);
  }
}

/**
 * One connection, until it ends.
 * @param {string} last
 * @param {AbortSignal} end
 * @param {{open: () => void, block: (b: Block) => void}} on
 */
async function once(last, end, on) {
  const quiet = new AbortController();
  const stop = () => quiet.abort();
  end.addEventListener('abort', stop);
  let timer = setTimeout(stop, SILENCE);
  try {
    const res = await fetch('/v1/events', {
      headers: headers({ Accept: 'text/event-stream', ...(last && { 'Last-Event-ID': last }) }), cache: 'no-store', signal: quiet.signal,
    });
    if (!res.ok || !res.body) throw await refusal(res);
    on.open();
    const parse = blocks(on.block);
    const reader = res.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(stop, SILENCE);
      parse(value);
    }
  } finally {
    clearTimeout(timer);
    end.removeEventListener('abort', stop);
  }
}

/**
 * @typedef {{id: string, data: string}} Block
 * Takes a text/event-stream in pieces, as they come; lines end in LF.
 * @param {(b: Block) => void} take
 * @returns {(piece: string) => void}
 */
export function blocks(take) {
  let rest = '';
  return (piece) => {
    const parts = (rest + piece).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const b = { id: '', data: '' };
      for (const line of part.split('\n')) {
        if (line.startsWith('id: ')) b.id = line.slice(4);
        if (line.startsWith('data: ')) b.data += line.slice(6);
      }
      take(b);
    }
  };
}
