/// <reference types="vite/client" />
import { describe, expect, it } from 'vitest';
import source from '../isolation/index.js?raw';

interface Message { cmd: string; payload?: unknown }
type Hook = (message: Message) => Message;

/** The frame's own script, run as the frame runs it. */
function hook(): Hook {
  const own: { __TAURI_ISOLATION_HOOK__?: Hook } = {};
  new Function('window', source)(own);
  if (!own.__TAURI_ISOLATION_HOOK__) throw new Error('the frame has no hook');
  return own.__TAURI_ISOLATION_HOOK__;
}

/** xorshift32: the same numbers on every machine. */
function dice(seed: number) {
  let state = seed;
  return (end: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % end;
  };
}

const passes = (run: Hook, message: Message) => {
  try {
    return run(message) === message;
  } catch (fault) {
    expect(String(fault)).toBe('Error: refused by the isolation frame');
    return false;
  }
};

describe('the isolation frame', () => {
  it('lets a call with its own arguments through', () => {
    const run = hook();
    expect(passes(run, { cmd: 'open', payload: { connection: 'c1' } })).toBe(true);
    expect(passes(run, { cmd: 'support_report', payload: {} })).toBe(true);
    expect(passes(run, { cmd: 'plugin:event|listen', payload: {} })).toBe(true);
  });

  it('g21: refuses ten thousand calls at random with one sentence, and lets none through that names something unknown', () => {
    const run = hook();
    const roll = dice(20261121);
    const table = source.split('const commands = {')[1]?.split('\n};')[0] ?? '';
    const names = [...table.matchAll(/^ {2}(\w+):/gm)].map((found) => found[1] ?? '');
    expect(names.length).toBeGreaterThan(60);
    const keys = ['connection', 'step', 'plan', 'ticks', 'answers', 'offer', 'text', 'settings', 'seal', 'to', 'order', 'toString', '__proto__', 'constructor'];
    const values: unknown[] = [null, undefined, true, 0, -1, 1e309, '', 'x', 'x'.repeat(300), 'x'.repeat(300000), [], {}, [[]], { kind: 'recipient' }, { ask: 1, value: 2 }, Object.create(null), () => 1, Symbol('x'), 1n];
    const commands = [...names, 'toString', '__proto__', 'constructor', 'hasOwnProperty', 'plugin:opener|open_url', 'plugin:dialog|open', 'plugin:event|emit', ''];
    let through = 0;
    for (let count = 0; count < 10000; count += 1) {
      const cmd = commands[roll(commands.length)] ?? '';
      const payload: Record<string, unknown> = {};
      for (let more = roll(5); more > 0; more -= 1) payload[keys[roll(keys.length)] ?? ''] = values[roll(values.length)];
      const given = roll(20) === 0 ? values[roll(values.length)] : payload;
      if (passes(run, { cmd, payload: given })) {
        through += 1;
        expect(names).toContain(cmd);
      }
    }
    // Not everything is refused, or the frame would stand in everybody's way.
    expect(through).toBeGreaterThan(50);
  });

  it('g21: a changed prototype gives no command', () => {
    const run = hook();
    const changed = Object.prototype as Record<string, unknown>;
    changed['planted'] = {};
    try {
      expect(passes(run, { cmd: 'planted', payload: {} })).toBe(false);
    } finally {
      delete changed['planted'];
    }
  });
});
