import { clearMocks } from '@tauri-apps/api/mocks';
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import axe from 'axe-core';
import { afterEach, describe, expect, it } from 'vitest';
import { desk } from '../src/desk.svelte';
import { open } from './setup';

afterEach(() => {
  cleanup();
  clearMocks();
});

const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>('button', { name });
async function byId(id: string): Promise<HTMLElement> {
  return waitFor(() => {
    const found = document.getElementById(id);
    if (!found) throw new Error(`#${id} is not there`);
    return found;
  });
}
async function step(id: string) {
  await fireEvent.click(await byId(`step-${id}`));
  await waitFor(() => expect(desk.list?.step?.id).toBe(id));
}
async function opened() {
  const pretend = await open();
  await fireEvent.click(await screen.findByRole('button', { name: /Next: Set the API permissions/ }));
  await screen.findByRole('heading', { name: 'Set the API permissions' });
  return pretend;
}

describe('the first start', () => {
  it('has three doors and starts the only guide from the first', async () => {
    const pretend = await open('en', true);
    expect(await screen.findByRole('heading', { name: 'Connect a product to Microsoft 365' })).toBeTruthy();
    await fireEvent.click(document.getElementById('door-rehearse') as HTMLElement);
    await screen.findByRole('heading', { name: 'Read and accept the notice' });
    expect(pretend.calls.find((call) => call.command === 'start')?.given).toMatchObject({ guide: 'targetconnect', rehearsal: true });
  });
  it('speaks German when the settings do', async () => {
    await open('de', true);
    expect(await screen.findByRole('heading', { name: 'Ein Produkt mit Microsoft 365 verbinden' })).toBeTruthy();
    expect(document.documentElement.lang).toBe('de');
  });
});

describe('a step', () => {
  it('shows the exact change and sends the hash of just that plan', async () => {
    const pretend = await opened();
    const plan = screen.getByRole('region', { name: 'What will change in contoso.onmicrosoft.com' });
    expect(within(plan).getByText('OnlineMeetings.ReadWrite.All')).toBeTruthy();
    expect(within(plan).getByText('high risk')).toBeTruthy();
    await fireEvent.click(button('Do it for me'));
    await waitFor(() => expect(pretend.calls.find((call) => call.command === 'apply')?.given).toMatchObject({ step: 'permissions', plan: 'f00d' }));
    await waitFor(() => expect(document.getElementById('step-permissions')?.dataset.state).toBe('proven'));
  });
  it('lists the vendor’s rows with their numbers and marks what is inferred', async () => {
    await opened();
    expect(screen.getByText('TC-13')).toBeTruthy();
    expect(screen.getByText('Inferred')).toBeTruthy();
    expect(document.querySelector('article strong')?.textContent).toBe('API permissions');
  });
  it('names the missing role and offers a text for the other admin', async () => {
    await opened();
    await step('consent');
    expect(screen.getByText(/The account you signed in with has none of them/)).toBeTruthy();
    expect(screen.getByText(/TARGETconnect needs admin consent/)).toBeTruthy();
  });
  it('keeps wrong numbers and says what fits', async () => {
    const pretend = await opened();
    await step('secret');
    const field = document.getElementById('ask-secret-months') as HTMLInputElement;
    await fireEvent.input(field, { target: { value: '99' } });
    await fireEvent.click(button('Save answers'));
    expect(screen.getByText('Lifetime of the secret in months must be a whole number from 1 to 24.')).toBeTruthy();
    expect(pretend.calls.some((call) => call.command === 'answer')).toBe(false);
    await fireEvent.input(field, { target: { value: '6' } });
    await fireEvent.click(button('Save answers'));
    await waitFor(() => expect(pretend.calls.find((call) => call.command === 'answer')?.given.answers).toEqual([{ ask: 'secret-months', value: '6' }]));
  });
  it('shows a trouble with what to do now and its id', async () => {
    const pretend = await opened();
    pretend.trouble = { code: 'forbidden', what: 'Microsoft refused the change.', field: null, why: null, next: 'Ask a Privileged Role Administrator.', requestId: 'abc' };
    await fireEvent.click(button('Check only'));
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('Ask a Privileged Role Administrator.');
    expect(alert.textContent).toContain('abc');
  });
  it.each([['taken', 'targetconnectMSTeamsIntegration'], ['failed', 'Microsoft refused the change.'], ['pending', 'Footbridge keeps looking']] as const)('draws the state %s', async (state, text) => {
    const pretend = await opened();
    pretend.states.register = state;
    await step('register');
    expect((await screen.findAllByText(new RegExp(text))).length).toBeGreaterThan(0);
  });
});

