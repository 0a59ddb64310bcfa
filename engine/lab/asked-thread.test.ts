import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MessagePort } from 'node:worker_threads';
import { AskedThread } from './asked-thread.ts';

type To =
  | { readonly type: 'ask'; readonly id: number; readonly answer: 'later' | 'at once' | 'never' | 'end' }
  | { readonly type: 'line'; readonly port: MessagePort }
  | { readonly type: 'close' };
type From =
  | { readonly type: 'begun' }
  | { readonly type: 'closed' }
  | { readonly type: 'heard'; readonly text: string }
  | { readonly type: 'answer'; readonly id: number; readonly answer: { readonly ok: true; readonly value: number } };

const entry = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    const tell = (message) => parentPort.postMessage(message);
    const answer = ({ id }) => tell({ type: 'answer', id, answer: { ok: true, value: id } });
    const later = [];
    parentPort.on('message', (message) => {
      if (message.type === 'close') tell({ type: 'closed' });
      else if (message.type === 'line') message.port.on('message', (text) => tell({ type: 'heard', text }));
      else if (message.answer === 'end') process.exit();
      else if (message.answer === 'later') later.push(message);
      else if (message.answer === 'at once') [message, ...later.splice(0)].forEach(answer);
    });
    tell({ type: 'begun' });
  `)}`,
);

let ends: string[] = [];
let heard: (text: string) => void = () => {};
let thread: AskedThread<To, From>;
function receive(message: From): void {
  if (message.type === 'begun') thread.begun();
  else if (message.type === 'closed') thread.closed();
  else if (message.type === 'heard') heard(message.text);
  else if (message.type === 'answer') thread.answer(message.id, message.answer);
}
beforeEach(() => {
  ends = [];
  const onEnd = (why: string): void => void ends.push(why);
  thread = new AskedThread({ name: 'journal', path: '/lab/journal.db', onMessage: receive, onEnd });
});
afterEach(() => thread.stop({ type: 'close' }));
const ask = (answer: Extract<To, { type: 'ask' }>['answer'], limitMs = 60_000) =>
  thread.ask<number>('events', limitMs, (id) => ({ type: 'ask', id, answer }));

describe('a thread that is asked', () => {
  it('gives each question its own answer, in whatever order they come', async () => {
    await thread.start(entry, {});
    const [first, second] = await Promise.all([ask('later'), ask('at once')]);
    expect([first.ok && first.value, second.ok && second.value]).toEqual([1, 2]);
  });

  it('refuses what is not answered in time, and what an end leaves unanswered', async () => {
    await thread.start(entry, {});
    expect(await ask('never', 1)).toMatchObject({
      error: { code: 'timeout', thing: 'journal', value: 'events', hint: 'No answer within 0.001 s.' },
    });
    expect(await Promise.all([ask('never'), ask('end')])).toMatchObject([
      { error: { code: 'no-journal', value: '/lab/journal.db' } },
      { error: { code: 'no-journal', value: '/lab/journal.db' } },
    ]);
    expect([thread.isOpen, ends]).toEqual([false, ['its thread ended']]);
  });

  it('hears another thread over a line, while it runs', async () => {
    expect(thread.line((port) => ({ type: 'line', port }))).toBeNull();
    await thread.start(entry, {});
    const line = thread.line((port) => ({ type: 'line', port }));
    const text = await new Promise((resolve) => {
      heard = resolve;
      line?.postMessage('over the wire');
    });
    line?.close();
    expect(text).toBe('over the wire');
  });

  it('closes without having ended', async () => {
    await thread.start(entry, {});
    await thread.stop({ type: 'close' });
    expect([thread.isOpen, ends]).toEqual([false, []]);
  });
});
