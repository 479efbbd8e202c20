import { clearMocks } from '@tauri-apps/api/mocks';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/svelte';
import axe from 'axe-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { Pretend } from '../fixture/pretend';
import { desk } from '../src/desk.svelte';
import { opened } from '../src/opened.svelte';
import { open } from './setup';

afterEach(() => {
  cleanup();
  clearMocks();
  opened.close();
});

const asked = (pretend: Pretend) => pretend.calls.filter((call) => call.command === 'opened_file').length;
const sealed = { kind: 'bundle' as const, bundle: { path: '/home/weber/a.footbridge', bytes: 2048, fingerprint: 'QK4M-7TZ2-AAXW-PL3D-9RRE', command: 'footbridge receive open a.footbridge' } };

describe('a file that the app was opened with', () => {
  it('is told of when it is sealed, in both languages, with the command that opens it', async () => {
    for (const [language, title] of [['en', 'A sealed file'], ['de', 'Eine versiegelte Datei']] as const) {
      const pretend = await open(language, false, (one) => (one.opened = sealed));
      await screen.findByRole('dialog', { name: title });
      expect(screen.getByText('footbridge receive open a.footbridge')).toBeTruthy();
      expect(screen.getByText('QK4M-7TZ2-AAXW-PL3D-9RRE')).toBeTruthy();
      expect((await axe.run(document.body)).violations.map((one) => one.id)).toEqual([]);
      await fireEvent.click(document.getElementById('close-sealed-file') as HTMLElement);
      await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
      expect(asked(pretend)).toBe(1);
      cleanup();
      clearMocks();
    }
  });

  it('is offered like one from the picker when it is a guide, and is not in use before a yes', async () => {
    const pretend = await open('en', false, (one) => (one.opened = { kind: 'guide', guide: one.ownGuide() }));
    await screen.findByRole('dialog', { name: 'A guide of another maker' });
    expect(desk.screen).toBe('connections');
    expect(document.getElementById('pin-key')).not.toBeNull();
    expect(pretend.calls.some((call) => call.command === 'take_own_guide')).toBe(false);
  });

  it('is refused aloud when it is neither', async () => {
    await open('en', false, (one) => (one.opened = 'refused'));
    expect((await screen.findByRole('alert')).textContent).toContain('This is no sealed file.');
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('is not there at an ordinary start', async () => {
    const pretend = await open('en');
    await waitFor(() => expect(asked(pretend)).toBe(1));
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(desk.trouble).toBeNull();
  });
});
