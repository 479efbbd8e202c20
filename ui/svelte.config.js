// Fragments are built as trees of elements, never through innerHTML: the page can then forbid every
// Trusted Types policy.
export default { compilerOptions: { runes: true, fragments: 'tree' } };
