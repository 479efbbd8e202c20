// How the manual is built: both languages, the search, and where the links of included pages lead.
import { fileURLToPath } from 'node:url';
import { dirname, relative, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { defineConfig, type DefaultTheme } from 'vitepress';
import { books, german, english, references } from './contents';

const manual = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');
const project = resolve(manual, '../..');
const slashes = (path: string) => path.replaceAll('\\', '/');

/** Pages of the project that the manual shows: where they lie, and under which address of the manual. */
const shown = new Map(references.map(([file, page]) => [file, page] as const));

/** Where a relative link of an included page leads; nothing where the manual does not show its target. */
function target(link: string, source: string): string | undefined {
  const [path = '', anchor = ''] = link.split(/(?=#)/, 2);
  if (path === '') return anchor;
  const page = shown.get(slashes(relative(project, resolve(project, dirname(source), path))));
  return page && `/${page}${anchor}`;
}

type Sidebar = DefaultTheme.SidebarItem[];

function sidebar(words: typeof english, prefix: string): Sidebar {
  return books.map((book) => ({
    text: words.books[book.name],
    collapsed: book.folded,
    items: book.pages.map((page) => ({
      text: words.pages[page],
      // What stands in English only is listed in the German manual too, and leads to the English page.
      link: book.englishOnly ? `/${page}` : `${prefix}/${page}`,
    })),
  }));
}

const theme = (words: typeof english, prefix: string): DefaultTheme.Config => ({
  nav: words.nav.map(([text, page]) => ({ text, link: `${prefix}/${page}` })),
  sidebar: sidebar(words, prefix),
  ...words.theme,
});

export default defineConfig({
  title: 'Footbridge',
  srcDir: '.',
  srcExclude: ['node_modules/**'],
  outDir: resolve(project, 'target/manual'),
  cacheDir: resolve(project, 'target/manual-cache'),
  cleanUrls: false,
  // Files of the build have no date of their own.
  lastUpdated: false,
  head: [['link', { rel: 'icon', href: '/footbridge.svg', type: 'image/svg+xml' }]],
  locales: {
    root: { label: 'English', lang: 'en', title: 'Footbridge', description: english.description, themeConfig: theme(english, '') },
    de: { label: 'Deutsch', lang: 'de', title: 'Footbridge', description: german.description, themeConfig: theme(german, '/de') },
  },
  themeConfig: {
    logo: '/footbridge.svg',
    externalLinkIcon: true,
    search: { provider: 'local', options: { detailedView: true, locales: { de: { translations: german.search } } } },
  },
  vite: {
    publicDir: resolve(project, 'icons'),
    server: { fs: { allow: [project] } },
  },
  markdown: {
    image: { lazyLoading: true },
    config(md) {
      md.core.ruler.before('linkify', 'links-of-included-pages', (state) => {
        const source: string | undefined = state.env.frontmatter?.source;
        if (!source) return;
        if (!existsSync(resolve(project, source))) throw new Error(`${source} is included and does not exist`);
        for (const token of state.tokens) {
          const open: boolean[] = [];
          for (const child of token.children ?? []) {
            if (child.type === 'link_open') {
              const href = child.attrGet('href') ?? '';
              const inside = !/^[a-z]+:/i.test(href);
              const leads = inside ? target(href, source) : href;
              open.push(leads !== undefined);
              if (leads === undefined) Object.assign(child, { type: 'text', tag: '', nesting: 0, content: '', attrs: null });
              else child.attrSet('href', leads);
            } else if (child.type === 'link_close' && open.pop() === false) {
              Object.assign(child, { type: 'text', tag: '', nesting: 0, content: '' });
            }
          }
        }
      });
    },
  },
});
