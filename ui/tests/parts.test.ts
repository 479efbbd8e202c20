import { cleanup, render } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';
import Marked from '../src/parts/Marked.svelte';
import Qr from '../src/parts/Qr.svelte';
import StateMark, { type MarkState } from '../src/parts/StateMark.svelte';
import { de } from '../src/words/de';
import { en } from '../src/words/en';
import { clock } from '../src/words/words.svelte';

afterEach(cleanup);

const states: MarkState[] = ['not-yet', 'planned', 'pending', 'proven', 'confirmed', 'changed-since', 'needs-another-admin', 'not-applicable', 'done-elsewhere', 'failed', 'taken'];

describe('the mark of a state', () => {
  it('has its own shape for each, not colour alone', () => {
    const shapes = states.map((state) => {
      const { container } = render(StateMark, { state, word: state });
      const svg = container.querySelector('svg');
      const drawn = [...(svg?.children ?? [])].map((child) => `${child.tagName}${child.getAttribute('d') ?? ''}${child.getAttribute('stroke-dasharray') ?? ''}${child.classList.contains('tinted')}`).join('|');
      cleanup();
      return drawn;
    });
    expect(new Set(shapes).size).toBe(states.length);
  });
  it('has its own word for each, in both languages', () => {
    for (const words of [en, de]) expect(new Set(states.map((state) => words.state[state])).size).toBe(states.length);
  });
});

describe('a guide’s line', () => {
  it('is drawn as elements and never as HTML', () => {
    const pieces = [{ kind: 'plain' as const, text: '<img src=x onerror=alert(1)> ' }, { kind: 'strong' as const, text: 'Register' }];
    const { container } = render(Marked, { pieces, onlink: () => undefined, opens: (host: string) => host });
    expect(container.querySelector('img')).toBeNull();
    expect(container.querySelector('strong')?.textContent).toBe('Register');
    expect(container.textContent).toContain('<img');
  });
});

describe('the QR picture', () => {
  it('draws one square for each dark dot', () => {
    const { container } = render(Qr, { rows: ['10', '01'], label: 'address' });
    expect(container.querySelector('path')?.getAttribute('d')).toBe('M2 2h1v1h-1zM3 3h1v1h-1z');
  });
});

describe('a span of time', () => {
  it.each([[0, '0:00'], [-5, '0:00'], [59, '0:59'], [822, '13:42'], [3661, '1:01:01']])('%i s is %s', (seconds, text) => {
    expect(clock(seconds)).toBe(text);
  });
});

describe('words', () => {
  const sentences = (value: unknown): string[] => {
    if (typeof value === 'string') return [value];
    if (Array.isArray(value)) return value.flatMap(sentences);
    if (typeof value === 'function') return [];
    return Object.values(value as object).flatMap(sentences);
  };
  it('have no exclamation marks, no "simply", no "please", no "oops"', () => {
    const bad = /!|\b(simply|please|oops|einfach|bitte)\b/i;
    for (const words of [en, de]) expect(sentences(words).filter((text) => bad.test(text))).toEqual([]);
    expect(bad.test('Please sign in!')).toBe(true);
  });
  it('are not left in English by oversight', () => {
    const same = sentences(de).filter((text) => text.split(' ').length > 3 && sentences(en).includes(text));
    expect(same).toEqual([]);
  });
});
