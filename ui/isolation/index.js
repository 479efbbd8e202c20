// Stands between the page and the core, without a single package: lets a message through only when its command has
// the arguments it should have, of the right kind and of a sensible size. The core decides all the same.
'use strict';

const text = (value) => typeof value === 'string' && value.length <= 262144;
const name = (value) => typeof value === 'string' && value.length <= 256;
const yesNo = (value) => typeof value === 'boolean';
const maybe = (kind) => (value) => value === null || value === undefined || kind(value);
const list = (kind, most) => (value) => Array.isArray(value) && value.length <= most && value.every(kind);
const channel = (value) => value !== null && value !== undefined;
const answer = (value) => value && Object.keys(value).length === 2 && name(value.ask) && text(value.value);
const proxy = (value) => value && typeof value === 'object' && Object.keys(value).length <= 4 && Object.values(value).every(maybe(text));
const settings = (value) => value && typeof value === 'object' && Object.keys(value).length <= 10 && Object.entries(value).every(([key, one]) => (key === 'reminders' ? yesNo(one) : key === 'zoom' ? number(one) : key === 'network' ? proxy(one) : maybe(text)(one)));
const number = (value) => Number.isInteger(value) && value >= 0 && value <= 100000;
const order = (value) => value && typeof value === 'object' && Object.keys(value).length === 6 && name(value.name) && name(value.purpose) && name(value.key) && number(value.days) && text(value.subject) && list(name, 100)(value.otherNames);
const seal = (value) => value && (value.kind === 'passphrase' || value.kind === 'offer' || (value.kind === 'recipient' && text(value.key)));

const sftp = (value) => value && Object.keys(value).length === 2 && text(value.address) && name(value.proof);

const here = { connection: name };
const atStep = { connection: name, step: name };
const runs = { connection: name, step: name, ticks: channel };
const commands = {
  home: {},
  set_settings: { settings },
  unlock: {},
  remember_screen: { screen: name },
  pick_cloud_file: {},
  start: { guide: name, rehearsal: yesNo },
  open: here,
  look: atStep,
  remove: here,
  sign_in_offer: here,
  sign_in_with_code: { connection: name, ticks: channel },
  sign_in_with_browser: { connection: name, ticks: channel },
  stop_sign_in: here,
  approve_as: { connection: name, account: name },
  sign_out: here,
  check: runs,
  check_all: { connection: name, step: maybe(name), ticks: channel },
  apply: { ...runs, plan: name },
  stop: here,
  confirm: { ...atStep, note: text },
  undo: runs,
  adopt: { ...runs, object: name },
  make_beside: runs,
  answer: { ...atStep, answers: list(answer, 50) },
  judge: { connection: name, answer },
  wait_for_product: atStep,
  lend: runs,
  pick_file: { ...atStep, ask: name },
  opened_file: {},
  open_own_guide: { folder: yesNo },
  take_own_guide: {},
  pin_guide_key: {},
  forget_own_guide: { guide: name },
  pass_on: atStep,
  take_over: {},
  point_at: { ...runs, application: name },
  bring_back: runs,
  save_page: atStep,
  find_people: { connection: name, words: name },
  read_people: { connection: name, text },
  pick_people_file: here,
  choose_people: { ...atStep, people: list(name, 500) },
  save_script: { ...atStep, undo: yesNo },
  read_script_result: atStep,
  seal: { ...atStep, seal },
  take_offer: { ...atStep, offer: text },
  pick_offer: atStep,
  push: atStep,
  send_by_sftp: { ...atStep, to: sftp },
  set_customer: { connection: name, customer: name },
  show_passphrase: here,
  save_sheet: here,
  save_report: here,
  open_paper: {},
  copy_value: { connection: name, value: name },
  open_link: { connection: name, link: name },
  journal: { connection: maybe(name) },
  export_journal: { connection: maybe(name) },
  set_proxy: { choice: proxy },
  lend_proxy_password: {},
  pick_ca_file: {},
  forget_ca_file: {},
  test_network: {},
  support_report: {},
  save_support_report: {},
  workshop: {},
  make_certificate: { order },
  make_request: { order },
  import_certificate: {},
  export_certificate: { certificate: name, destination: name, chosen: yesNo },
  save_request: { certificate: name },
  forget_certificate: { certificate: name },
  copy_thumbprint: { certificate: name, spelling: name },
  compare_thumbprint: { certificate: name, text },
  renewals: {},
  save_calendar: {},
  pass_time: { days: number },
  renewal: atStep,
  renew_look: runs,
  renew_apply: { ...runs, plan: name },
  renew_hand_over: atStep,
  renew_keep_old: atStep,
  renew_undo: runs,
};

// Events that the page may listen to; it may send none.
const plugins = new Set(['plugin:event|listen', 'plugin:event|unlisten']);

function fits(message) {
  if (plugins.has(message.cmd)) return true;
  const wanted = Object.hasOwn(commands, message.cmd) ? commands[message.cmd] : undefined;
  const given = message.payload ?? {};
  if (!wanted || typeof given !== 'object') return false;
  return Object.keys(given).every((key) => Object.hasOwn(wanted, key)) && Object.entries(wanted).every(([key, kind]) => kind(given[key]));
}

window.__TAURI_ISOLATION_HOOK__ = (message) => {
  if (!fits(message)) throw new Error('refused by the isolation frame');
  return message;
};
