// The sentences about what is laid down for this machine in English.
export const policy = {
  title: 'Laid down for this machine',
  why: 'Your organisation laid this down. It cannot be changed here, and is read at each start.',
  file: 'Policy file',
  set: 'Set by your organisation:',
  off: 'Switched off',
  guides: 'Its guides',
  brought: 'from your organisation',
  offHere: 'Switched off on this computer',
  browserIsLeft: 'Sign in with the browser of this computer.',
  fileIsLeft: 'Save the sealed file and have it carried.',
  productIsLeft: 'Seal to the product’s key or offer.',
  beforeRenewing: 'Sealing with a passphrase is switched off on this computer. Have the product’s key or offer ready before the new one is made: it can only be sealed to that.',
  stepByHand: 'Nothing is sent to the product’s server from here. Choose the other way, or leave this step to whoever works on that server.',
};
