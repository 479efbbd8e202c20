// Everything that the command palette can do here and now, each under the words of the window.
import { tick } from 'svelte';
import { desk, type Screen } from '../desk.svelte';
import type { Checklist, Feature } from '../ipc.gen';
import type { Deed } from '../keys';
import { speech } from '../words/words.svelte';

export interface Command {
  id: string;
  group: string;
  name: string;
  /** Its shortcut, where it has one. */
  deed?: Deed;
  /** What it belongs to, where a policy can switch that off. */
  feature?: Feature | null;
  go: () => unknown;
}

/** Presses a button of the page that came, as soon as it is there. */
async function onScreen(screen: Screen, button: string) {
  await desk.go(screen);
  await tick();
  document.getElementById(button)?.click();
}

function ofConnection(list: Checklist): Command[] {
  const { w } = speech;
  const { group } = w.palette;
  const all: Command[] = [];
  const step = list.step;
  if (list.session) {
    all.push({ id: 'check-all', group: group.do, name: w.list.checkAll, go: () => desk.checkAll() });
    if (step?.can.check) all.push({ id: 'check', group: group.do, name: w.do.check, feature: step.off, go: () => desk.check() });
    all.push({ id: 'session', group: group.go, name: w.do.session, go: () => desk.showSession() });
    if (list.undoable) all.push({ id: 'undo', group: group.do, name: w.do.undo, go: () => desk.undo() });
    all.push({ id: 'sign-out', group: group.do, name: w.signIn.signOut, go: () => desk.signOut() });
  } else all.push({ id: 'sign-in', group: group.do, name: w.step.signIn, go: () => desk.offerSignIn() });
  const next = list.next;
  if (next) all.push({ id: 'next', group: group.do, name: w.list.next, go: () => desk.look(next) });
  all.push({ id: 'map', group: group.go, name: w.map.open, deed: 'map', go: () => (desk.map = true) });
  for (const line of list.sections.flatMap((section) => section.steps)) all.push({ id: `step-${line.id}`, group: group.step, name: w.palette.goTo(line.number, line.title), go: () => desk.look(line.id) });
  for (const value of list.values) if (!value.secret && value.text) all.push({ id: `copy-${value.id}`, group: group.copy, name: w.copyNamed(value.of ? `${value.label}, ${value.of}` : value.label), go: () => desk.copy(value.id) });
  const page = step?.rows.find((row) => row.link)?.link;
  if (page) all.push({ id: 'page', group: group.go, name: w.step.open(page.label), go: () => desk.openLink(page.id) });
  all.push({ id: 'report', group: group.do, name: w.handOver.report, go: () => desk.saveReport() }, { id: 'sheet', group: group.do, name: w.handOver.sheet, go: () => desk.saveSheet() });
  return all;
}

function ofTheWindow(): Command[] {
  const { w } = speech;
  const { group } = w.palette;
  const zoom = desk.home?.settings.zoom ?? 100;
  return [
    { id: 'export', group: group.do, name: `${w.nav.journal}: ${w.journal.export}`, go: () => desk.exportJournal() },
    { id: 'calendar', group: group.do, name: w.renewals.calendar, go: () => desk.saveCalendar() },
    { id: 'import', group: group.do, name: `${w.nav.certificates}: ${w.certificates.import}`, go: () => onScreen('certificates', 'import') },
    { id: 'take-over', group: group.do, name: w.do.takeOver, go: () => desk.takeOver() },
    { id: 'guide', group: group.do, name: w.guides.openFile, feature: 'own-guides', go: () => desk.openGuide(false) },
    { id: 'support', group: group.do, name: w.do.support, feature: 'support-report', go: () => onScreen('settings', 'show-support') },
    { id: 'print', group: group.do, name: w.saved.printPage, deed: 'print', go: () => print() },
    { id: 'larger', group: group.do, name: w.keys.deed.larger, deed: 'larger', go: () => desk.draw(zoom + 25) },
    { id: 'smaller', group: group.do, name: w.keys.deed.smaller, deed: 'smaller', go: () => desk.draw(zoom - 25) },
    { id: 'theme', group: group.do, name: w.palette.theme, go: () => desk.settings({ theme: document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark' }) },
    ...(desk.home?.policy?.language ? [] : [{ id: 'language', group: group.do, name: w.palette.language, go: () => desk.settings({ language: speech.language === 'de' ? 'en' : 'de' }) }]),
    { id: 'keys', group: group.go, name: w.keys.open, deed: 'keys', go: () => (desk.keys = true) },
  ];
}

/** The commands in the order in which they are offered. */
export function commands(): Command[] {
  const { w } = speech;
  const { group } = w.palette;
  const go = (deed: Deed & Screen): Command => ({ id: `go-${deed}`, group: group.go, name: w.nav[deed], deed, go: () => desk.go(deed) });
  const home = desk.home;
  const all: Command[] = [
    ...(desk.screen === 'connection' && desk.list ? ofConnection(desk.list) : []),
    ...(['connections', 'certificates', 'renewals', 'journal', 'settings'] as const).map(go),
    ...(home?.connections ?? []).map((card) => ({ id: `open-${card.id}`, group: group.go, name: w.palette.openNamed(card.name), go: () => desk.open(card.id) })),
    ...(home?.guides ?? []).flatMap((guide) => [
      { id: `rehearse-${guide.id}`, group: group.do, name: w.connections.rehearseNamed(guide.product), go: () => desk.start(guide.id, true) },
      { id: `start-${guide.id}`, group: group.do, name: w.connections.startNamed(guide.product), go: () => desk.start(guide.id, false) },
    ]),
    ...ofTheWindow(),
  ];
  return all.filter((one) => !one.feature || !desk.isOff(one.feature));
}
