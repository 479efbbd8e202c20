import { clearMocks } from '@tauri-apps/api/mocks';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/svelte';
import axe from 'axe-core';
import { afterEach, describe, expect, it } from 'vitest';
import { desk } from '../src/desk.svelte';
import licences from '../src/licences.gen.json';
import { open } from './setup';

afterEach(() => {
  cleanup();
  clearMocks();
});

async function settings(language: 'en' | 'de') {
  const pretend = await open(language);
  await waitFor(() => expect(desk.home).not.toBeNull());
  await desk.go('settings');
  await waitFor(() => expect(document.getElementById('show-support')).not.toBeNull());
  return pretend;
}

describe('the support report', () => {
  it('is shown whole before it can be saved', async () => {
    const pretend = await settings('en');
    expect(document.getElementById('save-support')).toBeNull();
    await fireEvent.click(document.getElementById('show-support') as HTMLElement);
    const text = await screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'The support report' });
    expect(text.value).toContain('Footbridge support report');
    expect(text.readOnly).toBe(true);
    await fireEvent.click(document.getElementById('save-support') as HTMLElement);
    await screen.findByText('Saved to /home/weber/footbridge-support.txt');
    // What is saved is what the core showed: the page hands no text over.
    expect(pretend.calls.find((call) => call.command === 'save_support_report')?.given).toEqual({});
    expect((await axe.run(document.body)).violations.map((one) => one.id)).toEqual([]);
  });
});

describe('the licences of others', () => {
  it('are shown without a network, in both languages', async () => {
    for (const language of ['en', 'de'] as const) {
      await settings(language);
      await fireEvent.click(document.getElementById('show-licences') as HTMLElement);
      const list = await waitFor(() => {
        const found = document.getElementById('licences');
        if (!found) throw new Error('no list');
        return found;
      });
      expect(list.querySelectorAll('li')).toHaveLength(licences.parts.length);
      cleanup();
      clearMocks();
    }
  });
});
