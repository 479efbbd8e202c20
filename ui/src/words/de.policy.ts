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
};
