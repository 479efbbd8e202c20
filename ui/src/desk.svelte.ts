// The deeds: each is one call to the shell, and the view it returns replaces the one before.
import { asTrouble, type Screen } from './board.svelte';
import { Beyond } from './beyond.svelte';
import * as ipc from './ipc.gen';
import type { Answer, CertificateOrder, Compared, Feature, Judged, RenewalPane, Renewals, Seal, Settings, Sftp, Workshop } from './ipc.gen';
import { laidIn } from './laid-in';
import { speech } from './words/words.svelte';

export { asTrouble, type Screen, type SignIn } from './board.svelte';

class Desk extends Beyond {
  async begin() {
    const home = laidIn() ?? (await this.run('home', ipc.home));
    if (!home) return;
    this.take(home);
    if (home.vaultTrouble?.code === 'vault-locked') await this.unlock();
    const last = home.settings.lastScreen ?? '';
    const [kind, connection] = last.split(':');
    this.remembered = last;
    if (kind === 'journal' || kind === 'settings' || kind === 'certificates' || kind === 'renewals') await this.go(kind);
    void ipc.whenRenewalsAreWanted(() => void this.go('renewals')).catch(() => null);
    // A rehearsal is gone by now, and so may be a connection that was forgotten elsewhere.
    if (connection && this.home?.connections.some((card) => card.id === connection)) await this.open(connection);
  }

  /** Lets the system ask for the passphrase of the vault; the page works on meanwhile and never learns it. */
  async unlock() {
    const home = await ipc.unlock().catch((fault: unknown) => void (this.trouble = asTrouble(fault)));
    if (home) this.take(home);
  }

  async go(screen: Screen) {
    this.trouble = null;
    this.saved = null;
    this.map = false;
    if (screen === 'journal') {
      const diary = await this.run('journal', () => ipc.journal(null));
      if (diary) this.diary = diary;
    }
    if (screen === 'certificates') this.takeBench(await this.run('workshop', ipc.workshop));
    if (screen === 'renewals') {
      this.pane = null;
      this.takeLedger(await this.run('renewals', ipc.renewals));
    }
    if (screen === 'connections') {
      await this.homeBy('home', ipc.home);
    }
    this.screen = screen;
    this.remember(screen);
  }

  /** Draws everything larger or smaller, within what is promised. */
  async draw(percent: number) {
    const zoom = Math.min(200, Math.max(100, percent));
    if (!this.home || zoom === this.home.settings.zoom) return;
    await this.settings({ zoom });
    this.say(speech.w.size.now(zoom));
  }

  /** Closes the uppermost thing that is open beside dialogs, which close themselves. */
  back(): boolean {
    if (this.trouble) this.trouble = null;
    else if (this.saved) this.saved = null;
    else if (this.map) this.map = false;
    else if (this.screen === 'renewals' && this.pane) this.closeRenewal();
    else return false;
    return true;
  }

  async settings(change: Partial<Settings>) {
    if (!this.home) return;
    const settings = { ...this.home.settings, ...change };
    const home = await this.run('settings', () => ipc.setSettings(settings));
    if (home) this.take(home);
    // The texts of the guide come from the core in the new language.
    const step = this.list?.step?.id;
    if (home && change.language && this.list && step) {
      const { connection } = this.list;
      const list = await this.run('look', () => ipc.look(connection, step));
      if (list) this.list = list;
    }
  }

  /** A deed that changes what stands outside a connection. */
  async homeBy(name: string, deed: () => Promise<ipc.Home>) {
    const home = await this.run(name, deed);
    if (home) this.take(home);
  }

  private takeBench(bench: Workshop | undefined): boolean {
    if (!bench) return false;
    this.bench = bench;
    if (this.home) this.home = { ...this.home, kept: bench.kept.length };
    return true;
  }

