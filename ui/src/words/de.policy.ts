// Die Sätze über das, was für diesen Rechner festgelegt ist, auf Deutsch.
import type { policy as English } from './en.policy';

export const policy: typeof English = {
  title: 'Für diesen Rechner festgelegt',
  why: 'Ihre Organisation hat das festgelegt. Es lässt sich hier nicht ändern und wird bei jedem Start gelesen.',
  file: 'Richtliniendatei',
  set: 'Von Ihrer Organisation festgelegt:',
  off: 'Abgeschaltet',
  guides: 'Ihre Anleitungen',
  brought: 'von Ihrer Organisation',
  offHere: 'Auf diesem Computer abgeschaltet',
  browserIsLeft: 'Melden Sie sich mit dem Browser dieses Computers an.',
  fileIsLeft: 'Speichern Sie die versiegelte Datei und lassen Sie sie überbringen.',
  productIsLeft: 'Versiegeln Sie für den Schlüssel oder das Angebot des Produkts.',
  beforeRenewing: 'Das Versiegeln mit einer Passphrase ist auf diesem Computer abgeschaltet. Halten Sie den Schlüssel oder das Angebot des Produkts bereit, bevor das neue erstellt wird: Nur dafür lässt es sich versiegeln.',
  stepByHand: 'Von hier wird dem Server des Produkts nichts gesendet. Wählen Sie den anderen Weg, oder überlassen Sie diesen Schritt der Person, die an dem Server arbeitet.',
};
