import { clearMocks } from '@tauri-apps/api/mocks';
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import axe from 'axe-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { Pretend } from '../fixture/pretend';
import { desk } from '../src/desk.svelte';
import type { Ask, Step } from '../src/ipc.gen';
import { open } from './setup';

afterEach(() => {
  cleanup();
  clearMocks();
});

const button = (name: string | RegExp) => screen.getByRole('button', { name });
async function byId(id: string): Promise<HTMLElement> {
  return waitFor(() => {
    const found = document.getElementById(id);
    if (!found) throw new Error(`#${id} is not there`);
    return found;
  });
}
async function at(step: string, more: Partial<Step>, states: Pretend['states'] = {}): Promise<Pretend> {
  const pretend = await open();
  pretend.more[step] = more;
  Object.assign(pretend.states, states);
  await fireEvent.click(await screen.findByRole('button', { name: /Next: Set the API permissions/ }));
  await fireEvent.click(await byId(`step-${step}`));
  await waitFor(() => expect(desk.list?.step?.id).toBe(step));
  return pretend;
}
const ask = (id: string, kind: Ask['kind'], more: Partial<Ask> = {}): Ask => ({ id, label: id, help: null, example: null, kind, required: true, value: null, answered: false, ...more });
const sent = (pretend: Pretend, command: string) => pretend.calls.find((call) => call.command === command)?.given;
async function noFault() {
  const found = await axe.run(document, { rules: { 'color-contrast': { enabled: false } } });
  expect(found.violations.map((one) => `${one.id}: ${one.nodes[0]?.html ?? ''}`)).toEqual([]);
}

describe('asks', () => {
  it('take several choices in the order in which they are offered', async () => {
    const options = ['calendar', 'mail', 'files'].map((value) => ({ value, label: `Use ${value}` }));
    const pretend = await at('register', { asks: [ask('functions', { kind: 'choices', options }, { value: 'mail' })] });
    const box = (name: string) => screen.getByRole('checkbox', { name });
    expect((box('Use mail') as HTMLInputElement).checked).toBe(true);
    await fireEvent.click(box('Use files'));
    await fireEvent.click(box('Use calendar'));
    await noFault();
    await fireEvent.click(button('Save answers'));
    await waitFor(() => expect(sent(pretend, 'answer')?.answers).toEqual([{ ask: 'functions', value: 'calendar, mail, files' }]));
  });
  it('say of each pasted permission how much it allows and whether it exists', async () => {
    const pretend = await at('register', { asks: [ask('more', { kind: 'permissions', application: true, names: [] }, { example: 'Mail.Send' })] });
    const field = await byId('ask-more');
    expect(field.getAttribute('placeholder')).toBe('Mail.Send');
    await fireEvent.input(field, { target: { value: 'Mail.Send\nNonsense.All' } });
    await fireEvent.blur(field);
    const names = await screen.findByRole('list', { name: 'more' });
    expect(within(names).getByText('high risk')).toBeTruthy();
    expect(within(names).getByText('Microsoft Graph has no such permission.')).toBeTruthy();
    expect(field.getAttribute('aria-invalid')).toBe('true');
    await fireEvent.input(field, { target: { value: 'Mail.Send' } });
    expect(field.getAttribute('aria-invalid')).toBe('false');
    expect(sent(pretend, 'answer')).toBeUndefined();
    await noFault();
  });
  it('show what the core says at the field it says it of', async () => {
    const pretend = await at('register', { asks: [ask('host', { kind: 'text', max: 200, hint: 'A name such as mail.example.org.' })] });
    const field = await byId('ask-host');
    expect(screen.getByText('A name such as mail.example.org.')).toBeTruthy();
    await fireEvent.input(field, { target: { value: 'https://x' } });
    pretend.trouble = { code: 'answer-invalid', what: 'Without https://.', field: 'host', why: null, next: 'Mend it.', requestId: null };
    await fireEvent.click(button('Save answers'));
    await waitFor(() => expect(document.getElementById('help-host')?.textContent).toBe('Without https://.'));
    expect(document.activeElement).toBe(field);
  });
  it('name the file that was chosen and never its contents', async () => {
    const pretend = await at('register', { asks: [ask('certificate', { kind: 'file', file: 'tixxt.cer' })] });
    expect(screen.getByText('tixxt.cer')).toBeTruthy();
    await fireEvent.click(button('certificate: Use the pretend file'));
    await waitFor(() => expect(sent(pretend, 'pick_file')).toMatchObject({ step: 'register', ask: 'certificate' }));
  });
  it('take one person where only one fits', async () => {
    const pretend = await at('operators', { piece: { kind: 'people', chosen: [], most: 1 } });
    expect(screen.getByRole('heading', { name: 'One person' })).toBeTruthy();
    await fireEvent.input(await byId('people-search'), { target: { value: 'an' } });
    await fireEvent.click(button('Search the directory'));
    await fireEvent.click(await screen.findByRole('button', { name: 'Add Anna Berger' }));
    await fireEvent.click(button('Add Jonas Keller'));
    await fireEvent.click(button('Save the choice'));
    await waitFor(() => expect(sent(pretend, 'choose_people')?.people).toEqual(['ab70cc80-0000-4000-8000-000000000002']));
  });
});

