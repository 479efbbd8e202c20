// What the app was opened with from the file manager: a guide goes to the desk, of a sealed file is told what can be told.
import { asTrouble, desk } from './desk.svelte';
import * as ipc from './ipc.gen';
import type { SealedFile } from './ipc.gen';

class Opened {
  /** The sealed file that is told of. */
  sealed = $state.raw<SealedFile | null>(null);
  /** Whether the shell may have a file for us. */
  private waits = $state(false);

  /** Whether a file can be shown now: what is open is looked at first. */
  get due(): boolean {
    return this.waits && desk.home !== null && !desk.busy && !desk.ownGuide && !this.sealed;
  }

  /** Asks for the file of this start, and for those of later ones. */
  begin() {
    this.waits = true;
    void ipc.whenAFileIsOpened(() => (this.waits = true)).catch(() => null);
  }

  async take() {
    this.waits = false;
    try {
      const file = await ipc.openedFile();
      if (file?.kind === 'bundle') this.sealed = file.bundle;
      if (file?.kind !== 'guide') return;
      await desk.go('connections');
      desk.ownGuide = file.guide;
    } catch (fault) {
      desk.trouble = asTrouble(fault);
      desk.say(desk.trouble.what);
    }
  }

  close() {
    this.sealed = null;
  }
}

export const opened = new Opened();
