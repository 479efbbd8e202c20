// Signing in, the clipboard and pages in the browser: what reaches beyond the window. Neither a code nor an address
// is put together here; the core names them.
import { asTrouble, Board, type SignIn } from './board.svelte';
import * as ipc from './ipc.gen';
import type { SignInTick } from './ipc.gen';
import { speech } from './words/words.svelte';

export abstract class Beyond extends Board {
  abstract openRenewal(connection: string, step: string): Promise<void>;

  /** Puts a value on the clipboard by its name: the text itself never comes here. */
  async copy(value: string) {
    const connection = this.signIn?.offer.connection ?? this.list?.connection ?? '';
    await this.copyBy(value, () => ipc.copyValue(connection, value));
  }

  async copyPrint(certificate: string, spelling: string) {
    await this.copyBy(`${certificate}:${spelling}`, () => ipc.copyThumbprint(certificate, spelling));
  }

  private async copyBy(value: string, deed: () => Promise<ipc.Copied>) {
    try {
      const done = await deed();
      if (!done.done) return;
      this.copied = value;
      this.say(done.clearedAfter ? speech.w.copiedFor(done.clearedAfter) : speech.w.copied);
      clearTimeout(this.copiedTimer);
      this.copiedTimer = setTimeout(() => (this.copied = null), 2500);
    } catch (fault) {
      this.trouble = asTrouble(fault);
    }
  }

  async openLink(link: string) {
    const connection = this.signIn?.offer.connection ?? this.list?.connection ?? '';
    try {
      await ipc.openLink(connection, link);
    } catch (fault) {
      this.trouble = asTrouble(fault);
    }
  }

  async offerSignIn(connection = this.here().connection) {
    const offer = await this.run('sign-in-offer', () => ipc.signInOffer(connection));
    if (!offer) return;
    this.signIn = { phase: 'before', offer, code: null, left: 0, slowed: false, browserHost: '', blocked: false, trouble: null };
  }

  async signInWith(way: 'code' | 'browser') {
    const open = this.signIn;
    if (!open) return;
    if (open.phase === 'code' || open.phase === 'browser') await ipc.stopSignIn(open.offer.connection).catch(() => null);
    const phase = way === 'code' ? 'starting' : 'browser';
    this.signIn = { ...open, phase, code: null, slowed: false, browserHost: open.offer.host, trouble: null };
    const deed = way === 'code' ? ipc.signInWithCode : ipc.signInWithBrowser;
    // Set as a property of the object in force, so a late tick of an older sign-in finds nothing to change.
    const mine = this.signIn;
    try {
      const list = await deed(open.offer.connection, (tick) => this.signInTick(mine, tick));
      if (this.signIn !== mine) return;
      this.list = list;
      this.signIn.phase = 'done';
      this.say(speech.w.signIn.signedInAs(list.session?.account ?? ''));
    } catch (fault) {
      if (this.signIn !== mine) return;
      this.signIn.phase = 'before';
      const blocked = way === 'code' && this.signIn.blocked;
      this.signIn.trouble = blocked ? null : asTrouble(fault);
      // The explanation stays above what the browser way shows.
      if (blocked) await this.signInWith('browser');
    }
  }

  private signInTick(mine: SignIn, tick: SignInTick) {
    if (this.signIn !== mine) return;
    if (tick.kind === 'code') {
      mine.phase = 'code';
      mine.code = tick;
      mine.left = tick.lives;
    } else if (tick.kind === 'waiting') {
      mine.left = tick.left;
      mine.slowed = tick.slowed;
    } else if (tick.kind === 'browser') {
      mine.phase = 'browser';
      mine.browserHost = tick.host;
      mine.left = tick.left;
    } else {
      mine.phase = 'before';
      mine.blocked = true;
    }
  }

  async approveAs(account: string) {
    const open = this.signIn;
    if (!open) return;
    await ipc.approveAs(open.offer.connection, account).catch((fault: unknown) => (open.trouble = asTrouble(fault)));
  }

  async closeSignIn() {
    const open = this.signIn;
    this.signIn = null;
    if (open?.phase === 'done' && this.pane?.connection === open.offer.connection) await this.openRenewal(this.pane.connection, this.pane.step);
    if (open && open.phase !== 'done' && open.phase !== 'before') await ipc.stopSignIn(open.offer.connection).catch(() => null);
  }

  showSession() {
    void this.offerSignIn().then(() => {
      if (this.signIn && this.list?.session) this.signIn.phase = 'done';
    });
  }

  async signOut() {
    const { connection } = this.here();
    if (this.show(await this.run('sign-out', () => ipc.signOut(connection)))) this.signIn = null;
  }
}