describe('choosing people', () => {
  it('takes a pasted list and tells who was not found', async () => {
    const pretend = await opened();
    await step('operators');
    await fireEvent.click(button('Paste a list'));
    await fireEvent.input(document.getElementById('people-text') as HTMLElement, { target: { value: 'a@b.example' } });
    await fireEvent.click(button('Find these people'));
    expect(await screen.findByText('1 not found')).toBeTruthy();
    await fireEvent.click(button('Remove Anna Berger'));
    await fireEvent.click(button('Save the choice'));
    await waitFor(() => expect(pretend.calls.find((call) => call.command === 'choose_people')?.given.people).toHaveLength(1));
  });
});

describe('the sign-in', () => {
  it('makes no code before it is asked for, and none of its texts joins code and address', async () => {
    const pretend = await opened();
    await fireEvent.click(document.getElementById('session') as HTMLElement);
    await fireEvent.click(await screen.findByRole('button', { name: 'Sign out' }));
    await fireEvent.click(await byId('sign-in'));
    expect(await screen.findByText(/Never accept a code from someone else/)).toBeTruthy();
    expect(pretend.calls.some((call) => call.command === 'sign_in_with_code')).toBe(false);
    await fireEvent.click(button('Show my code'));
    const code = await byId('user-code');
    expect(code.textContent).toBe('GHK7XQ2MD');
    expect(pretend.calls.some((call) => call.command === 'copy_value')).toBe(false);
    for (const element of document.querySelectorAll('p, span, code')) expect(element.textContent?.includes('GHK7XQ2MD') && element.textContent.includes('microsoft.com')).toBe(false);
    await fireEvent.click(button('Enter the code'));
    expect(await screen.findByRole('heading', { name: 'Signed in' })).toBeTruthy();
    expect(screen.queryByText(/clock is/)).toBeNull();
  });
  it('tells a clock that is off', async () => {
    const pretend = await opened();
    pretend.clockAhead = -7;
    await step('register');
    await fireEvent.click(document.getElementById('session') as HTMLElement);
    expect(await screen.findByText('This computer’s clock is 7 minutes ahead of Microsoft’s.')).toBeTruthy();
  });
});

describe('the hand-over', () => {
  it('has the seven fields in the product’s order and never the secret', async () => {
    const pretend = await opened();
    await step('hand-over');
    expect([...document.querySelectorAll('article dl dt code')].map((row) => row.textContent)).toEqual(['TC-F-1', 'TC-F-2', 'TC-F-3', 'TC-F-4', 'TC-F-5', 'TC-F-6', 'TC-F-7']);
    await fireEvent.click(button('Copy Client Secret'));
    await waitFor(() => expect(pretend.calls.find((call) => call.command === 'copy_value')?.given.value).toBe('field:client-secret'));
    await waitFor(() => expect(desk.said).toBe('Copied. Leaves the clipboard in 45 s'));
    await fireEvent.click(button('Save sealed file…'));
    await waitFor(() => expect(pretend.calls.find((call) => call.command === 'seal')?.given.seal).toEqual({ kind: 'passphrase' }));
  });
  it('takes the product’s offer and sends to the address in it', async () => {
    const pretend = await opened();
    await step('hand-over');
    await fireEvent.click(await byId('way-recipient'));
    expect(button('Take the offer…').disabled).toBe(true);
    await fireEvent.input(await byId('offer'), { target: { value: 'offer1:eyJ2IjoxfQ' } });
    await fireEvent.click(button('Take the offer…'));
    await waitFor(() => expect(pretend.calls.find((call) => call.command === 'take_offer')?.given.offer).toBe('offer1:eyJ2IjoxfQ'));
    await waitFor(() => expect(document.getElementById('offer-taken')?.textContent).toContain('QK4M-7TZ2-AAXW-PL3D-9RRE'));
    await fireEvent.click(button('Send to the product…'));
    await waitFor(() => expect(pretend.calls.some((call) => call.command === 'push')).toBe(true));
    await fireEvent.click(button('Save sealed file…'));
    await waitFor(() => expect(pretend.calls.find((call) => call.command === 'seal')?.given.seal).toEqual({ kind: 'offer' }));
  });
  it('is ticked along field by field before it counts as entered', async () => {
    const pretend = await opened();
    await step('hand-over');
    await fireEvent.click(await byId('way-hand'));
    expect(button('All fields are entered').disabled).toBe(true);
    for (const box of screen.getAllByRole('checkbox')) await fireEvent.click(box);
    await fireEvent.click(button('All fields are entered'));
    await waitFor(() => expect(pretend.calls.some((call) => call.command === 'confirm')).toBe(true));
  });
  it('goes to a folder of a server by an address without a password', async () => {
    const pretend = await opened();
    await step('hand-over');
    await fireEvent.click(await byId('way-server'));
    await fireEvent.input(await byId('sftp-address'), { target: { value: 'sftp://ada:secret@files.example.org/in' } });
    expect(button('Put it on the server…').disabled).toBe(true);
    await fireEvent.input(await byId('sftp-address'), { target: { value: 'sftp://ada@files.example.org/in' } });
    await fireEvent.click(button('Put it on the server…'));
    await waitFor(() => expect(pretend.calls.find((call) => call.command === 'send_by_sftp')?.given.to).toEqual({ address: 'sftp://ada@files.example.org/in', proof: 'agent' }));
  });
});