  async make(order: CertificateOrder, request: boolean): Promise<boolean> {
    const made = this.takeBench(await this.run('make', () => (request ? ipc.makeRequest(order) : ipc.makeCertificate(order))));
    if (made) this.say(speech.w.certificates.made(order.name.trim()));
    return made;
  }

  async importCertificate() {
    if (this.takeBench(await this.run('import', ipc.importCertificate)) && this.bench?.fresh) this.say(speech.w.certificates.imported);
  }

  async exportCertificate(certificate: string, destination: string, chosen: boolean) {
    if (this.takeBench(await this.run('export', () => ipc.exportCertificate(certificate, destination, chosen)))) this.tellExported();
  }

  async saveRequest(certificate: string) {
    if (this.takeBench(await this.run('export', () => ipc.saveRequest(certificate)))) this.tellExported();
  }

  private tellExported() {
    if (this.bench?.exported) this.say(speech.w.handOver.saved(this.bench.exported.folder));
  }

  async forgetCertificate(certificate: string) {
    this.takeBench(await this.run('forget', () => ipc.forgetCertificate(certificate)));
  }

  async compareThumbprint(certificate: string, text: string): Promise<Compared | undefined> {
    return this.run('compare', () => ipc.compareThumbprint(certificate, text));
  }

  private takeLedger(ledger: Renewals | undefined) {
    if (!ledger) return;
    this.ledger = ledger;
    if (this.home) this.home = { ...this.home, due: ledger.due };
  }

  async saveCalendar() {
    this.tellSaved(await this.run('save', ipc.saveCalendar));
  }

  async passTime(days: number) {
    this.takeLedger(await this.run('time', () => ipc.passTime(days)));
  }

  /** Takes the renewal as it stands now, and the ledger that it changed. */
  private async takePane(pane: RenewalPane | undefined) {
    if (!pane) return;
    this.pane = pane;
    if (pane.trouble) this.say(pane.trouble.what);
    this.takeLedger(await ipc.renewals().catch(() => undefined));
  }

  async openRenewal(connection: string, step: string) {
    await this.takePane(await this.run('renewal', () => ipc.renewal(connection, step)));
  }

  closeRenewal() {
    this.pane = null;
  }

  async renewLook() {
    const pane = this.pane;
    if (pane) await this.takePane(await this.run('renew-look', () => ipc.renewLook(pane.connection, pane.step, this.ticking)));
  }

  async renewApply(plan: string) {
    const pane = this.pane;
    if (pane) await this.takePane(await this.run('renew-apply', () => ipc.renewApply(pane.connection, pane.step, plan, this.ticking)));
  }

  async renewHandOver() {
    const pane = this.pane;
    if (pane) await this.takePane(await this.run('seal', () => ipc.renewHandOver(pane.connection, pane.step)));
  }

  async renewKeepOld() {
    const pane = this.pane;
    if (pane) await this.takePane(await this.run('renew-keep', () => ipc.renewKeepOld(pane.connection, pane.step)));
  }

  async renewUndo() {
    const pane = this.pane;
    if (pane) await this.takePane(await this.run('renew-undo', () => ipc.renewUndo(pane.connection, pane.step, this.ticking)));
  }

  /** Whether the policy of this machine switches something off: every place that offers it asks here. The core refuses it in any case. */
  isOff(feature: Feature) {
    return this.whatIsOff(feature) !== undefined;
  }

  /** What that is in words; nothing where it is on. */
  whatIsOff(feature: Feature) {
    return this.home?.policy?.off.find((one) => one.name === feature)?.what;
  }

  pickCloudFile() {
    return this.homeBy('settings', ipc.pickCloudFile);
  }

  async start(guide: string, rehearsal: boolean) {
    if (!this.show(await this.run('start', () => ipc.start(guide, rehearsal)))) return;
    await this.homeBy('home', ipc.home);
  }

  async open(connection: string) {
    this.show(await this.run('open', () => ipc.open(connection)));
  }

