import { clearMocks } from '@tauri-apps/api/mocks';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/svelte';
import axe from 'axe-core';
import { afterEach, describe, expect, it } from 'vitest';
import { desk } from '../src/desk.svelte';
import type { Feature, GuideCard, MachinePolicy, Offer } from '../src/ipc.gen';
import frontier from '../src/ipc.gen.ts?raw';
import { commands } from '../src/screens/commands';
import type { Pretend } from '../fixture/pretend';
import { open } from './setup';

afterEach(() => {
  cleanup();
  clearMocks();
});

const file = '/etc/footbridge/policy.toml';
function off(...names: Feature[]): MachinePolicy['off'] {
  return names.map((name) => ({ name, what: `Switched off: ${name}.` }));
}
const all: MachinePolicy = {
  path: file,
  cloud: true,
  clientId: true,
  language: true,
  guidesFolder: '/usr/local/share/footbridge/guides',
  off: off('own-guides', 'cloud-file', 'proxy-settings', 'support-report'),
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

/** A window at a machine that switches off these, in a language. */
async function at(language: 'en' | 'de', names: Feature[], before: (pretend: Pretend) => unknown = () => undefined) {
  cleanup();
  clearMocks();
  const pretend = await open(language, false, (one) => {
    one.policy = { path: file, cloud: false, clientId: false, language: false, guidesFolder: null, off: off(...names) };
    before(one);
  });
  await waitFor(() => expect(desk.home).not.toBeNull());
  return pretend;
}

async function atStep(pretend: Pretend, step: string) {
  pretend.states[step] = 'not-yet';
  await desk.open('one');
  await desk.look(step);
  await waitFor(() => expect(desk.list?.step?.id).toBe(step));
}

const here = { en: 'Switched off on this computer', de: 'Auf diesem Computer abgeschaltet' };
const can = (id: string) => !(by<HTMLButtonElement>(id)?.disabled ?? true);
const answerable: Offer = { installation: 'north-wing', fingerprint: 'QK4M', accepts: ['secret'], endpoint: 'https://product.example.org/', ends: '2099-01-01T00:00:00Z', ended: false, used: false, certificate: false };

/** What a place shows: the controls of the feature that can be used, and the reason why not. */
interface Place {
  offered: boolean[];
  reason?: string | null | undefined;
}
const reason = (id: string) => by(id)?.textContent ?? null;
const command = (id: string) => commands().some((one) => one.id === id);

/** Every place of the page where a feature begins. A feature without one is no whole record. */
const places: Record<Feature, (language: 'en' | 'de', names: Feature[]) => Promise<Place[]>> = {
  'own-guides': async (language, names) => {
    await at(language, names);
    await desk.go('connections');
    await waitFor(() => expect(by('fresh')).not.toBeNull());
    return [{ offered: [can('open-guide'), can('open-guide-folder')], reason: reason('own-guides-off') }, { offered: [command('guide')] }];
  },
  'cloud-file': async (language, names) => {
    await at(language, names);
    await desk.go('settings');
    await waitFor(() => expect(by('cloud')).not.toBeNull());
    return [{ offered: [can('cloud-file')], reason: reason('cloud-file-off') }];
  },
  'proxy-settings': async (language, names) => {
    await at(language, names);
    await desk.go('settings');
    await waitFor(() => expect(by('proxy-mode')).not.toBeNull());
    return [{ offered: [can('proxy-mode'), can('pick-ca')], reason: reason('authority-off') }];
  },
  'device-code': async (language, names) => {
    const pretend = await at(language, names, (one) => (one.accounts = []));
    pretend.session = false;
    await atStep(pretend, 'secret');
    await desk.offerSignIn();
    await waitFor(() => expect(by('use-browser')).not.toBeNull());
    const before: Place = { offered: [can('show-code')], reason: reason('device-code-off') };
    if (names.includes('device-code')) expect(by('use-browser')?.dataset.primary).toBe('');
    if (desk.signIn) desk.signIn.phase = 'browser';
    await waitFor(() => expect(by('use-browser')).toBeNull());
    return [before, { offered: [can('show-code')] }];
  },
  push: async (language, names) => {
    const pretend = await at(language, names, (one) => (one.takenOffer = answerable));
    await atStep(pretend, 'hand-over');
    await waitFor(() => expect(by('way-server')).not.toBeNull());
    const file = { offered: [by('push') !== null], reason: reason('push-off') };
    const server = { offered: [can('way-server')], reason: by('way-server')?.closest('label')?.textContent };
    expect(by('seal')?.dataset.primary).toBe(names.includes('push') ? '' : undefined);
    // A step whose only way leads to the product's server.
    pretend.more.secret = { passwords: ['admin'], off: names.includes('push') ? 'push' : null };
    await atStep(pretend, 'secret');
    await waitFor(() => expect(by('way-server')).toBeNull());
    return [file, server, { offered: [can('check'), can('lend'), command('check')], reason: reason('step-off') }];
  },
  'secret-export': async (language, names) => {
    const pretend = await at(language, names);
    await atStep(pretend, 'hand-over');
    await waitFor(() => expect(by('way-hand')).not.toBeNull());
    const { piece } = desk.list?.step ?? {};
    const secret = piece?.kind === 'hand-over' ? piece.fields.find((field) => field.secret) : undefined;
    expect(secret?.filled).toBe(true);
    const copies = [...document.querySelectorAll('dd button')].some((button) => button.getAttribute('aria-label')?.includes(secret?.label ?? '?'));
    expect(by<HTMLInputElement>(names.includes('secret-export') ? 'way-recipient' : 'way-passphrase')?.checked).toBe(true);
    const ways = ['way-passphrase', 'way-hand'].map((id) => ({ offered: [can(id)], reason: by(id)?.closest('label')?.textContent }));
    const contents = { offered: [copies, by('passphrase') !== null], reason: reason('copy-off') };
    await desk.go('certificates');
    await waitFor(() => expect(by('export-gateway')).not.toBeNull());
    await fireEvent.click(by('export-gateway') as HTMLElement);
    const destination = (id: string) => document.querySelector<HTMLInputElement>(`input[name=destination][value=${id}]`);
    await waitFor(() => expect(destination('public')).not.toBeNull());
    expect(destination('public')?.disabled).toBe(false);
    expect(destination(names.includes('secret-export') ? 'public' : 'windows-2019')?.checked).toBe(true);
    const bench = { offered: [!destination('windows-2019')?.disabled], reason: reason('export-off') };
    await desk.go('renewals');
    await desk.openRenewal('one', 'secret');
    await waitFor(() => expect(by('renew-look')).not.toBeNull());
    expect(by('renew-beforehand') !== null).toBe(names.includes('secret-export'));
    await desk.renewApply('beef');
    await waitFor(() => expect(by('renew-elsewhere')).not.toBeNull());
    expect(by('renew-elsewhere')?.dataset.primary).toBe(names.includes('secret-export') ? '' : undefined);
    return [...ways, contents, bench, { offered: [can('renew-seal')], reason: reason('renew-seal-off') }];
  },
  'support-report': async (language, names) => {
    await at(language, names);
    await desk.go('settings');
    await waitFor(() => expect(by('language')).not.toBeNull());
    return [{ offered: [can('show-support')], reason: by('switched-off')?.textContent?.includes('support-report') ? here[language] : null }, { offered: [command('support')] }];
  },
};
const features = Object.keys(places) as Feature[];

describe('what is switched off', () => {
  it.each(features)('%s is offered nowhere, and the reason stands in its place', async (feature) => {
    for (const language of ['en', 'de'] as const) {
      for (const place of await places[feature](language, [feature])) {
        expect(place.offered.every((one) => !one), JSON.stringify(place)).toBe(true);
        if (!('reason' in place)) continue;
        // What the core says is off; or, where something else is left to do, that it is off here.
        const said = [here[language], `Switched off: ${feature}.`];
        expect(said.some((words) => place.reason?.includes(words)), `${place.reason}`).toBe(true);
      }
    }
    expect((await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } })).violations.map((one) => one.id)).toEqual([]);
  });

  it.each(features)('%s is offered where nothing or something else is switched off', async (feature) => {
    for (const names of [[], features.filter((other) => other !== feature)]) {
      for (const place of await places[feature]('en', names)) expect(place.offered.every(Boolean), `${names.join()} ${JSON.stringify(place)}`).toBe(true);
    }
  });

  it('has a place in the page for each feature that the core knows', () => {
    const written = /export type Feature = ([^;]+);/.exec(frontier)?.[1] ?? '';
    const known = [...written.matchAll(/"([a-z-]+)"/g)].map((one) => one[1]);
    expect(known.length).toBeGreaterThan(6);
    expect([...features].sort()).toEqual(known.sort());
  });

  it('shows a rehearsal’s codes all the same', async () => {
    const pretend = await at('en', ['device-code']);
    pretend.session = false;
    await atStep(pretend, 'secret');
    await desk.offerSignIn();
    await waitFor(() => expect(can('show-code')).toBe(true));
    expect(by('device-code-off')).toBeNull();
  });

  it('lets the language not be changed by a command where it is laid down', async () => {
    await settings(all);
    expect(command('language')).toBe(false);
    await settings(null);
    expect(command('language')).toBe(true);
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