describe('commands', () => {
  it('open with the keyboard, narrow by words and run with Enter', async () => {
    await opened();
    await fireEvent.keyDown(window, { key: 'k', ctrlKey: true });
    const box = await screen.findByRole('combobox');
    await fireEvent.input(box, { target: { value: 'hand over to' } });
    await fireEvent.keyDown(box, { key: 'Enter' });
    await waitFor(() => expect(desk.list?.step?.id).toBe('hand-over'));
  });
  it('switch the language of everything', async () => {
    await opened();
    await fireEvent.keyDown(window, { key: 'k', metaKey: true });
    const box = await screen.findByRole('combobox');
    await fireEvent.input(box, { target: { value: 'Deutsch' } });
    await fireEvent.keyDown(box, { key: 'Enter' });
    expect(await screen.findByRole('heading', { name: 'Die API-Berechtigungen setzen' })).toBeTruthy();
  });
});

describe('certificates', () => {
  it('are ordered with what the form says, and no key crosses', async () => {
    const pretend = await open();
    await fireEvent.click(await byId('nav-certificates'));
    await fireEvent.input(await byId('certificate-name'), { target: { value: 'gate' } });
    await fireEvent.click(await byId('make-certificate'));
    await waitFor(() => expect(pretend.calls.find((call) => call.command === 'make_certificate')?.given.order).toEqual({ name: 'gate', purpose: 'app', key: 'rsa3072', days: 365, subject: 'CN=gate', otherNames: [] }));
    // What was made opens by itself.
    await byId('certificate-details');
  });
  it('offer no elliptic-curve key for the sign-in of an app', async () => {
    await open();
    await fireEvent.click(await byId('nav-certificates'));
    const kinds = () => [...document.querySelectorAll('#certificate-key option')].map((one) => (one as HTMLOptionElement).value);
    await byId('certificate-key');
    expect(kinds()).not.toContain('p256');
    await fireEvent.change(await byId('certificate-purpose'), { target: { value: 'server' } });
    await waitFor(() => expect(kinds()).toContain('p256'));
  });
  it('say where the files and their passphrase are', async () => {
    const pretend = await open();
    await fireEvent.click(await byId('nav-certificates'));
    await fireEvent.click(await byId('export-gateway'));
    await fireEvent.click(await byId('export-now'));
    expect((await byId('exported')).textContent).toContain('gateway.windows-2019.passphrase.txt');
    expect(pretend.calls.find((call) => call.command === 'export_certificate')?.given).toMatchObject({ certificate: 'gateway', destination: 'windows-2019', chosen: false });
  });
  it('are compared with what Graph shows', async () => {
    await open();
    await fireEvent.click(await byId('nav-certificates'));
    await fireEvent.click(await byId('details-minutes'));
    await fireEvent.input(await byId('compare'), { target: { value: 'x' } });
    await fireEvent.click(await byId('compare-now'));
    expect((await byId('compared')).textContent).toContain('not a thumbprint');
  });
});

describe('renewals', () => {
  it('count what is due and mark what others made', async () => {
    await open();
    expect((await byId('due')).textContent).toContain('2');
    await fireEvent.click(await byId('nav-renewals'));
    await waitFor(() => expect(document.getElementById('due')?.textContent).toContain('3'));
    expect(screen.getByText('made by others')).toBeTruthy();
    expect(screen.getByText('1 expires within 60 days')).toBeTruthy();
  });
  it('carry out only the plan that was shown', async () => {
    const pretend = await open();
    await fireEvent.click(await byId('nav-renewals'));
    await fireEvent.click(await byId('renew-due'));
    await fireEvent.click(await byId('renew-look'));
    await fireEvent.click(await byId('renew-apply'));
    await waitFor(() => expect(pretend.calls.find((call) => call.command === 'renew_apply')?.given).toMatchObject({ connection: 'one', step: 'secret', plan: 'beef' }));
    await byId('renew-seal');
  });
});

describe('every screen', () => {
  it.each(['journal', 'settings', 'certificates', 'renewals'] as const)('%s has no fault that axe finds', async (name) => {
    await open();
    await fireEvent.click(await byId(`nav-${name}`));
    await waitFor(() => expect(desk.screen).toBe(name));
    const found = await axe.run(document, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations.map((one) => one.id)).toEqual([]);
  });
  it('axe does find a planted fault', async () => {
    await open();
    document.body.append(Object.assign(document.createElement('input'), { id: 'planted' }));
    const found = await axe.run(document, { rules: { 'color-contrast': { enabled: false } } });
    document.getElementById('planted')?.remove();
    expect(found.violations.map((one) => one.id)).toContain('label');
  });
});
