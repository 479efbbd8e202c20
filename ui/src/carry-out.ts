// What each shortcut does. Knows the desk and the page; which keys they are stands in keys.ts.
import { tick } from 'svelte';
import { desk } from './desk.svelte';
import { primaryOf, type Deed } from './keys';

/** A shortcut counts only beneath no dialog, except for these. */
const OVER_DIALOGS: Deed[] = ['commands', 'primary', 'larger', 'smaller', 'whole'];
const STEP = 25;

/** Does it; false when nothing was there to do, so that the key keeps its own meaning. */
export function carryOut(deed: Deed): boolean {
  if (document.querySelector('dialog[open]') && !OVER_DIALOGS.includes(deed)) return false;
  const zoom = desk.home?.settings.zoom ?? 100;
  switch (deed) {
    case 'commands': desk.palette = !desk.palette; return true;
    case 'keys': desk.keys = true; return true;
    case 'primary': return press();
    case 'back': return desk.back() || leaveField();
    case 'next':
    case 'previous': return walk(deed === 'next' ? 1 : -1);
    case 'search': return search();
    case 'print': print(); return true;
    case 'map': return map();
    case 'larger': void desk.draw(zoom + STEP); return true;
    case 'smaller': void desk.draw(zoom - STEP); return true;
    case 'whole': void desk.draw(100); return true;
    case 'list': return false;
    default: void desk.go(deed).then(toContent); return true;
  }
}

function press(): boolean {
  if (desk.busy) return false;
  const button = primaryOf(document);
  button?.click();
  return button !== null;
}

function walk(by: 1 | -1): boolean {
  if (desk.screen !== 'connection' || desk.map || !desk.list || desk.busy) return false;
  void desk.walk(by);
  return true;
}

function map(): boolean {
  if (desk.screen !== 'connection' || !desk.list) return false;
  desk.map = !desk.map;
  void toContent();
  return true;
}

function search(): boolean {
  const field = document.querySelector<HTMLInputElement>('#content input[type=search]');
  field?.focus();
  field?.select();
  return field !== null;
}

/** Out of a field, so that the keys without Ctrl count again. */
function leaveField(): boolean {
  const at = document.activeElement;
  if (!at?.matches('input, select, textarea')) return false;
  document.getElementById('content')?.focus();
  return true;
}

/** After a new screen came, what is read and pressed next is its own. */
async function toContent() {
  await tick();
  document.getElementById('content')?.focus();
}
