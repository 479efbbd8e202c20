// Every shortcut of the window, in one place: what is pressed, what it does, and where it does not count. The list that
// the window shows is drawn from here.
export type Deed =
  | 'commands' | 'keys' | 'primary' | 'back' | 'next' | 'previous' | 'list' | 'search' | 'print'
  | 'connections' | 'certificates' | 'renewals' | 'journal' | 'settings' | 'map'
  | 'larger' | 'smaller' | 'whole';

export interface Press {
  key: string;
  /** With Ctrl, on a Mac with Cmd. */
  mod?: boolean;
  /** It works, and is not shown: the same key on another keyboard. */
  alias?: boolean;
}

export interface Shortcut {
  deed: Deed;
  press: Press[];
  /** The control itself takes these keys; they only stand in the list. */
  own?: boolean;
}

export const shortcuts: { group: 'everywhere' | 'connection' | 'places' | 'size'; keys: Shortcut[] }[] = [
  {
    group: 'everywhere',
    keys: [
      { deed: 'commands', press: [{ key: 'k', mod: true }] },
      { deed: 'primary', press: [{ key: 'Enter' }, { key: 'Enter', mod: true }] },
      { deed: 'back', press: [{ key: 'Escape' }] },
      { deed: 'search', press: [{ key: '/' }, { key: 'f', mod: true }] },
      { deed: 'print', press: [{ key: 'p', mod: true }] },
      { deed: 'keys', press: [{ key: 'F1' }, { key: '?' }] },
    ],
  },
  {
    group: 'connection',
    keys: [
      { deed: 'next', press: [{ key: 'ArrowRight' }] },
      { deed: 'previous', press: [{ key: 'ArrowLeft' }] },
      { deed: 'list', press: [{ key: 'ArrowUp' }, { key: 'ArrowDown' }], own: true },
      { deed: 'map', press: [{ key: 'm', mod: true }] },
    ],
  },
  {
    group: 'places',
    keys: (['connections', 'certificates', 'renewals', 'journal', 'settings'] as const).map((deed, place) => ({ deed, press: [{ key: String(place + 1), mod: true }] })),
  },
  {
    group: 'size',
    keys: [
      { deed: 'larger', press: [{ key: '+', mod: true }, { key: '=', mod: true, alias: true }] },
      { deed: 'smaller', press: [{ key: '-', mod: true }] },
      { deed: 'whole', press: [{ key: '0', mod: true }] },
    ],
  },
];

/** Where a text is being written, or a choice is made with the arrows. */
const FIELD = 'input, select, textarea, [contenteditable]';
/** What has an Enter of its own. */
const OWN_ENTER = `${FIELD}, button, a[href], summary, [role=option]`;

const isOf = (at: EventTarget | null, what: string) => at instanceof Element && at.closest(what) !== null;

/** What a press means here; nothing when the control that has the focus takes the key itself. */
export function deedOf(event: KeyboardEvent, at: EventTarget | null = event.target): Deed | null {
  if (event.altKey || event.isComposing || event.defaultPrevented) return null;
  const mod = event.ctrlKey || event.metaKey;
  const same = (press: Press) => press.key.toLowerCase() === event.key.toLowerCase() && Boolean(press.mod) === mod;
  const found = shortcuts.flatMap((group) => group.keys).find((one) => !one.own && one.press.some(same));
  if (!found) return null;
  if (mod || found.deed === 'back' || event.key === 'F1') return found.deed;
  if (found.deed === 'primary') return event.repeat || isOf(at, OWN_ENTER) ? null : 'primary';
  return isOf(at, FIELD) ? null : found.deed;
}

/**
 * The button that Enter presses: the first primary one that can be pressed, in a dialog when one is open. Where a person
 * vouches for something with it there is none, and no other takes its turn: that button is pressed by itself.
 */
export function primaryOf(page: Document): HTMLButtonElement | null {
  const open = [...page.querySelectorAll('dialog[open]')].at(-1);
  const within = open ?? page.getElementById('content');
  const seen = (one: HTMLElement) => one.checkVisibility?.() ?? true;
  const first = [...(within?.querySelectorAll<HTMLButtonElement>('button[data-primary]:not(:disabled)') ?? [])].find(seen);
  return first && first.dataset.primary !== 'vouches' ? first : null;
}
