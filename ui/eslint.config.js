import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

// Who may import whom (docs/architecture.md): parts know nothing of the app, screens never talk to Tauri.
const only = (files, patterns, message) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group: patterns, message }] }] },
});

// Ways to turn text into a page or a program: none is needed here.
const sinks = ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'srcdoc', 'document.write'].map((name) => ({
  selector: `AssignmentExpression > MemberExpression[property.name='${name}'], CallExpression > MemberExpression[property.name='${name}']`,
  message: `${name} turns text into a page.`,
}));

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/ipc.gen.ts'] },
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      'no-restricted-syntax': ['error', ...sinks],
      'no-restricted-globals': ['error', 'localStorage', 'sessionStorage', 'indexedDB', 'fetch', 'XMLHttpRequest', 'eval'],
      'svelte/no-at-html-tags': 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  { files: ['isolation/**'], languageOptions: { sourceType: 'script' }, rules: { 'svelte/no-inner-declarations': 'off' } },
  only(['src/parts/**'], ['**/desk*', '**/ipc*', '**/screens/**', '@tauri-apps/*'], 'Parts know nothing of the app.'),
  only(['src/screens/**', 'src/App.svelte'], ['@tauri-apps/*'], 'Screens run in any browser.'),
);
