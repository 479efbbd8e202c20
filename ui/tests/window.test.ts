// What the window has around the work: keys, the map, long lists, size, papers.
import { clearMocks } from '@tauri-apps/api/mocks';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import axe from 'axe-core';
import { createRawSnippet, tick } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { desk } from '../src/desk.svelte';
import type { AskedPermission, JournalEntry, Person, Risk } from '../src/ipc.gen';
import { deedOf, primaryOf, shortcuts } from '../src/keys';
import LongList from '../src/parts/LongList.svelte';
import { broken, drawn, serviceOf } from '../src/screens/reach';
import { commands } from '../src/screens/commands';
import { open } from './setup';

afterEach(() => {
  cleanup();
  clearMocks();
});

async function opened(language: 'en' | 'de' = 'en') {
  const pretend = await open(language);
  await waitFor(() => expect(desk.home).not.toBeNull());
  await desk.open('one');
  await waitFor(() => expect(document.getElementById('step-title')).not.toBeNull());
  return pretend;
}
const press = (key: string, more: KeyboardEventInit = {}, at: Element = document.activeElement ?? document.body) => fireEvent.keyDown(at, { key, ...more });
const faults = async () => (await axe.run(document, { rules: { 'color-contrast': { enabled: false } } })).violations.map((one) => one.id);

describe('the keyboard', () => {
  it('goes from step to step with the arrows, and reads the step that came', async () => {
    await opened();
    expect(document.activeElement?.id).toBe('step-title');
    await press('ArrowRight');
    await waitFor(() => expect(desk.list?.step?.id).toBe('consent'));
    await waitFor(() => expect(document.activeElement?.id).toBe('step-title'));
    await press('ArrowLeft');
    await waitFor(() => expect(desk.list?.step?.id).toBe('permissions'));
  });
  it('does what the main button does with Enter, once for a key that is held', async () => {
    const pretend = await opened();
    const applied = () => pretend.calls.filter((call) => call.command === 'apply').length;
    await press('Enter', { repeat: true });
    expect(applied()).toBe(0);
    await press('Enter');
    await waitFor(() => expect(applied()).toBe(1));
  });
  it('never vouches for somebody with Enter, wherever the focus is', async () => {
    const pretend = await opened();
    const confirmed = () => pretend.calls.some((call) => call.command === 'confirm');
    for (const step of ['notice', 'hand-over']) {
      pretend.states[step] = 'not-yet';
      await desk.look(step);
      await waitFor(() => expect(document.activeElement?.id).toBe('step-title'));
      if (step === 'hand-over') {
        await fireEvent.click(document.getElementById('way-hand') as HTMLElement);
        for (const box of document.querySelectorAll<HTMLInputElement>('input[id^=tick-]')) await fireEvent.click(box);
      }
      const button = document.getElementById(step === 'notice' ? 'confirm' : 'hand-done') as HTMLButtonElement;
      expect(button.disabled, step).toBe(false);
      expect(primaryOf(document)).toBeNull();
      const places = [document.body, document.getElementById('content'), document.getElementById('step-title'), document.querySelector('.all'), document.getElementById('confirm-note')];
      for (const at of places) if (at) for (const more of [{}, { ctrlKey: true }, { metaKey: true }]) await press('Enter', more, at);
      expect(confirmed(), step).toBe(false);
    }
    // The button itself does it.
    await desk.look('notice');
    await waitFor(() => expect(document.getElementById('confirm')).not.toBeNull());
    await fireEvent.click(document.getElementById('confirm') as HTMLElement);
    await waitFor(() => expect(confirmed()).toBe(true));
  });
  it('presses nothing in its place where the first main button vouches', async () => {
    const pretend = await opened();
    pretend.more.permissions = { can: { check: false, apply: false, confirm: true, needsSignIn: false, passOn: false, lend: false, pointAt: false, bringBack: false, takeBackScript: false, takeOffer: false } };
    await desk.look('permissions');
    await waitFor(() => expect(document.getElementById('confirm')).not.toBeNull());
    const before = pretend.calls.length;
    await press('Enter', {}, document.body);
    expect(pretend.calls.length).toBe(before);
  });
  it('leaves Enter to a button and to a field, and takes it there with Ctrl', async () => {
    const pretend = await opened();
    await press('Enter', {}, document.getElementById('check-all') as Element);
    await press('Enter', {}, document.getElementById('customer') as Element);
    expect(pretend.calls.some((call) => call.command === 'apply')).toBe(false);
    await press('Enter', { ctrlKey: true }, document.getElementById('customer') as Element);
    await waitFor(() => expect(pretend.calls.some((call) => call.command === 'apply')).toBe(true));
  });
  it('leaves every key without Ctrl to whoever writes', async () => {
    await opened();
    const field = document.getElementById('customer') as HTMLElement;
    field.focus();
    for (const key of ['ArrowRight', '/', '?']) await press(key);
    expect(desk.list?.step?.id).toBe('permissions');
    expect(desk.keys).toBe(false);
    await press('Escape');
    expect(document.activeElement?.id).toBe('content');
  });
  it('reaches every place, and shows its own list without a fault', async () => {
    await opened();
    for (const [place, name] of (['connections', 'certificates', 'renewals', 'journal', 'settings'] as const).entries()) {
      await press(String(place + 1), { ctrlKey: true });
      await waitFor(() => expect(desk.screen).toBe(name));
    }
    await press('F1');
    const list = await screen.findByRole('dialog', { name: 'Keyboard' });
    for (const one of shortcuts.flatMap((group) => group.keys)) expect(list.querySelectorAll('dt').length, one.deed).toBeGreaterThan(10);
    expect(await faults()).toEqual([]);
    await fireEvent.click(document.getElementById('close-keys') as HTMLElement);
    expect(desk.keys).toBe(false);
  });
  it('leaves the focus where it is when the same step is looked at again', async () => {
    await opened();
    const field = document.getElementById('customer') as HTMLElement;
    field.focus();
    await desk.check();
    await tick();
    expect(document.activeElement).toBe(field);
  });
  it('has no key for two deeds', () => {
    const all = shortcuts.flatMap((group) => group.keys).flatMap((one) => one.press.map((press) => `${press.mod ? 'mod ' : ''}${press.key}`));
    expect(new Set(all).size).toBe(all.length);
  });
  it('does nothing under a dialog that belongs to the page', async () => {
    await opened();
    desk.keys = true;
    await tick();
    await press('ArrowRight', {}, document.body);
    expect(desk.list?.step?.id).toBe('permissions');
    expect(primaryOf(document)).toBeNull();
  });
  it('keeps out of what is typed with Alt or an input method', () => {
    expect(deedOf(new KeyboardEvent('keydown', { key: '/', altKey: true }))).toBeNull();
    expect(deedOf(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true }))).toBeNull();
    expect(deedOf(new KeyboardEvent('keydown', { key: 'k', metaKey: true }))).toBe('commands');
  });
});

