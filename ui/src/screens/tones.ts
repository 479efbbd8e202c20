// Which tone a state has where it is written as a word.
import type { Ending, Risk, State } from '../ipc.gen';

export function markTone(state: State): 'plain' | 'accent' | 'good' | 'warn' | 'bad' | 'person' | 'other' | 'taken' | 'pending' {
  switch (state) {
    case 'proven': return 'good';
    case 'confirmed': return 'person';
    case 'planned': return 'accent';
    case 'pending': return 'pending';
    case 'changed-since': return 'warn';
    case 'failed': return 'bad';
    case 'taken': return 'taken';
    case 'needs-another-admin': return 'other';
    default: return 'plain';
  }
}

/** Which tone the end of a credential or certificate has. */
export function endingTone(standing: Ending): 'good' | 'warn' | 'bad' {
  if (standing === 'fine') return 'good';
  return standing === 'due' ? 'warn' : 'bad';
}

/** Which tone the risk of a permission has. */
export function riskTone(risk: Risk): 'plain' | 'accent' | 'warn' | 'bad' {
  return ({ low: 'plain', medium: 'accent', high: 'warn', highest: 'bad' } as const)[risk];
}
