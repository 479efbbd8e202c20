// The sentences about what is laid down for this machine in English.
export const policy = {
  title: 'Laid down for this machine',
  why: 'Your organisation laid this down. It cannot be changed here, and is read at each start.',
  file: 'Policy file',
  set: 'Set by your organisation:',
  off: 'Switched off',
  guides: 'Its guides',
  brought: 'from your organisation',
};