describe('the commands', () => {
  it('go to each step, copy each id, check all, export and show the map', async () => {
    await opened();
    const ids = commands().map((one) => one.id);
    for (const id of ['step-hand-over', 'copy-application-id', 'check-all', 'export', 'report', 'sheet', 'map', 'keys', 'print', 'theme', 'language', 'larger', 'go-journal', 'import', 'support', 'calendar']) expect(ids).toContain(id);
    expect(ids.some((id) => id.includes('client-secret'))).toBe(false);
    expect(new Set(ids).size).toBe(ids.length);
  });
  it('find the client ID by its words', async () => {
    const pretend = await opened();
    await press('k', { ctrlKey: true });
    const box = await screen.findByRole('combobox');
    await fireEvent.input(box, { target: { value: 'copy client id' } });
    await press('Enter', {}, box);
    await waitFor(() => expect(pretend.calls.find((call) => call.command === 'copy_value')?.given.value).toBe('application-id'));
  });
});

describe('the map', () => {
  it('draws each permission with the shape and the word of its risk, and says the same as a list', async () => {
    const pretend = await opened();
    pretend.morePermissions = [{ name: 'Mail.Send', application: false, risk: 'medium', depends: true }, { name: 'RoleManagement.ReadWrite.Directory', application: true, risk: 'highest', depends: false }];
    await desk.look('permissions');
    await fireEvent.click(document.getElementById('map') as HTMLElement);
    const picture = await screen.findByRole('img', { name: /signs in as its app registration, which holds 4 permissions/ });
    for (const risk of ['low', 'medium', 'high', 'highest'] as Risk[]) {
      expect(picture.querySelector(`[data-risk=${risk}]`), risk).not.toBeNull();
      expect(picture.textContent).toContain(`${risk} risk`);
    }
    const list = screen.getByRole('region', { name: 'The same as a list' });
    expect(list.querySelectorAll('li')).toHaveLength(4);
    expect(list.textContent).toContain('depends on your answers');
    expect(await faults()).toEqual([]);
    await press('Escape', {}, document.body);
    await waitFor(() => expect(document.getElementById('step-title')).not.toBeNull());
  });
  it('has one shape for each risk', async () => {
    await opened();
    await fireEvent.click(document.getElementById('map') as HTMLElement);
    const shapes = [...document.querySelectorAll('.legend svg')].map((svg) => svg.innerHTML);
    expect(new Set(shapes).size).toBe(4);
  });
  it('names the service behind a permission, and puts nothing on top of another', () => {
    expect(['OnlineMeetings.ReadWrite.All', 'User.ReadBasic.All', 'Mail.Send', 'Calendars.Read', 'Sites.Selected', 'offline_access', 'Reports.Read.All'].map(serviceOf)).toEqual(['teams', 'directory', 'mail', 'mail', 'files', 'directory', 'graph']);
    expect(broken('RoleManagementPolicy.ReadWrite.AzureADGroup', 33)).toEqual(['RoleManagementPolicy.ReadWrite.', 'AzureADGroup']);
    const many: AskedPermission[] = Array.from({ length: 12 }, (_, place) => ({ name: `${place % 2 ? 'User' : 'Chat'}.Read.${place}`, application: true, risk: 'low', depends: false }));
    const plan = drawn(many, 33);
    plan.permissions.slice(1).forEach((one, place) => expect(one.y).toBeGreaterThan((plan.permissions[place]?.y ?? 0) + (plan.permissions[place]?.height ?? 0)));
    expect(plan.services.map((one) => one.service)).toEqual(['directory', 'teams']);
  });
});

