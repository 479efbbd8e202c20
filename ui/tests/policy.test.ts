import { clearMocks } from '@tauri-apps/api/mocks';
import { cleanup, screen, waitFor } from '@testing-library/svelte';
import axe from 'axe-core';
import { afterEach, describe, expect, it } from 'vitest';
import { desk } from '../src/desk.svelte';
import type { GuideCard, MachinePolicy } from '../src/ipc.gen';
import { open } from './setup';

afterEach(() => {
  cleanup();
  clearMocks();
});

const file = '/etc/footbridge/policy.toml';
const all: MachinePolicy = {
  path: file,
  cloud: true,
  clientId: true,
  language: true,
  guidesFolder: '/usr/local/share/footbridge/guides',
  off: ['own-guides', 'cloud-file', 'proxy-settings', 'support-report'].map((name) => ({ name, what: `Switched off: ${name}.` })),
};

const by = <T extends HTMLElement>(id: string) => document.getElementById(id) as T | null;

async function settings(policy: MachinePolicy | null, language: 'en' | 'de' = 'en') {
  const pretend = await open(language, false, (one) => (one.policy = policy));
  await waitFor(() => expect(desk.home).not.toBeNull());
  await desk.go('settings');
  await waitFor(() => expect(by('language')).not.toBeNull());
  return pretend;
}

describe('what is laid down for the machine', () => {
  it('is shown as such and cannot be changed, in both languages', async () => {
    for (const [language, words] of [['en', 'Set by your organisation:'], ['de', 'Von Ihrer Organisation festgelegt:']] as const) {
      await settings(all, language);
      for (const id of ['language', 'cloud', 'proxy-mode', 'pick-ca']) expect(by<HTMLSelectElement>(id)?.disabled, id).toBe(true);
      expect(by<HTMLInputElement>('client')?.readOnly).toBe(true);
      for (const id of ['save-client', 'cloud-file', 'show-support']) expect(by(id), id).toBeNull();
      for (const id of ['language', 'cloud', 'client', 'proxy']) {
        const note = by(`${id}-laid-down`);
        expect(note?.textContent, id).toContain(words);
        expect(note?.textContent, id).toContain(file);
      }
      expect(by('switched-off')?.querySelectorAll('li')).toHaveLength(all.off.length);
      for (const one of all.off) expect(by('switched-off')?.textContent).toContain(one.what);
      screen.getByText('/usr/local/share/footbridge/guides');
      expect((await axe.run(document.body)).violations.map((one) => one.id)).toEqual([]);
      cleanup();
      clearMocks();
    }
  });

  it('leaves everything else to the admin', async () => {
    await settings({ path: file, cloud: false, clientId: false, language: false, guidesFolder: null, off: [] });
    for (const id of ['language', 'cloud', 'proxy-mode', 'pick-ca']) expect(by<HTMLSelectElement>(id)?.disabled, id).toBe(false);
    for (const id of ['save-client', 'cloud-file', 'show-support', 'policy-title']) expect(by(id), id).not.toBeNull();
    expect(by('switched-off')).toBeNull();
  });

  it('is not there where nothing is laid down', async () => {
    await settings(null);
    expect(by('policy-title')).toBeNull();
    expect(by('show-support')).not.toBeNull();
  });

  it('lets no guide of one’s own be opened, and none of its own be forgotten', async () => {
    const pretend = await settings(all);
    pretend.guides = [{ ...(pretend.home().guides[0] as GuideCard), id: 'lighthouse', maker: { kind: 'not-verified', fingerprint: null }, laidDown: true }];
    await desk.go('connections');
    await screen.findByText('from your organisation');
    for (const id of ['open-guide', 'open-guide-folder', 'forget-lighthouse']) expect(by(id), id).toBeNull();
    expect(by('rehearse-lighthouse')).not.toBeNull();
  });
});

describe('a policy that is not in order', () => {
  it('is the trouble that the window starts with', async () => {
    const what = `The policy of this machine is not in order (${file}:3).`;
    await open('en', false, (pretend) => (pretend.trouble = { code: 'policy-invalid', what, field: 'cloud', why: null, next: 'Have whoever looks after this machine mend the file.', requestId: null }));
    // Shown, and said by the screen reader.
    await waitFor(() => expect(screen.getAllByText(what)).toHaveLength(2));
    screen.getByText('Have whoever looks after this machine mend the file.');
    expect(desk.home).toBeNull();
    expect(document.querySelector('[id^=start-]')).toBeNull();
  });
});
