// Which tone a connection's standing has.
import type { Standing } from '../ipc.gen';

export function toneOf(standing: Standing): 'good' | 'accent' | 'warn' | 'bad' {
  if (standing === 'working') return 'good';
  if (standing === 'changed') return 'warn';
  return standing === 'failed' ? 'bad' : 'accent';
}

/** Whole days from now until a moment; negative when it has passed. */
export function daysUntil(at: string): number {
  return Math.floor((new Date(at).getTime() - Date.now()) / 86_400_000);
}
