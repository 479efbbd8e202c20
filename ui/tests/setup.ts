// The interface as in the window, with pretend answers behind the shell's commands.
import { Channel } from '@tauri-apps/api/core';
import { mockIPC } from '@tauri-apps/api/mocks';
import { render } from '@testing-library/svelte';
import { Pretend } from '../fixture/pretend';
import App from '../src/App.svelte';
import { desk } from '../src/desk.svelte';
import type { Language } from '../src/ipc.gen';

/** Mounts the whole interface and waits for its first view. */
export async function open(language: Language = 'en', empty = false, before: (pretend: Pretend) => unknown = () => undefined): Promise<Pretend> {
  const pretend = new Pretend(language, 'light', empty);
  before(pretend);
  Object.assign(desk, { home: null, list: null, diary: null, bench: null, ledger: null, pane: null, ownGuide: null, passed: null, screen: 'connections', signIn: null, busy: null, trouble: null, said: '', copied: null, palette: false, keys: false, map: false, saved: null });
  window.matchMedia = (() => ({ matches: false, addEventListener: () => undefined, removeEventListener: () => undefined })) as unknown as typeof window.matchMedia;
  Element.prototype.scrollIntoView = () => undefined;
  mockIPC((command, given) => {
    const ticks = (given as { ticks?: Channel<unknown> } | undefined)?.ticks;
    return pretend.answer(command, (given ?? {}) as Record<string, unknown>, (tick) => ticks?.onmessage(tick));
  });
  render(App);
  return pretend;
}