describe('steps', () => {
  it('that are not needed are folded with their reason, and count', async () => {
    await at('secret', { notNeeded: 'Needed only for “by hand”.' }, { secret: 'not-applicable', ids: 'not-applicable' });
    expect(screen.getByText('2 steps not needed by your answers')).toBeTruthy();
    expect(document.getElementById('not-needed')?.textContent).toBe('Needed only for “by hand”.');
    expect(document.getElementById('check')).toBeNull();
    expect((document.getElementById('step-ids')?.closest('details') as HTMLDetailsElement).open).toBe(true);
    await fireEvent.click(await byId('step-register'));
    await waitFor(() => expect((document.getElementById('step-ids')?.closest('details') as HTMLDetailsElement).open).toBe(false));
    await noFault();
  });
  it('that wait for an answer lead to it', async () => {
    await at('secret', { undecided: [{ label: 'Which way', step: 'notice' }] }, { secret: 'not-yet' });
    await fireEvent.click(button('Which way'));
    await waitFor(() => expect(desk.list?.step?.id).toBe('notice'));
  });
  it('that a person does in the product have a clock and can be confirmed all the same', async () => {
    const can = { check: false, apply: false, confirm: true, needsSignIn: false, passOn: false, lend: true, pointAt: false, bringBack: false, takeBackScript: false, takeOffer: false };
    const pretend = await at('ids', { piece: { kind: 'done', minutes: 10, since: null, until: null }, can });
    await fireEvent.click(await byId('done-begin'));
    await waitFor(() => expect(sent(pretend, 'wait_for_product')).toMatchObject({ step: 'ids' }));
    pretend.more.ids = { piece: { kind: 'done', minutes: 10, since: new Date(Date.now() - 60_000).toISOString(), until: new Date(Date.now() + 540_000).toISOString() }, can };
    await fireEvent.click(await byId('done-begin'));
    await waitFor(() => expect(document.getElementById('done-clock')?.textContent).toMatch(/[89]:\d\d left/));
    await noFault();
    await fireEvent.click(await byId('confirm'));
    await waitFor(() => expect(sent(pretend, 'confirm')).toMatchObject({ step: 'ids' }));
  });
  it('wait with the confirmation until the required answers are there', async () => {
    const can = { check: false, apply: false, confirm: true, needsSignIn: false, passOn: false, lend: true, pointAt: false, bringBack: false, takeBackScript: false, takeOffer: false };
    await at('ids', { piece: { kind: 'done', minutes: null, since: null, until: null }, can, asks: [ask('seen', { kind: 'text', max: 60, hint: null })] });
    expect(((await byId('confirm')) as HTMLButtonElement).disabled).toBe(true);
    expect(document.getElementById('done-begin')).toBeNull();
  });
  it('that need passwords ask for them outside the page', async () => {
    const pretend = await at('operators', { piece: { kind: 'plain' }, passwords: ['comm-1@contoso.example'] });
    expect(document.querySelector('input[type=password]')).toBeNull();
    await fireEvent.click(await byId('lend'));
    await waitFor(() => expect(sent(pretend, 'lend')).toMatchObject({ step: 'operators' }));
  });
  it('that only look say so', async () => {
    await at('operators', { piece: { kind: 'plain' } });
    expect(screen.getByRole('heading', { name: 'What Footbridge looks at' })).toBeTruthy();
    expect(button('Check now')).toBeTruthy();
  });
  it('give the end users their page', async () => {
    const pretend = await at('ids', { piece: { kind: 'hand-out' } });
    await fireEvent.click(await byId('save-page'));
    await waitFor(() => expect(sent(pretend, 'save_page')).toMatchObject({ step: 'ids' }));
  });
});

