// What the manual contains, in its order, and its few words of its own in both languages.

/** Pages of the project that are shown as they are: the file, and the manual's page. A link between them stays a link. */
export const references: [file: string, page: string][] = [
  ['docs/certificates.md', 'certificates'],
  ['docs/command-line.md', 'command-line'],
  ['docs/many-tenants.md', 'many-tenants'],
  ['docs/guide-authoring.md', 'guide-authoring'],
  ['docs/receiver.md', 'receiver'],
  ['docs/security.md', 'security'],
  ['docs/delivery.md', 'reference/delivery'],
  ['docs/rehearsal.md', 'reference/rehearsal'],
  ['docs/bundle-format.md', 'reference/bundle-format'],
  ['docs/receiver-api.md', 'reference/receiver-api'],
  ['docs/threat-model.md', 'reference/threat-model'],
  ['docs/performance.md', 'reference/performance'],
  ['guides/README.md', 'reference/guide-vocabulary'],
  ['SECURITY.md', 'reference/reporting'],
];

export const books = [
  { name: 'begin', folded: false, englishOnly: false, pages: ['first-steps'] },
  {
    name: 'products',
    folded: false,
    englishOnly: false,
    pages: ['products/tixxt', 'products/intrexx', 'products/axigen', 'products/targetconnect', 'products/innovaphone'],
  },
  {
    name: 'use',
    folded: false,
    englishOnly: false,
    pages: ['certificates', 'renewals', 'hand-over', 'command-line', 'many-tenants', 'managed-machines', 'security', 'troubleshooting'],
  },
  { name: 'makers', folded: false, englishOnly: false, pages: ['guide-authoring', 'receiver'] },
  {
    name: 'reference',
    folded: true,
    englishOnly: true,
    pages: [
      'reference/delivery',
      'reference/rehearsal',
      'reference/bundle-format',
      'reference/receiver-api',
      'reference/guide-vocabulary',
      'reference/threat-model',
      'reference/performance',
      'reference/reporting',
    ],
  },
] as const;

type Book = (typeof books)[number]['name'];
type Page = (typeof books)[number]['pages'][number];

const products = {
  'products/tixxt': 'tixxt',
  'products/intrexx': 'Intrexx',
  'products/axigen': 'Axigen',
  'products/targetconnect': 'TARGETconnect',
  'products/innovaphone': 'innovaphone',
};

export const english = {
  description: 'Connects a product to a Microsoft 365 tenant, step by documented step.',
  nav: [
    ['First steps', 'first-steps'],
    ['Command line', 'command-line'],
    ['Troubleshooting', 'troubleshooting'],
  ] as [string, string][],
  books: {
    begin: 'Begin',
    products: 'Products',
    use: 'Use',
    makers: 'For makers of products',
    reference: 'Reference',
  } as Record<Book, string>,
  pages: {
    ...products,
    'first-steps': 'First steps',
    certificates: 'Certificates',
    renewals: 'Renewals',
    'hand-over': 'Hand-over',
    'command-line': 'Command line',
    'many-tenants': 'Many tenants',
    'managed-machines': 'Managed machines',
    security: 'Security',
    troubleshooting: 'Troubleshooting by code',
    'guide-authoring': 'Writing a guide',
    receiver: 'The receiver',
    'reference/delivery': 'Deliveries',
    'reference/rehearsal': 'The rehearsal tenant',
    'reference/bundle-format': 'The sealed file',
    'reference/receiver-api': 'The receiver’s end point',
    'reference/guide-vocabulary': 'Vocabulary of guides',
    'reference/threat-model': 'Threat model',
    'reference/performance': 'Performance',
    'reference/reporting': 'Reporting a hole',
  } as Record<Page, string>,
  theme: { outline: { level: [2, 3] as [number, number] } } as object,
  search: {},
};

export const german: typeof english = {
  description: 'Verbindet ein Produkt mit einem Microsoft-365-Mandanten, Schritt für Schritt nach dem Dokument des Herstellers.',
  nav: [
    ['Erste Schritte', 'first-steps'],
    ['Befehlszeile', 'command-line'],
    ['Fehlerhilfe', 'troubleshooting'],
  ],
  books: {
    begin: 'Anfangen',
    products: 'Produkte',
    use: 'Verwenden',
    makers: 'Für Hersteller von Produkten',
    reference: 'Nachschlagen (Englisch)',
  },
  pages: {
    ...english.pages,
    'first-steps': 'Erste Schritte',
    certificates: 'Zertifikate',
    renewals: 'Erneuerungen',
    'hand-over': 'Übergabe',
    'command-line': 'Befehlszeile',
    'many-tenants': 'Viele Mandanten',
    'managed-machines': 'Verwaltete Rechner',
    security: 'Sicherheit',
    troubleshooting: 'Hilfe nach Fehlercode',
    'guide-authoring': 'Eine Anleitung schreiben',
    receiver: 'Der Empfänger',
    'reference/delivery': 'Zustellung',
    'reference/rehearsal': 'Der Probemandant',
    'reference/bundle-format': 'Die versiegelte Datei',
    'reference/receiver-api': 'Die Adresse des Empfängers',
    'reference/guide-vocabulary': 'Vokabular der Anleitungen',
    'reference/threat-model': 'Bedrohungen',
    'reference/performance': 'Leistung',
    'reference/reporting': 'Eine Lücke melden',
  },
  theme: {
    outline: { level: [2, 3], label: 'Auf dieser Seite' },
    docFooter: { prev: 'Vorige Seite', next: 'Nächste Seite' },
    sidebarMenuLabel: 'Inhalt',
    returnToTopLabel: 'Nach oben',
    darkModeSwitchLabel: 'Farben',
    lightModeSwitchTitle: 'Hell',
    darkModeSwitchTitle: 'Dunkel',
    langMenuLabel: 'Sprache',
    skipToContentLabel: 'Zum Inhalt springen',
    notFound: {
      title: 'Diese Seite gibt es nicht',
      quote: 'Der Link führt zu keiner Seite dieses Handbuchs.',
      linkText: 'Zum Anfang',
      linkLabel: 'Zum Anfang des Handbuchs',
    },
  },
  search: {
    button: { buttonText: 'Suchen', buttonAriaLabel: 'Suchen' },
    modal: {
      displayDetails: 'Ausführlich zeigen',
      resetButtonTitle: 'Suche leeren',
      backButtonTitle: 'Suche schließen',
      noResultsText: 'Nichts gefunden für',
      footer: { selectText: 'auswählen', navigateText: 'bewegen', closeText: 'schließen' },
    },
  },
};