describe('a long list', () => {
  const row = createRawSnippet<[number]>((item) => ({ render: () => `<button>${item()}</button>` }));
  const inPage = () => document.querySelectorAll('#long li').length;
  it('has few of 100,000 rows in the page, and tells each one’s place', async () => {
    render(LongList<number>, { id: 'long', label: 'Numbers', items: Array.from({ length: 100_000 }, (_, place) => place), key: (item: number) => item, row });
    const box = document.getElementById('long') as HTMLElement;
    expect(inPage()).toBeLessThan(40);
    box.scrollTop = 46 * 70_000;
    await fireEvent.scroll(box);
    expect(inPage()).toBeLessThan(40);
    const seen = [...box.querySelectorAll('li')].find((line) => line.dataset.place === '70000');
    expect(seen?.textContent).toBe('70000');
    expect(seen?.getAttribute('aria-posinset')).toBe('70001');
    expect(seen?.getAttribute('aria-setsize')).toBe('100000');
  });
  it('is walked with the keys from its first row to its last', async () => {
    render(LongList<number>, { id: 'long', label: 'Numbers', items: Array.from({ length: 100_000 }, (_, place) => place), key: (item: number) => item, row });
    const box = document.getElementById('long') as HTMLElement;
    box.focus();
    await press('ArrowDown');
    await waitFor(() => expect(document.activeElement?.textContent).toBe('0'));
    await press('End');
    await waitFor(() => expect(document.activeElement?.textContent).toBe('99999'));
    await press('ArrowUp');
    await waitFor(() => expect(document.activeElement?.textContent).toBe('99998'));
    expect(inPage()).toBeLessThan(40);
  });
  it('keeps its end when it becomes shorter', async () => {
    const { rerender } = render(LongList<number>, { id: 'long', label: 'Numbers', items: Array.from({ length: 1_000 }, (_, place) => place), key: (item: number) => item, row });
    const box = document.getElementById('long') as HTMLElement;
    box.scrollTop = 46 * 990;
    await fireEvent.scroll(box);
    await rerender({ items: [0, 1, 2] });
    expect(inPage()).toBe(3);
  });
  it('lets people be chosen among very many', async () => {
    const pretend = await opened();
    const many: Person[] = Array.from({ length: 100_000 }, (_, place) => ({ id: `id-${place}`, name: `Person ${place}`, userPrincipalName: `p${place}@contoso.example`, enabled: true, guest: false, teams: null }));
    pretend.more.operators = { piece: { kind: 'people', chosen: many, most: null } };
    await desk.look('operators');
    await waitFor(() => expect(document.getElementById('people-chosen')).not.toBeNull());
    expect(document.querySelectorAll('#people-chosen li').length).toBeLessThan(40);
    expect(await faults()).toEqual([]);
    await fireEvent.click(screen.getByRole('button', { name: 'Remove Person 1' }));
    await waitFor(() => expect(document.querySelector('#people-chosen li')?.getAttribute('aria-setsize')).toBe('99999'));
  });
});

