import { clearMocks } from '@tauri-apps/api/mocks';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/svelte';
import axe from 'axe-core';
import { afterEach, describe, expect, it } from 'vitest';
import { desk } from '../src/desk.svelte';
import { open } from './setup';

afterEach(() => {
  cleanup();
  clearMocks();
});

const by = <T extends HTMLElement>(id: string) => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no ${id}`);
  return found as T;
};

async function settings(language: 'en' | 'de' = 'en') {
  const pretend = await open(language);
  await waitFor(() => expect(desk.home).not.toBeNull());
  await desk.go('settings');
  await waitFor(() => by('proxy-mode'));
  return pretend;
}

async function choose(mode: string) {
  await fireEvent.change(by<HTMLSelectElement>('proxy-mode'), { target: { value: mode } });
}

describe('the network', () => {
  it('takes a proxy by its address, and no password of it', async () => {
    const pretend = await settings();
    await choose('address');
    const save = await waitFor(() => by<HTMLButtonElement>('save-proxy'));
    expect(save.disabled).toBe(true);
    for (const wrong of ['https://proxy.example.com:8080', 'ada:hunter2@proxy.example.com:8080', 'proxy.example.com/path']) {
      await fireEvent.input(by('proxy-address'), { target: { value: wrong } });
      expect(save.disabled).toBe(true);
    }
    await fireEvent.input(by('proxy-address'), { target: { value: 'http://proxy.example.com:8080' } });
    await fireEvent.input(by('proxy-user'), { target: { value: 'ada' } });
    await fireEvent.click(save);
    await fireEvent.click(await waitFor(() => by('lend-proxy')));
    await screen.findByText(/A password is lent until the app is closed/);
    expect(pretend.calls.find((call) => call.command === 'set_proxy')?.given).toEqual({ choice: { proxy: 'address', address: 'http://proxy.example.com:8080', user: 'ada' } });
    // The core asks for it natively; the page has no field and hands nothing over.
    expect(pretend.calls.find((call) => call.command === 'lend_proxy_password')?.given).toEqual({});
    expect(document.querySelector('input[type=password]')).toBeNull();
    expect((await axe.run(document.body)).violations.map((one) => one.id)).toEqual([]);
  });

  it('puts a mode without an address into force at once', async () => {
    const pretend = await settings();
    await choose('none');
    await waitFor(() => expect(pretend.network.proxy).toBe('none'));
  });

  it('takes an authority by the native dialog, and lets go of it', async () => {
    const pretend = await settings();
    await fireEvent.click(by('pick-ca'));
    await screen.findByText('/home/weber/example-corp.pem');
    expect(pretend.calls.find((call) => call.command === 'pick_ca_file')?.given).toEqual({});
    await fireEvent.click(by('forget-ca'));
    await waitFor(() => expect(document.getElementById('forget-ca')).toBeNull());
  });

  it('names who looks into the connection, in both languages', async () => {
    for (const [language, told] of [['en', 'This connection is looked into: re-signed by Example Corp Root CA.'], ['de', 'In diese Verbindung wird gesehen: neu signiert von Example Corp Root CA.']] as const) {
      const pretend = await settings(language);
      pretend.tested = {
        hosts: pretend.tested.hosts.map((host) => ({ ...host, proxy: '10.0.0.1:8080', bySystem: true, issuer: 'Example Corp Root CA', isPublic: false })),
        inspector: 'Example Corp Root CA',
        script: null,
      };
      await fireEvent.click(by('test-network'));
      await screen.findByText(told);
      expect(by('tested').querySelectorAll('li')).toHaveLength(2);
      expect((await axe.run(document.body)).violations.map((one) => one.id)).toEqual([]);
      cleanup();
      clearMocks();
    }
  });

  it('says of each host what stood in the way and what to do', async () => {
    const pretend = await settings();
    const trouble = { code: 'proxy-sign-in', what: 'The proxy wants to know who asks (407).', field: 'proxy-user', why: null, next: 'Give user and password.', requestId: null };
    pretend.tested = { ...pretend.tested, hosts: pretend.tested.hosts.map((host) => ({ ...host, issuer: null, isPublic: false, trouble })) };
    await fireEvent.click(by('test-network'));
    await waitFor(() => expect(screen.getAllByText(trouble.what)).toHaveLength(2));
    expect(screen.getAllByText(trouble.next)).toHaveLength(2);
    expect(desk.said).toBe('Not both hosts were reached.');
  });
});
