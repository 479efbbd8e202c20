// The first screen, drawn from what the shell laid into the page.
import { clearMocks } from '@tauri-apps/api/mocks';
import { cleanup } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Pretend } from '../fixture/pretend';
import { desk } from '../src/desk.svelte';
import { laidIn } from '../src/laid-in';
import { open } from './setup';

const askedForHome = (pretend: Pretend) => pretend.calls.filter((call) => call.command === 'home').length;

function layIn(text: string) {
  const block = document.createElement('script');
  block.type = 'application/json';
  block.id = 'laid-in';
  block.textContent = text;
  document.body.append(block);
}

afterEach(() => {
  cleanup();
  clearMocks();
});

describe('the first page', () => {
  it('is drawn from what was laid in, in its language, without asking', async () => {
    layIn(JSON.stringify(new Pretend('de', 'dark', true).home()));
    const pretend = await open('en');
    await tick();
    expect(desk.home?.connections).toEqual([]);
    expect(document.documentElement.lang).toBe('de');
    expect(document.documentElement.dataset.theme).toBe('dark');
    expect(document.querySelector('.wait')).toBeNull();
    expect(askedForHome(pretend)).toBe(0);
  });
  it('asks where nothing was laid in', async () => {
    const pretend = await open('en');
    await vi.waitFor(() => expect(desk.home).not.toBeNull());
    expect(askedForHome(pretend)).toBe(1);
  });
  it('takes it once', () => {
    layIn(JSON.stringify(new Pretend('en', 'light', true).home()));
    expect(laidIn()?.settings.language).toBe('en');
    expect(laidIn()).toBeUndefined();
    expect(document.getElementById('laid-in')).toBeNull();
  });
});
