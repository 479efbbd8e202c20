// The journal's entries in a few kinds, as somebody would look for them.
export const kinds = ['changes', 'proofs', 'sign-ins', 'hand-overs', 'others'] as const;
export type Kind = (typeof kinds)[number];

/** The kind of an entry by the name of its event. */
export function kindOf(event: string): Kind {
  switch (event) {
    case 'intended':
    case 'sent':
    case 'adopted':
    case 'undone': return 'changes';
    case 'settled':
    case 'confirmed': return 'proofs';
    case 'signed-in':
    case 'signed-out': return 'sign-ins';
    case 'handed-over': return 'hand-overs';
    default: return 'others';
  }
}