describe('what was there before', () => {
  it('is pointed at by its client ID and by nothing else', async () => {
    const pretend = await at('register', {}, { register: 'not-yet' });
    await fireEvent.input(await byId('point-at-id'), { target: { value: 'my app' } });
    await fireEvent.click(await byId('point-at-go'));
    expect(screen.getByText(/A client ID is 32 hexadecimal digits/)).toBeTruthy();
    expect(sent(pretend, 'point_at')).toBeUndefined();
    await fireEvent.input(await byId('point-at-id'), { target: { value: ' 7d1c1f0a-55f2-4c8e-9a5e-08c7b3a4d1e2 ' } });
    await fireEvent.click(await byId('point-at-go'));
    await waitFor(() => expect(sent(pretend, 'point_at')).toMatchObject({ step: 'register', application: '7d1c1f0a-55f2-4c8e-9a5e-08c7b3a4d1e2' }));
  });
  it('leaves the script that takes something back, and the commands to paste, to be read first', async () => {
    const pretend = await at('policy', { can: { check: true, apply: false, confirm: false, needsSignIn: false, passOn: false, lend: true, pointAt: false, bringBack: false, takeBackScript: true, takeOffer: false } });
    expect(screen.getByRole('region', { name: 'footbridge-teams.ps1' }).textContent).toContain('#Requires');
    await fireEvent.click(await byId('save-undo-script'));
    await waitFor(() => expect(sent(pretend, 'save_script')).toMatchObject({ step: 'policy', undo: true }));
    pretend.more.ids = { piece: { kind: 'commands', text: 'UPDATE ...' } };
    await fireEvent.click(await byId('step-ids'));
    expect((await screen.findByRole('region', { name: 'Commands' })).textContent).toBe('UPDATE ...');
  });
});

describe('the other admin', () => {
  it('gets a file with its fingerprint told', async () => {
    const pretend = await at('consent', { can: { check: true, apply: false, confirm: true, needsSignIn: false, passOn: true, lend: true, pointAt: false, bringBack: false, takeBackScript: false, takeOffer: false } });
    await fireEvent.click(await byId('pass-on'));
    expect((await byId('passed-fingerprint')).textContent).toBe('ABCD-EFGH-2345-IJKL-67MN');
    expect(sent(pretend, 'pass_on')).toMatchObject({ step: 'consent' });
    await noFault();
  });
  it('opens it and sees who asks', async () => {
    await open();
    await fireEvent.click(await byId('open-step'));
    expect(await screen.findByText('a.weber@contoso.com asks you to do this step.')).toBeTruthy();
    expect(document.getElementById('sender-fingerprint')?.textContent).toBe('ABCD-EFGH-2345-IJKL-67MN');
    await noFault();
  });
});

describe('a guide of another maker', () => {
  it('shows in words who made it and what it asks for, and is used only after a yes', async () => {
    const pretend = await open();
    await fireEvent.click(await byId('open-guide'));
    const box = await screen.findByRole('dialog');
    expect(within(box).getByText('Not verified: nobody vouches for this guide')).toBeTruthy();
    expect(within(box).getByText('high risk')).toBeTruthy();
    await noFault();
    await fireEvent.click(await byId('pin-key'));
    expect(await within(box).findByText('Signed by Lighthouse Ltd')).toBeTruthy();
    expect(sent(pretend, 'take_own_guide')).toBeUndefined();
    await fireEvent.click(await byId('use-guide'));
    expect(await byId('start-lighthouse')).toBeTruthy();
    expect(screen.queryByRole('dialog')).toBeNull();
    await fireEvent.click(await byId('forget-lighthouse'));
    await waitFor(() => expect(document.getElementById('start-lighthouse')).toBeNull());
  });
  it('that is refused says why', async () => {
    const pretend = await open();
    await byId('open-guide');
    pretend.trouble = { code: 'guide-too-powerful', what: 'The guide asks for a permission that can take over the tenant.', field: null, why: null, next: 'Pin the key.', requestId: null };
    await fireEvent.click(await byId('open-guide'));
    expect((await screen.findByRole('alert')).textContent).toContain('take over the tenant');
    expect(screen.queryByRole('dialog')).toBeNull();
  });
  it('that vanished is told with its place', async () => {
    const pretend = await open();
    pretend.lostGuides = [{ id: 'lighthouse', path: '/mnt/stick/lighthouse', why: 'No such file.' }];
    await fireEvent.click(await byId('nav-connections'));
    expect(await screen.findByText('The guide lighthouse cannot be used')).toBeTruthy();
    expect(screen.getByText('/mnt/stick/lighthouse')).toBeTruthy();
  });
});

describe('the products', () => {
  it('say how much is automatic, checked and by hand', async () => {
    await open();
    const group = await screen.findByRole('group', { name: /How much of TARGETconnect/ });
    expect(group.textContent).toMatch(/21 automatic.*12 checked.*9 by hand/);
  });
});
