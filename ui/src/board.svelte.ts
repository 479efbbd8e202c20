// What is on the desk: the last returned views, what is busy, and how a deed is run. Every deed is one call to the
// shell; the view it returns replaces the one before.
import * as ipc from './ipc.gen';
import type { Checklist, Home, Journal, OwnGuide, PassedOn, RenewalPane, Renewals, SignInCode, SignInOffer, Tick, Trouble, Workshop } from './ipc.gen';
import { speech } from './words/words.svelte';

export type Screen = 'connections' | 'certificates' | 'renewals' | 'journal' | 'settings' | 'connection';

/** The sign-in as it is drawn: before, with a code, in the browser, or done. */
export interface SignIn {
  phase: 'before' | 'starting' | 'code' | 'browser' | 'done';
  offer: SignInOffer;
  code: SignInCode | null;
  left: number;
  slowed: boolean;
  browserHost: string;
  blocked: boolean;
  trouble: Trouble | null;
}

export class Board {
  home = $state.raw<Home | null>(null);
  list = $state.raw<Checklist | null>(null);
  diary = $state.raw<Journal | null>(null);
  bench = $state.raw<Workshop | null>(null);
  ledger = $state.raw<Renewals | null>(null);
  pane = $state.raw<RenewalPane | null>(null);
  /** A guide that was opened and is not in use yet. */
  ownGuide = $state.raw<OwnGuide | null>(null);
  /** The step that was passed on last. */
  passed = $state.raw<(PassedOn & { step: string }) | null>(null);
  screen = $state<Screen>('connections');
  signIn = $state<SignIn | null>(null);
  busy = $state<string | null>(null);
  tick = $state.raw<Tick | null>(null);
  trouble = $state.raw<Trouble | null>(null);
  said = $state('');
  copied = $state<string | null>(null);
  palette = $state(false);
  /** The list of shortcuts is open. */
  keys = $state(false);
  /** The map of the open connection is shown in the place of its steps. */
  map = $state(false);
  /** A paper that was saved last, and can be opened to be printed. */
  saved = $state.raw<{ path: string; paper: boolean } | null>(null);
  protected beats = 0;
  protected remembered = '';
  protected copiedTimer: ReturnType<typeof setTimeout> | undefined;

  /** Runs one deed; its trouble is shown, never thrown. */
  protected async run<T>(name: string, deed: () => Promise<T>): Promise<T | undefined> {
    if (this.busy) return undefined;
    this.busy = name;
    this.trouble = null;
    try {
      return await deed();
    } catch (fault) {
      this.trouble = asTrouble(fault);
      this.say(this.trouble.what);
      return undefined;
    } finally {
      this.busy = null;
      this.tick = null;
    }
  }

  protected show(list: Checklist | undefined): boolean {
    if (!list) return false;
    this.list = list;
    this.map = false;
    this.screen = 'connection';
    this.remember(`connection:${list.connection}`);
    return true;
  }

  protected readonly ticking = (tick: Tick) => {
    this.tick = tick;
    this.say(tick.what);
  };

  /** The connection and step that are open. */
  protected here(): { connection: string; step: string } {
    return { connection: this.list?.connection ?? '', step: this.list?.step?.id ?? '' };
  }

  /** Runs a deed at the step that is open, and shows what it makes of the checklist. */
  protected async atStep(name: string, deed: (connection: string, step: string) => Promise<Checklist>) {
    const { connection, step } = this.here();
    this.show(await this.run(name, () => deed(connection, step)));
  }

  say(text: string) {
    this.said = text;
  }

  /** The next start opens here again; when that cannot be kept, it opens at the connections. */
  protected remember(screen: string) {
    if (screen === this.remembered) return;
    this.remembered = screen;
    void ipc.rememberScreen(screen).catch(() => null);
  }

  protected take(home: Home) {
    this.home = home;
    speech.language = home.settings.language;
  }
}

/** Whatever was thrown, as a trouble that can be shown. */
export function asTrouble(fault: unknown): Trouble {
  if (typeof fault === 'object' && fault !== null && 'what' in fault && 'next' in fault) return fault as Trouble;
  return { code: 'shell', what: String(fault).slice(0, 300), field: null, why: null, next: '', requestId: null };
}