  async remove(connection: string) {
    const home = await this.run('remove', () => ipc.remove(connection));
    if (!home) return;
    this.take(home);
    if (this.list?.connection === connection) this.list = null;
  }

  async look(step: string) {
    const { connection } = this.here();
    this.show(await this.run('look', () => ipc.look(connection, step)));
  }

  /** The step before or after the open one. */
  async walk(by: 1 | -1) {
    const steps = this.list?.sections.flatMap((section) => section.steps) ?? [];
    const next = steps[steps.findIndex((line) => line.id === this.list?.step?.id) + by];
    if (next) await this.look(next.id);
  }

  check() {
    return this.atStep('check', (connection, step) => ipc.check(connection, step, this.ticking));
  }

  checkAll() {
    return this.atStep('check-all', (connection, step) => ipc.checkAll(connection, step || null, this.ticking));
  }

  async apply() {
    const { connection, step } = this.here();
    const plan = this.list?.step?.plan?.hash;
    if (plan) this.show(await this.run('apply', () => ipc.apply(connection, step, plan, this.ticking)));
  }

  /** Looks again at what waits, without a word and without holding anything up: in rehearsal at each beat. */
  async lookAgain() {
    this.beats += 1;
    if (!this.list?.rehearsal && this.beats % 7) return;
    const waits = this.list?.sections.flatMap((section) => section.steps).find((line) => line.state === 'pending');
    const here = this.here();
    if (!waits || this.busy || !this.list?.session || this.screen !== 'connection') return;
    const before = this.list;
    const list = await ipc.check(here.connection, waits.id, () => undefined).catch(() => null);
    if (!list || this.busy || this.list !== before) return;
    const shown = list.step?.id === here.step ? list : await ipc.look(here.connection, here.step).catch(() => null);
    if (shown && this.list === before) this.list = shown;
    const line = list.sections.flatMap((section) => section.steps).find((one) => one.id === waits.id);
    if (line && line.state !== 'pending') this.say(`${line.title}: ${speech.w.state[line.state]}`);
  }

  async stop() {
    await ipc.stop(this.screen === 'renewals' ? (this.pane?.connection ?? '') : this.here().connection).catch(() => null);
  }

  confirm(note: string) {
    return this.atStep('confirm', (connection, step) => ipc.confirm(connection, step, note));
  }

  undo() {
    return this.atStep('undo', (connection, step) => ipc.undo(connection, step, this.ticking));
  }

  adopt(object: string) {
    return this.atStep('adopt', (connection, step) => ipc.adopt(connection, step, object, this.ticking));
  }

  makeBeside() {
    return this.atStep('check', (connection, step) => ipc.makeBeside(connection, step, this.ticking));
  }

  async answer(answers: Answer[]) {
    const { connection, step } = this.here();
    if (this.show(await this.run('answer', () => ipc.answer(connection, step, answers)))) this.say(speech.w.asks.saved);
  }

  /** What would fit; nothing is kept, and nothing waits for it. */
  async judge(ask: string, value: string): Promise<Judged | null> {
    return ipc.judge(this.here().connection, { ask, value }).catch(() => null);
  }

  pickFile(ask: string) {
    return this.atStep('answer', (connection, step) => ipc.pickFile(connection, step, ask));
  }

  waitForProduct() {
    return this.atStep('confirm', (connection, step) => ipc.waitForProduct(connection, step));
  }

  async passOn() {
    const { connection, step } = this.here();
    const passed = await this.run('pass-on', () => ipc.passOn(connection, step));
    if (!passed?.path) return;
    this.passed = { ...passed, step };
    this.say(speech.w.saved.to(passed.path));
  }

  /** Opens a step that another admin passed on. */
  async takeOver() {
    const list = await this.run('take-over', ipc.takeOver);
    if (list) this.show(list);
    const home = list && (await this.run('home', ipc.home));
    if (home) this.take(home);
  }