describe('the journal', () => {
  it('turns pages, narrows by words and by kind, and goes back to the first page', async () => {
    await opened();
    await desk.go('journal');
    const entries: JournalEntry[] = Array.from({ length: 5_000 }, (_, place) => ({ number: 5_000 - place, at: new Date().toISOString(), connection: 'one', name: 'TARGETconnect', kind: place % 10 ? 'sent' : 'settled', what: `Entry ${5_000 - place}`, details: [] }));
    desk.diary = { entries, verdict: { kind: 'intact', entries: 5_000 } };
    await waitFor(() => expect(screen.getByText('1 to 100 of 5,000')).toBeTruthy());
    const rows = () => [...document.querySelectorAll('#content ol > li strong')].map((row) => row.textContent);
    expect(rows()).toHaveLength(100);
    await fireEvent.click(document.getElementById('page-older') as HTMLElement);
    expect(rows()[0]).toBe('Entry 4900');
    await fireEvent.change(document.getElementById('journal-kind') as HTMLElement, { target: { value: 'proofs' } });
    await waitFor(() => expect(screen.getByText('101 to 200 of 500')).toBeTruthy());
    await fireEvent.input(document.getElementById('journal-search') as HTMLElement, { target: { value: 'entry 4990' } });
    await waitFor(() => expect(rows()).toEqual(['Entry 4990']));
    expect(await faults()).toEqual([]);
  });
  it('is printed', async () => {
    await opened();
    await desk.go('journal');
    const printed = vi.fn();
    vi.stubGlobal('print', printed);
    await fireEvent.click(document.getElementById('print-journal') as HTMLElement);
    await press('p', { ctrlKey: true }, document.body);
    expect(printed).toHaveBeenCalledTimes(2);
    vi.unstubAllGlobals();
  });
});

describe('the size', () => {
  it('grows and shrinks in steps between what is promised, and is kept with the settings', async () => {
    const pretend = await opened();
    const kept = () => pretend.calls.filter((call) => call.command === 'set_settings').map((call) => (call.given.settings as { zoom: number }).zoom);
    await press('-', { ctrlKey: true });
    expect(kept()).toEqual([]);
    for (const size of [125, 150, 175, 200]) {
      await press('+', { ctrlKey: true });
      await waitFor(() => expect(kept().at(-1)).toBe(size));
      await waitFor(() => expect(desk.busy).toBeNull());
    }
    await press('=', { ctrlKey: true });
    expect(kept()).toHaveLength(4);
    await press('0', { ctrlKey: true });
    await waitFor(() => expect(kept().at(-1)).toBe(100));
  });
});

describe('a paper', () => {
  it('says where it was saved, and is opened to be printed without the page naming a file', async () => {
    const pretend = await opened();
    await desk.saveReport();
    const note = await screen.findByRole('complementary', { name: /Saved to/ });
    expect(note.textContent).toContain('/home/weber/report.html');
    await fireEvent.click(document.getElementById('open-paper') as HTMLElement);
    await waitFor(() => expect(pretend.calls.find((call) => call.command === 'open_paper')?.given).toEqual({}));
    await press('Escape', {}, document.body);
    await waitFor(() => expect(document.getElementById('saved')).toBeNull());
  });
  it('offers nothing to print for a file that is none', async () => {
    await opened();
    await desk.exportJournal();
    await waitFor(() => expect(document.getElementById('saved')).not.toBeNull());
    expect(document.getElementById('open-paper')).toBeNull();
  });
});

describe('a trouble', () => {
  it('shows its code, by which the manual has it', async () => {
    const pretend = await opened();
    pretend.trouble = { code: 'forbidden', what: 'Microsoft refused the change.', field: null, why: null, next: 'Ask.', requestId: null };
    await desk.check();
    await waitFor(() => expect(screen.getByRole('alert').querySelector('code')?.textContent).toBe('forbidden'));
  });
});