  async openGuide(folder: boolean) {
    this.ownGuide = (await this.run('guide', () => ipc.openOwnGuide(folder))) ?? null;
  }

  closeGuide() {
    this.ownGuide = null;
    this.trouble = null;
  }

  async pinGuideKey() {
    this.ownGuide = (await this.run('pin', ipc.pinGuideKey)) ?? this.ownGuide;
  }

  async takeGuide() {
    const home = await this.run('guide', ipc.takeOwnGuide);
    if (!home) return;
    this.take(home);
    const used = home.guides.find((one) => one.id === this.ownGuide?.id);
    if (used) this.say(speech.w.guides.used(used.product));
    this.ownGuide = null;
  }

  forgetGuide(guide: string) {
    return this.homeBy('guide', () => ipc.forgetOwnGuide(guide));
  }

  async findPeople(words: string) {
    const { connection } = this.here();
    return this.run('people', () => ipc.findPeople(connection, words));
  }

  async readPeople(text: string) {
    const { connection } = this.here();
    return this.run('people', () => ipc.readPeople(connection, text));
  }

  async pickPeopleFile() {
    const { connection } = this.here();
    return this.run('people', () => ipc.pickPeopleFile(connection));
  }

  choosePeople(people: string[]) {
    return this.atStep('people', (connection, step) => ipc.choosePeople(connection, step, people));
  }

  pointAt(application: string) {
    return this.atStep('point-at', (connection, step) => ipc.pointAt(connection, step, application, this.ticking));
  }

  bringBack() {
    return this.atStep('undo', (connection, step) => ipc.bringBack(connection, step, this.ticking));
  }

  async saveScript(undo: boolean) {
    const { connection, step } = this.here();
    this.tellSaved(await this.run('script', () => ipc.saveScript(connection, step, undo)));
  }

  readScriptResult() {
    return this.atStep('script', (connection, step) => ipc.readScriptResult(connection, step));
  }

  seal(seal: Seal) {
    return this.atStep('seal', (connection, step) => ipc.seal(connection, step, seal));
  }

  takeOffer(offer: string) {
    return this.atStep('offer', (connection, step) => ipc.takeOffer(connection, step, offer));
  }

  pickOffer() {
    return this.atStep('offer', (connection, step) => ipc.pickOffer(connection, step));
  }

  push() {
    return this.atStep('push', (connection, step) => ipc.push(connection, step));
  }

  sendBySftp(to: Sftp) {
    return this.atStep('sftp', (connection, step) => ipc.sendBySftp(connection, step, to));
  }

  async setCustomer(customer: string) {
    const { connection } = this.here();
    this.show(await this.run('customer', () => ipc.setCustomer(connection, customer)));
  }

  async showPassphrase(connection = this.here().connection) {
    await this.run('passphrase', () => ipc.showPassphrase(connection));
  }

  async saveSheet() {
    const { connection } = this.here();
    this.tellSaved(await this.run('save', () => ipc.saveSheet(connection)), true);
  }

  async savePage() {
    const { connection, step } = this.here();
    this.tellSaved(await this.run('save', () => ipc.savePage(connection, step)));
  }

  lend() {
    return this.atStep('lend', (connection, step) => ipc.lend(connection, step, this.ticking));
  }

  async saveReport() {
    const { connection } = this.here();
    this.tellSaved(await this.run('save', () => ipc.saveReport(connection)), true);
  }

  /** Opens the paper that was saved last in the system's browser, which prints it. */
  async openPaper() {
    await this.run('paper', ipc.openPaper);
  }

  async exportJournal() {
    this.tellSaved(await this.run('save', () => ipc.exportJournal(null)));
  }

  private tellSaved(saved: ipc.Saved | undefined, paper = false) {
    if (!saved?.path) return;
    this.saved = { path: saved.path, paper };
    this.say(speech.w.saved.to(saved.path));
  }
}

export const desk = new Desk();
