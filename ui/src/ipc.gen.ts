// Generated from src-tauri/src/view.rs and src-tauri/src/ipc.rs. Do not edit: a test compares it.
// Write it anew with FOOTBRIDGE_WRITE_BINDINGS=1 cargo test -p footbridge-desktop bindings

import { Channel, invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

/** Receives what happens while a command runs. */
export type Ticks<T> = (tick: T) => void;

function channel<T>(ticks: Ticks<T>): Channel<T> {
  const made = new Channel<T>();
  made.onmessage = ticks;
  return made;
}

/** Goes there when a reminder was clicked; gives back how to stop. */
export function whenRenewalsAreWanted(go: () => void): Promise<() => void> {
  return listen('renewals-wanted', go);
}

/** Goes there when the app was opened with a file while it ran; gives back how to stop. */
export function whenAFileIsOpened(go: () => void): Promise<() => void> {
  return listen('file-opened', go);
}

/** A kind of credential that a product takes. */
export type Accepted = "own-certificate" | "certificate" | "secret";

/** One line of the activity column. */
export type Activity = {
  /** When. */ at: string,
  /** What, in the admin's language. */ what: string,
  /** Small print: status, tries, ids. */ detail: string | null,
  /** It went wrong. */ bad: boolean };

/** An answer on its way in. */
export type Answer = {
  /** Name of the ask. */ ask: string,
  /** The answer, several separated by commas, spaces or lines; empty takes it back. */ value: string };

/** One thing the admin is asked. */
export type Ask = {
  /** Name in the guide. */ id: string,
  /** Label. */ label: string,
  /** One line of help. */ help: string | null,
  /** What an answer looks like. */ example: string | null,
  /** What can be entered. */ kind: AskKind,
  /** It must be answered. */ required: boolean,
  /** The answer in force, or the guide's default; several are separated by commas. */ value: string | null,
  /** True when the admin gave the answer. */ answered: boolean };

/** What can be entered. */
export type AskKind = { "kind": "text",
  /** Most characters. */ max: number,
  /** What fits, where the text has a form. */ hint: string | null } | { "kind": "number",
  /** Smallest. */ min: number,
  /** Largest. */ max: number } | { "kind": "choice",
  /** The few. */ options: Array<ChoiceOption> } | { "kind": "choices",
  /** The few. */ options: Array<ChoiceOption> } | { "kind": "permissions",
  /** Application permissions; else delegated ones. */ application: boolean,
  /** What is said about each of the answer in force. */ names: Array<PermissionName> } | { "kind": "file",
  /** Name of the file that was chosen, without its folder. */ file: string | null } | { "kind": "users",
  /** How many at most. */ most: number | null } | { "kind": "user-field",
  /** Names as Microsoft Graph spells them. */ options: Array<string> } | { "kind": "csv",
  /** Name of the file that was read, without its folder. */ file: string | null };

/** A permission that a guide can ask for. */
export type AskedPermission = {
  /** Its published name. */ name: string,
  /** The application holds it itself; else it borrows it from a person. */ application: boolean,
  /** How much it allows. */ risk: Risk,
  /** Whether it is asked for depends on the answers. */ depends: boolean };

/** Which buttons are alive. */
export type Can = {
  /** Look at the tenant. */ check: boolean,
  /** Carry out the plan. */ apply: boolean,
  /** Say that a person saw it. */ confirm: boolean,
  /** A sign-in is needed first. */ needsSignIn: boolean,
  /** Put the step into a file for another admin. */ passOn: boolean,
  /** Passwords can be asked for natively on this system. */ lend: boolean,
  /** Point at an application that was made by hand. */ pointAt: boolean,
  /** Bring back what the step removed. */ bringBack: boolean,
  /** A script takes back what the step's script did. */ takeBackScript: boolean,
  /** The product's offer decides what is made here, and can still be taken. */ takeOffer: boolean };

/** What is public of a certificate. */
export type CertificateFace = {
  /** From when it is good. */ start: string,
  /** Until when. */ end: string,
  /** Whole days until then; negative afterwards. */ daysLeft: number,
  /** How it stands. */ standing: Ending,
  /** Serial number. */ serial: string,
  /** Names beside the subject. */ otherNames: Array<string>,
  /** What it is for. */ usages: Array<string>,
  /** Whether Entra takes it for the sign-in of an application. */ forEntra: boolean,
  /** The thumbprint in short, for the list. */ short: string,
  /** All spellings, beside each other. */ prints: Array<Print>,
  /** The chain, that of the key first. */ chain: Array<ChainLink>,
  /** Who is missing above it. */ missing: string | null };

/** What to make. */
export type CertificateOrder = {
  /** The admin's name for it. */ name: string,
  /** `app`, `server` or `ca-request`. */ purpose: string,
  /** A [`KeyChoice`]. */ key: string,
  /** The lifetime in days. */ days: number,
  /** The subject, such as `CN=minutes, O=Contoso`. */ subject: string,
  /** Further names, one each. */ otherNames: Array<string> };

/** A certificate of the chain. */
export type ChainLink = {
  /** Whom it names. */ subject: string,
  /** Until when it is good. */ end: string,
  /** Whether it is signed by itself. */ own: boolean };

/** One line of the diff. */
export type Change = {
  /** Sign of the line. */ sign: Sign,
  /** What is changed: an object's or permission's own name. */ what: string,
  /** Its kind, such as `application` or `delegated`. */ kind: string | null,
  /** Why, or from what to what. */ detail: string | null,
  /** How much the permission allows. */ risk: Risk | null };

/** One connection with the step that is being looked at: what nearly every command returns. */
export type Checklist = {
  /** Stable name of the connection. */ connection: string,
  /** What the admin sees. */ name: string,
  /** The product. */ product: string,
  /** Version of the guide. */ guideVersion: string,
  /** Who made the guide. */ maker: Maker,
  /** Who passed this step on; then it is the only one. */ takenOver: TakenOver | null,
  /** Address of the vendor's document. */ document: string,
  /** Where the vendor helps. */ support: string | null,
  /** True when nothing of it is real. */ rehearsal: boolean,
  /** For whom it is, where the admin said so. */ customer: string | null,
  /** The product's offer, once taken. */ offer: Offer | null,
  /** Name of the cloud. */ cloud: string,
  /** The tenant, once known. */ tenant: Tenant | null,
  /** Who is signed in. */ session: Session | null,
  /** The sections of the vendor's document, in its order. */ sections: Array<Section>,
  /** Steps that are proven, confirmed or not applicable. */ done: number,
  /** All steps. */ total: number,
  /** The one thing to do next. */ next: string | null,
  /** Whether there is anything that can be taken back. */ undoable: boolean,
  /** What the application is allowed at Microsoft when all is done, the most powerful first. */ permissions: Array<AskedPermission>,
  /** What is known so far. */ values: Array<Value>,
  /** What happened, newest first. */ activity: Array<Activity>,
  /** The step that is open. */ step: Step | null };

/** One choice. */
export type ChoiceOption = {
  /** The answer. */ value: string,
  /** What the admin sees. */ label: string };

/** The clock of a wait, and who did it when. */
export type Clock = {
  /** Since when. */ since: string,
  /** When waiting ends. */ until: string | null,
  /** How often it was looked at. */ looks: number,
  /** By whom. */ by: string | null };

/** One cloud the admin can choose. */
export type CloudChoice = {
  /** Name as in [`Settings::cloud`]. */ name: string,
  /** The host that tokens come from. */ loginHost: string,
  /** The host that is asked. */ graphHost: string };

/** Commands for the product's own command line, as an admin can paste them. A placeholder stands for the secret. */
export type Commands = {
  /** The commands, one a line. */ text: string };

/** What a pasted `customKeyIdentifier` says about a certificate. */
export type Compared = "same" | "another" | "no-thumbprint";

/** One connection on the first screen. */
export type ConnectionCard = {
  /** Stable name of the connection. */ id: string,
  /** What the admin sees. */ name: string,
  /** The product that is connected. */ product: string,
  /** For whom it is, where the admin said so. */ customer: string | null,
  /** The tenant's domain, once known. */ tenant: string | null,
  /** True when nothing of it is real. */ rehearsal: boolean,
  /** Steps that are proven, confirmed or not applicable. */ done: number,
  /** All steps. */ total: number,
  /** In one word. */ standing: Standing,
  /** Title of the next step. */ next: string | null,
  /** When anything happened last. */ last: string | null,
  /** When its first credential ends. */ expires: string | null };

/** Whether something was put on the clipboard. */
export type Copied = {
  /** It was; not, where the question before a secret was answered with no. */ done: boolean,
  /** Seconds until it is taken away again, for a secret. */ clearedAfter: number | null };

/** How much of a guide the app does: rows of the vendor's document. */
export type Coverage = {
  /** Done by the app. */ automatic: number,
  /** Looked at, or proven by use. */ checked: number,
  /** Done by a person. */ byHand: number,
  /** Only to be read. */ read: number };

/** Secret or certificate. */
export type CredentialKind = "secret" | "certificate";

/** One secret or certificate. */
export type CredentialLine = {
  /** The connection's id. */ connection: string,
  /** The connection's name. */ connectionName: string,
  /** Whether nothing of it is real. */ rehearsal: boolean,
  /** The tenant's name. */ tenant: string | null,
  /** The application's name in the tenant. */ application: string,
  /** Secret or certificate. */ kind: CredentialKind,
  /** Graph's key id. */ key: string,
  /** The description that the portal shows. */ name: string | null,
  /** From when it is good. */ start: string | null,
  /** Until when. */ end: string | null,
  /** Whole days until then; negative afterwards. */ daysLeft: number | null,
  /** How it stands. */ standing: Ending,
  /** Whether this connection made it. */ ours: boolean,
  /** Whether its end matters: one of ours that was replaced may run out. */ matters: boolean,
  /** The product's fields that carry it. */ usedIn: Array<string>,
  /** When it was last proven by use. */ proven: string | null,
  /** Whether a renewal of it is under way. */ renewing: boolean,
  /** The step whose renewal replaces it; none where Footbridge cannot. */ step: string | null };

/** A place where exported files will be opened. */
export type DestinationChoice = {
  /** Its name on the command line. */ id: string,
  /** The ends of the files' names. */ files: Array<string>,
  /** Whether the files carry the private key. */ carriesKey: boolean };

/** A label and a text. */
export type Detail = {
  /** Label. */ label: string,
  /** Text. */ text: string };

/** What the app does for a step. */
export type Doing = "automatic" | "checked" | "by-hand";

/** Something that a person does in the product, and how long it may take there. */
export type Done = {
  /** The product may take so long. */ minutes: number | null,
  /** Since when it is waited for. */ since: string | null,
  /** Until when, by the guide. */ until: string | null };

/** How a credential or certificate stands. */
export type Ending = "fine" | "due" | "soon" | "expired";

/** What was written. */
export type Exported = {
  /** Of what, by its id. */ certificate: string,
  /** The folder. */ folder: string,
  /** The files. */ files: Array<ExportedFile>,
  /** The file that holds the passphrase that Footbridge made. */ passphraseFile: string | null };

/** A file that was written and opened again. */
export type ExportedFile = {
  /** Its name. */ name: string,
  /** How it is protected. */ algorithms: string };

/** What a policy can switch off. */
export type Feature = "own-guides" | "cloud-file" | "proxy-settings" | "device-code" | "push" | "secret-export" | "support-report";

/** How a directory field looks over real people. */
export type FieldFit = {
  /** Name as Microsoft Graph spells it. */ field: string,
  /** People who have it. */ filled: number,
  /** People who have it not. */ empty: number,
  /** Values that more than one person has. */ doubled: number,
  /** The app's own token can read it; `None` when not tried. */ readable: boolean | null };

/** One delegated permission of the sign-in. */
export type GrantedScope = {
  /** Name of the permission. */ scope: string,
  /** The token has it. */ granted: boolean };

/** A guide that can be started. */
export type GuideCard = {
  /** Name of the guide's folder. */ id: string,
  /** The product. */ product: string,
  /** Who makes the product. */ vendor: string,
  /** What the connection is for, in a few words. */ purpose: string,
  /** Version of the guide. */ version: string,
  /** Number of steps. */ steps: number,
  /** How long it takes, in minutes. */ minutes: number,
  /** How much of it the app does. */ coverage: Coverage,
  /** Who made it. */ maker: Maker,
  /** Whether the policy of this machine brings it. */ laidDown: boolean };

/** The last step. */
export type HandOver = {
  /** The product's fields in the product's order. */ fields: Array<HandOverField>,
  /** What was proven last. */ proofs: Array<Proof>,
  /** Files that were written. */ receipts: Array<Receipt>,
  /** A passphrase waits in the core and can be shown natively. */ passphraseReady: boolean,
  /** A push to the product was begun and its receipt has not come. */ pushBegun: boolean };

/** One field of the product. */
export type HandOverField = {
  /** Name in the guide. */ id: string,
  /** The vendor's row. */ row: string,
  /** The product's own label. */ label: string,
  /** Where it is entered, in the product's own words. */ place: string | null,
  /** The value; never there for a secret. */ text: string | null,
  /** A secret: only the core can copy it. */ secret: boolean,
  /** The value is known. */ filled: boolean };

/** Everything outside a connection: what the window shows first. */
export type Home = {
  /** Version of the app. */ version: string,
  /** The settings in force. */ settings: Settings,
  /** The clouds that can be chosen. */ clouds: Array<CloudChoice>,
  /** What is laid down for this machine. */ policy: MachinePolicy | null,
  /** Client id that is used when the admin sets none. */ defaultClientId: string,
  /** The connections, newest first. */ connections: Array<ConnectionCard>,
  /** The guides that can be started. */ guides: Array<GuideCard>,
  /** Guides that were in use and cannot be read any more. */ lostGuides: Array<LostGuide>,
  /** Where the secrets of this process are really kept. */ vault: VaultMode,
  /** Whether a password is lent for the proxy. */ proxyPassword: boolean,
  /** Whether this system's window can ask for a password. */ canAsk: boolean,
  /** Where secrets can be kept on this system. */ vaults: Array<VaultMode>,
  /** Why the vault is not the one that was set, if so. */ vaultTrouble: Trouble | null,
  /** A damaged database was moved here at the start. */ setAside: string | null,
  /** Folder that holds everything. */ dataFolder: string,
  /** How many credentials are due or have ended. */ due: number,
  /** How many keys the workshop keeps. */ kept: number };

/** How the product's export meets the directory. */
export type ImportFit = {
  /** Rows of the file. */ rows: number,
  /** Rows that found their person. */ matched: number,
  /** Rows that found nobody. */ missed: Array<MissedLine> };

/** The diary. */
export type Journal = {
  /** Entries, newest first. */ entries: Array<JournalEntry>,
  /** Whether the chain holds. */ verdict: Verdict };

/** One entry of the diary. */
export type JournalEntry = {
  /** Number in the chain. */ number: number,
  /** When. */ at: string,
  /** Connection's stable name. */ connection: string,
  /** Connection's name for people. */ name: string,
  /** Kind of event, such as `sent`. */ kind: string,
  /** What happened, in the admin's language. */ what: string,
  /** Small print, label and text. */ details: Array<Detail> };

/** What is said about an answer before it is kept. */
export type Judged = {
  /** What would fit, when it does not. */ fault: string | null,
  /** Each permission of a list of them. */ names: Array<PermissionName> };

/** One key with its public part. */
export type KeptCertificate = {
  /** Its id. */ id: string,
  /** The admin's name for it. */ name: string,
  /** The kind of key, for people. */ key: string,
  /** How it came to be kept. */ origin: KeptOrigin,
  /** When. */ made: string,
  /** The subject of the certificate or of the request. */ subject: string,
  /** Connections whose application has it. */ usedBy: Array<string>,
  /** Whether a request was made on the key. */ requested: boolean,
  /** The certificate; none while the request waits for it. */ certificate: CertificateFace | null };

/** How a key came to be kept. */
export type KeptOrigin = "made" | "requested" | "imported";

/** A key that can be made. */
export type KeyChoice = {
  /** Its name, such as `rsa2048`. */ id: string,
  /** For people. */ title: string,
  /** Whether Entra takes it for the sign-in of an application. */ forEntra: boolean };

/** The languages the interface and the guides speak. */
export type Language = "en" | "de";

/** A page outside. The host is shown before it opens; the web view never opens it itself. */
export type Link = {
  /** The page's own name. */ label: string,
  /** Where it leads. */ host: string,
  /** Name for the `open_link` command: a row's id, `document`, `sign-in` … */ id: string };

/** A guide that was in use and cannot be read any more. */
export type LostGuide = {
  /** Name of the guide. */ id: string,
  /** Where it lay. */ path: string,
  /** Why it is not in use. */ why: string };

/** What is laid down for this machine; it cannot be changed here. */
export type MachinePolicy = {
  /** The file that says so. */ path: string,
  /** Whether it names the cloud. */ cloud: boolean,
  /** Whether it names the client to sign in with. */ clientId: boolean,
  /** Whether it names the language. */ language: boolean,
  /** Its folder of guides. */ guidesFolder: string | null,
  /** What it switches off. */ off: Array<SwitchedOff> };

/** Who made a guide. */
export type Maker = { "kind": "built-in" } | { "kind": "signed",
  /** The name under which the key was pinned. */ name: string,
  /** The key's fingerprint. */ fingerprint: string } | { "kind": "not-verified",
  /** The fingerprint of the key that signed it, where one did. */ fingerprint: string | null };

/** Where a row's content comes from. */
export type Mark = "documented" | "inferred" | "outdated";

/** How well fields meet. */
export type Match = {
  /** One for each pair of fields. */ pairs: Array<MatchPair> };

/** A field of the product and a field of the directory. */
export type MatchPair = {
  /** Ask of the directory's field. */ ask: string,
  /** What the pair is for. */ label: string,
  /** The product's field. */ local: string | null,
  /** The chosen directory field. */ remote: string | null,
  /** How many people were looked at. */ people: number,
  /** What each field looks like over those people. */ fields: Array<FieldFit>,
  /** What the product's export says. */ import: ImportFit | null };

/** A line that matched nobody. */
export type MissedLine = {
  /** Number of the line, from 1. */ line: number,
  /** What stands there, cut to 120 characters. */ text: string,
  /** Why it matched nobody. */ why: string };

/** One role that would do. */
export type NeededRole = {
  /** Its name in the portal. */ name: string,
  /** The account has it. */ held: boolean };

/** How Microsoft is reached. */
export type NetworkSettings = {
  /** Which proxy. */ proxy: ProxyMode,
  /** Its address, `http://host:port`; kept while another mode is chosen. */ address: string | null,
  /** Who signs in there. */ user: string | null,
  /** The file of a further authority. Only a native dialog sets it. */ caFile: string | null };

/** What became of a connection test. */
export type NetworkTest = {
  /** Login, then Graph. */ hosts: Array<TestedHost>,
  /** The authority that looks into the connection, if one does. */ inspector: string | null,
  /** The script that the system chooses its proxy by, which is not run. */ script: string | null };

/** A product's offer that was taken for a connection. */
export type Offer = {
  /** The product's installation, in its own words. */ installation: string,
  /** The key's fingerprint, in groups. */ fingerprint: string,
  /** Credentials that it takes, the first is liked best. */ accepts: Array<Accepted>,
  /** Where it takes bundles over HTTPS. */ endpoint: string | null,
  /** When it ends. */ ends: string,
  /** It has ended. */ ended: boolean,
  /** A bundle answered it already. */ used: boolean,
  /** It brings a certificate whose key stays with the product. */ certificate: boolean };

/** A question of another step. */
export type OpenAsk = {
  /** Its label. */ label: string,
  /** The step in which it is answered. */ step: string };

/** A file that was opened with the app. */
export type OpenedFile = { "kind": "guide",
  /** The guide as the picker shows it. */ guide: OwnGuide } | { "kind": "bundle",
  /** What can be told of it. */ bundle: SealedFile };

/** A guide that was opened, before anything is done with it. */
export type OwnGuide = {
  /** Name of the guide. */ id: string,
  /** The product. */ product: string,
  /** Who makes the product, as the guide says. */ vendor: string,
  /** What the connection is for, in a few words. */ purpose: string,
  /** Version of the guide. */ version: string,
  /** Number of steps. */ steps: number,
  /** Where it lies. */ path: string,
  /** Who made it. */ maker: Maker,
  /** What it can ask for, the most powerful first. */ permissions: Array<AskedPermission>,
  /** It lets the admin add permissions of his own. */ asksForMore: boolean,
  /** It can be used already, exactly so. */ inUse: boolean };

/** A step that was put into a file for another admin. */
export type PassedOn = {
  /** Where the file is; `None` when the admin closed the dialog. */ path: string | null,
  /** The fingerprint that the other admin compares. */ fingerprint: string };

/** Who was chosen. */
export type People = {
  /** The chosen ones. */ chosen: Array<Person>,
  /** How many there can be. */ most: number | null };

/** What a search found. */
export type PeopleFound = {
  /** The people. */ people: Array<Person>,
  /** There are more than these. */ more: boolean };

/** What became of a pasted or imported list. */
export type PeopleRead = {
  /** Those that were found. */ found: Array<Person>,
  /** Lines that matched nobody, with their number. */ missing: Array<MissedLine>,
  /** Lines that named somebody twice. */ doubled: number };

/** A permission that somebody typed. */
export type PermissionName = {
  /** As it was typed. */ name: string,
  /** How much it allows; `None` when there is no such permission. */ risk: Risk | null,
  /** Why it cannot be asked for. */ fault: string | null };

/** One account of the tenant. */
export type Person = {
  /** Object id. */ id: string,
  /** Display name. */ name: string,
  /** User principal name. */ userPrincipalName: string,
  /** The account can sign in. */ enabled: boolean,
  /** A guest of the tenant. */ guest: boolean,
  /** Has a Teams licence; `None` when it could not be seen. */ teams: boolean | null };

/** The part of a step's screen that only its kind has. */
export type Piece = { "kind": "plain" } | { "kind": "people" } & People | { "kind": "teams" } & Teams | { "kind": "match" } & Match | { "kind": "done" } & Done | { "kind": "answers" } | { "kind": "hand-out" } | { "kind": "commands" } & Commands | { "kind": "hand-over" } & HandOver;

/** The exact change, as it will be made. */
export type Plan = {
  /** What the admin confirms: another plan has another hash. */ hash: string,
  /** One line a change. */ changes: Array<Change>,
  /** Requests that change something. */ requests: number,
  /** Whether it can be taken back. */ undoable: boolean };

/** An account of the pretend tenant. */
export type PretendAccount = {
  /** Name for `approve_as`. */ id: string,
  /** Display name. */ name: string,
  /** User principal name. */ userPrincipalName: string,
  /** What the account is good for. */ role: string };

/** One spelling of a thumbprint. */
export type Print = {
  /** The name of the spelling. */ spelling: string,
  /** The text. */ text: string };

/** One thing that was proven by use. */
export type Proof = {
  /** What was proven. */ what: string,
  /** When; `None` when it was not proven yet. */ at: string | null };

/** The proxy as the page sets it. */
export type ProxyChoice = {
  /** Which one. */ proxy: ProxyMode,
  /** Its address. */ address: string | null,
  /** Who signs in there. */ user: string | null };

/** Which proxy is used. */
export type ProxyMode = "system" | "none" | "address";

/** A file that left. */
export type Receipt = {
  /** When. */ at: string,
  /** How: as a file, over HTTPS, over SFTP, by a command line, by hand. */ how: string,
  /** Where it lies. */ path: string | null,
  /** SHA-256 of the file, in hexadecimal. */ sha256: string | null };

/** How a renewal ended. */
export type RenewalEnd = "removed" | "kept" | "undone";

/** One renewal. */
export type RenewalPane = {
  /** The connection's id. */ connection: string,
  /** The connection's name. */ name: string,
  /** The tenant's name. */ tenant: string | null,
  /** Whether nothing of it is real. */ rehearsal: boolean,
  /** The step that holds the credential. */ step: string,
  /** Secret or certificate. */ kind: CredentialKind,
  /** Key id of the one that is replaced. */ old: string,
  /** Key id of the new one. */ new: string | null,
  /** The four stages. */ stages: Array<StageLine>,
  /** Whose turn it is; none when it is over. */ next: RenewalStage | null,
  /** What went wrong. */ trouble: Trouble | null,
  /** Whether it was begun. */ begun: boolean,
  /** Whether it can be taken back. */ undoable: boolean,
  /** How the last one ended, and when. */ ended: RenewalEnd | null,
  /** When the last one ended. */ endedAt: string | null,
  /** Whether somebody has to sign in first. */ needsSignIn: boolean,
  /** The step that hands values over, for the other ways of doing it. */ handOverStep: string | null,
  /** What was just taken back, or stays. */ said: Array<string> };

/** The stages of a renewal, in order. */
export type RenewalStage = "add" | "hand-over" | "prove" | "remove";

/** Everything on the screen of renewals. */
export type Renewals = {
  /** The credentials, the first to end first. */ entries: Array<CredentialLine>,
  /** How many are due or have ended. */ due: number,
  /** The time of the real connections. */ now: string,
  /** The pretend tenant's time, while there is a rehearsal. */ pretendNow: string | null,
  /** When a tenant was last looked at. */ seen: string | null };

/** How much a permission allows. */
export type Risk = "low" | "medium" | "high" | "highest";

/** One row of the vendor's document. */
export type Row = {
  /** The vendor's numbering, such as `TC-9`. */ id: string,
  /** What the document says. */ says: Array<TextLine>,
  /** The exact clicks, one a line. */ byHand: Array<TextLine>,
  /** The newer fact, where the document is outdated. */ newer: Array<TextLine>,
  /** What kind of row it is. */ kind: RowKind,
  /** Who does it. */ who: Who,
  /** The very page. */ link: Link | null,
  /** Whether the document says it. */ mark: Mark };

/** What kind of row it is. */
export type RowKind = "read" | "input" | "entra" | "teams" | "exchange" | "product" | "end-user" | "verify";

/** That a file was written; `None` when the admin closed the dialog. */
export type Saved = {
  /** Where. */ path: string | null };

/** One permission, with the steps that need it. */
export type ScopeNeed = {
  /** Name of the permission. */ scope: string,
  /** What it is for. */ reason: string,
  /** Numbers of the steps that need it. */ steps: Array<number> };

/** To whom a file is sealed. */
export type Seal = { "kind": "passphrase" } | { "kind": "recipient",
  /** A JWK or a PEM text. */ key: string } | { "kind": "offer" };

/** What anybody can see of a sealed bundle. Nothing of it is proven. */
export type SealedFile = {
  /** Where it lies. */ path: string,
  /** Its size. */ bytes: number,
  /** The fingerprint of the key that opens it; none where a passphrase does. */ fingerprint: string | null,
  /** The command that opens it, where key or passphrase is. */ command: string };

/** One section of the vendor's document. */
export type Section = {
  /** Name in the guide. */ id: string,
  /** The vendor's own title. */ title: string,
  /** Its steps, in order. */ steps: Array<StepLine> };

/** Who is signed in, and what that allows. */
export type Session = {
  /** Display name. */ account: string,
  /** User principal name. */ userPrincipalName: string,
  /** A guest of this tenant. */ guest: boolean,
  /** Active directory roles by name. */ roles: Array<string>,
  /** Permissions asked for, and whether each was granted. */ scopes: Array<GrantedScope>,
  /** Permissions that were granted without being asked for. */ surplus: Array<string>,
  /** When the session ends. */ expiresAt: string,
  /** Minutes by which Microsoft's clock is ahead of this computer's (negative: behind), where it is more than two. */ clockAhead: number | null };

/** What the admin may change about the app itself. */
export type Settings = {
  /** Language of the interface. */ language: Language,
  /** Colours. */ theme: Theme,
  /** Name of the cloud that new connections use: `global`, `us-government`, `us-dod`, `china` or `custom`. */ cloud: string,
  /** The custom cloud's file, when `cloud` is `custom`. */ cloudFile: string | null,
  /** The admin's own public client; `None` means Microsoft Graph Command Line Tools. */ clientId: string | null,
  /** Where secrets are kept, from the next start on. */ vault: VaultMode,
  /** The screen that was open last. */ lastScreen: string | null,
  /** Whether the system's notifications tell of credentials that end. */ reminders: boolean,
  /** How Microsoft is reached; commands of their own change it. */ network: NetworkSettings,
  /** How large everything is drawn, in percent. */ zoom: number };

/** A folder of a server that takes files over SFTP. */
export type Sftp = {
  /** `sftp://user@host:port/folder`. */ address: string,
  /** What proves the account. */ proof: SftpProof };

/** What proves the account of a server. */
export type SftpProof = "agent" | "key" | "password";

/** The sign of a change. */
export type Sign = "add" | "remove" | "change" | "keep" | "run";

/** The code of a device sign-in, drawn large. It is meant to be seen and is of no use without the admin. */
export type SignInCode = {
  /** The code. */ code: string,
  /** Address of the page, as text. */ address: string,
  /** Host of the page. */ host: string,
  /** Seconds the code lives. */ lives: number,
  /** A QR code of the address only: rows of `0` and `1`. */ qr: Array<string> };

/** What the sign-in would ask for. No code exists yet. */
export type SignInOffer = {
  /** Connection it is for. */ connection: string,
  /** The tenant, when the connection is pinned to one. */ tenant: Tenant | null,
  /** Name of the client as Entra will show it. */ clientName: string,
  /** Client id as Entra will show it. */ clientId: string,
  /** Host of the sign-in page. */ host: string,
  /** What is asked for, with the steps that need each. */ scopes: Array<ScopeNeed>,
  /** Accounts of the pretend tenant, in rehearsal only. */ accounts: Array<PretendAccount>,
  /** This tenant refused a code before. */ browserFirst: boolean };

/** What happens while a sign-in waits. */
export type SignInTick = { "kind": "code" } & SignInCode | { "kind": "waiting",
  /** Seconds until the code ends. */ left: number,
  /** The server asked for longer pauses. */ slowed: boolean } | { "kind": "browser",
  /** Host of the page. */ host: string,
  /** Seconds until listening ends. */ left: number } | { "kind": "blocked" };

/** One stage. */
export type StageLine = {
  /** Which. */ stage: RenewalStage,
  /** How it stands. */ state: StageState,
  /** When it was done. */ at: string | null,
  /** What waits for a yes. */ plan: Plan | null };

/** How a stage stands. */
export type StageState = "open" | "planned" | "waiting" | "failed" | "done" | "not-needed";

/** How a connection stands, in one word. */
export type Standing = "new" | "in-progress" | "pending" | "working" | "changed" | "failed";

/** How a step stands. Each has its own shape, word and colour. */
export type State = "not-yet" | "planned" | "pending" | "proven" | "confirmed" | "changed-since" | "needs-another-admin" | "not-applicable" | "done-elsewhere" | "failed" | "taken";

/** A step, as deep as the admin can look. */
export type Step = {
  /** Name in the guide. */ id: string,
  /** Place in the whole list, from 1. */ number: number,
  /** Place in the vendor's document. */ documented: string,
  /** Title. */ title: string,
  /** Why the step exists, in two lines. */ why: string,
  /** What the app does for it. */ doing: Doing,
  /** How it stands. */ state: State,
  /** One line below the title. */ note: string | null,
  /** What turns it green. */ green: string,
  /** Since when, until when, by whom. */ clock: Clock | null,
  /** Steps that come first and are not done, by title. */ waitsFor: Array<StepName>,
  /** Roles of which one is needed, and whether the account has it. */ roles: Array<NeededRole>,
  /** A text for the admin who has the role. */ handOverText: string | null,
  /** Why the answers make the step unnecessary, in one sentence. */ notNeeded: string | null,
  /** Asks of other steps that decide whether this one is needed, and have no answer. */ undecided: Array<OpenAsk>,
  /** Whose passwords the step is lent when it runs, by account. */ passwords: Array<string>,
  /** What has to be answered first. */ asks: Array<Ask>,
  /** The exact change. */ plan: Plan | null,
  /** The vendor's own rows. */ rows: Array<Row>,
  /** What the vendor's document leaves open. */ unconfirmed: Array<string>,
  /** What went wrong. */ trouble: Trouble | null,
  /** What was seen in the tenant, or what stands in the way. */ evidence: Array<string>,
  /** Objects of somebody else that can be adopted, knowingly. */ taken: Array<TakenObject>,
  /** The part of the screen that only this kind of step has. */ piece: Piece,
  /** What can be done now. */ can: Can,
  /** What this step needs and the policy of this machine switches off. */ off: Feature | null };

/** A step in the list. */
export type StepLine = {
  /** Name in the guide. */ id: string,
  /** Place in the whole list, from 1. */ number: number,
  /** Title. */ title: string,
  /** How it stands. */ state: State,
  /** One line below the title, already in the admin's language. */ note: string | null };

/** A step by name and title. */
export type StepName = {
  /** Name in the guide. */ id: string,
  /** Title. */ title: string };

/** Something that is switched off. */
export type SwitchedOff = {
  /** Its name in the file. */ name: Feature,
  /** What that is, in words. */ what: string };

/** An object of the same name that this connection did not make. */
export type TakenObject = {
  /** Directory object id. */ id: string,
  /** Its name in the tenant. */ name: string,
  /** When it was made, as the tenant tells. */ made: string | null,
  /** Its application (client) id. */ applicationId: string | null };

/** Where a connection comes from that was made out of such a file. */
export type TakenOver = {
  /** The account that asks. */ askedBy: string,
  /** Directory (tenant) ID for which it is. */ tenant: string,
  /** The fingerprint of the sender's key. */ fingerprint: string };

/** The script that makes the Teams policy. */
export type Teams = {
  /** The whole script, as it would run. */ script: string,
  /** It is for the Exchange administrator; else for the Teams administrator. */ forExchange: boolean,
  /** The PowerShell module that it needs. */ moduleName: string,
  /** Name the file gets. */ fileName: string,
  /** Version of PowerShell on this computer, if it has one. */ powershell: string | null,
  /** Version of that module, if it is there. */ module: string | null,
  /** Who would lose another policy. */ overwritten: Array<string>,
  /** What the last result said. */ result: string | null };

/** The tenant that a connection is pinned to. */
export type Tenant = {
  /** Directory (tenant) ID. */ id: string,
  /** Name of the organisation. */ name: string,
  /** Its verified domain. */ domain: string };

/** One host of the test. */
export type TestedHost = {
  /** Its name. */ host: string,
  /** The proxy that the question went by. */ proxy: string | null,
  /** Whether the system named that proxy. */ bySystem: boolean,
  /** Who vouches for its certificate. */ issuer: string | null,
  /** Whether that is a public authority. */ isPublic: boolean,
  /** Why it was not reached, if it was not. */ trouble: Trouble | null };

/** A line of a guide's text, already taken apart: nothing in it is read as markup again. */
export type TextLine = {
  /** Its pieces, in order. */ pieces: Array<TextPiece> };

/** A piece of a line. */
export type TextPiece = { "kind": "plain",
  /** The words. */ text: string } | { "kind": "strong",
  /** The label. */ text: string } | { "kind": "code",
  /** The value. */ text: string } | { "kind": "link",
  /** The words. */ text: string,
  /** Where it leads. */ host: string,
  /** Name for the `open_link` command. */ id: string };

/** Which colours are drawn. */
export type Theme = "system" | "light" | "dark";

/** What happens while a step runs. */
export type Tick = {
  /** Step that runs. */ step: string,
  /** What is being done, in the admin's language. */ what: string,
  /** Done so far, where it can be counted. */ done: number | null,
  /** Of how many. */ total: number | null };

/** What went wrong, for people. */
export type Trouble = {
  /** From a closed list. */ code: string,
  /** What happened. */ what: string,
  /** In which field. */ field: string | null,
  /** Why, if known. */ why: string | null,
  /** What to do now. */ next: string,
  /** The id that Microsoft's support asks for. */ requestId: string | null };

/** A value that the connection holds. A secret has no text, only a place. */
export type Value = {
  /** Name for copying. */ id: string,
  /** The portal's own label. */ label: string,
  /** The step that made it, where several values have this label. */ of: string | null,
  /** The value; never there for a secret. */ text: string | null,
  /** A secret: only the core can copy it. */ secret: boolean,
  /** A date after which the value is of no use. */ expires: string | null };

/** Where secrets are kept. */
export type VaultMode = "keyring" | "passphrase" | "memory";

/** Whether the chain of the diary holds. */
export type Verdict = { "kind": "intact",
  /** How many entries were tried. */ entries: number } | { "kind": "broken",
  /** First entry that does not fit. */ at: number,
  /** Why. */ why: string };

/** Who can do what a row asks for: the least role that suffices. */
export type Who = "anyone" | "app-registrar" | "enterprise-app-admin" | "consent-admin-delegated" | "consent-admin-graph" | "teams-admin" | "exchange-admin" | "entra-admin" | "firewall-admin" | "product-admin" | "end-user";

/** Everything on the screen of certificates. */
export type Workshop = {
  /** What is kept, by name. */ kept: Array<KeptCertificate>,
  /** Where files can be opened. */ destinations: Array<DestinationChoice>,
  /** The keys that can be made. */ keys: Array<KeyChoice>,
  /** Where the keys of this process are really kept. */ vault: VaultMode,
  /** Whether a passphrase can be asked for natively here. */ asks: boolean,
  /** What was just made or imported, by its id. */ fresh: string | null,
  /** What was just exported. */ exported: Exported | null };

/** Everything outside a connection. */
export function home(): Promise<Home> {
  return invoke('home');
}

/** Keeps the settings and returns what they make of the first screen. */
export function setSettings(settings: Settings): Promise<Home> {
  return invoke('set_settings', { settings });
}

/** Asks for the passphrase of the vault in a native dialog; it never comes here. */
export function unlock(): Promise<Home> {
  return invoke('unlock');
}

/** Keeps which screen is open, for the next start. */
export function rememberScreen(screen: string): Promise<null> {
  return invoke('remember_screen', { screen });
}

/** Asks for a cloud file in a native dialog and puts it into force. */
export function pickCloudFile(): Promise<Home> {
  return invoke('pick_cloud_file');
}

/** Starts a connection by a guide, pretend or real. */
export function start(guide: string, rehearsal: boolean): Promise<Checklist> {
  return invoke('start', { guide, rehearsal });
}

/** Opens a connection at its next step. */
export function open(connection: string): Promise<Checklist> {
  return invoke('open', { connection });
}

/** Opens a step; asks the tenant nothing. */
export function look(connection: string, step: string): Promise<Checklist> {
  return invoke('look', { connection, step });
}

/** Forgets a connection on this computer, after a native question. */
export function remove(connection: string): Promise<Home> {
  return invoke('remove', { connection });
}

/** What a sign-in would ask for; no code is made. */
export function signInOffer(connection: string): Promise<SignInOffer> {
  return invoke('sign_in_offer', { connection });
}

/** Makes a code, waits until it was entered, and signs in. */
export function signInWithCode(connection: string, ticks: Ticks<SignInTick>): Promise<Checklist> {
  return invoke('sign_in_with_code', { connection, ticks: channel(ticks) });
}

/** Opens the system's browser and waits for it to come back. */
export function signInWithBrowser(connection: string, ticks: Ticks<SignInTick>): Promise<Checklist> {
  return invoke('sign_in_with_browser', { connection, ticks: channel(ticks) });
}

/** Stops waiting for a sign-in. */
export function stopSignIn(connection: string): Promise<null> {
  return invoke('stop_sign_in', { connection });
}

/** In rehearsal: enters the code as one of the pretend accounts. */
export function approveAs(connection: string, account: string): Promise<null> {
  return invoke('approve_as', { connection, account });
}

/** Forgets the session. */
export function signOut(connection: string): Promise<Checklist> {
  return invoke('sign_out', { connection });
}

/** Looks at the tenant for one step; changes nothing. */
export function check(connection: string, step: string, ticks: Ticks<Tick>): Promise<Checklist> {
  return invoke('check', { connection, step, ticks: channel(ticks) });
}

/** Looks at the tenant for every step; changes nothing. */
export function checkAll(connection: string, step: string | null, ticks: Ticks<Tick>): Promise<Checklist> {
  return invoke('check_all', { connection, step, ticks: channel(ticks) });
}

/** Carries out the plan with this hash, after a native question. */
export function apply(connection: string, step: string, plan: string, ticks: Ticks<Tick>): Promise<Checklist> {
  return invoke('apply', { connection, step, plan, ticks: channel(ticks) });
}

/** Stops what runs; what was sent stays in the journal. */
export function stop(connection: string): Promise<null> {
  return invoke('stop', { connection });
}

/** A person says that a step is done. */
export function confirm(connection: string, step: string, note: string): Promise<Checklist> {
  return invoke('confirm', { connection, step, note });
}

/** Takes back what this connection made, newest first, after a native question that lists it. */
export function undo(connection: string, step: string, ticks: Ticks<Tick>): Promise<Checklist> {
  return invoke('undo', { connection, step, ticks: channel(ticks) });
}

/** Makes an object of its own although the name is taken; the plan is shown first. */
export function makeBeside(connection: string, step: string, ticks: Ticks<Tick>): Promise<Checklist> {
  return invoke('make_beside', { connection, step, ticks: channel(ticks) });
}

/** Takes over what somebody else made, after a native question. */
export function adopt(connection: string, step: string, object: string, ticks: Ticks<Tick>): Promise<Checklist> {
  return invoke('adopt', { connection, step, object, ticks: channel(ticks) });
}

/** Keeps the answers of a step. */
export function answer(connection: string, step: string, answers: Answer[]): Promise<Checklist> {
  return invoke('answer', { connection, step, answers });
}

/** What would fit, while an answer is being typed; nothing is kept. */
export function judge(connection: string, answer: Answer): Promise<Judged> {
  return invoke('judge', { connection, answer });
}

/** The admin did it in the product: the guide's clock begins. */
export function waitForProduct(connection: string, step: string): Promise<Checklist> {
  return invoke('wait_for_product', { connection, step });
}

/** Asks natively for the passwords that a step waits for, and looks at it with them; they never come here. */
export function lend(connection: string, step: string, ticks: Ticks<Tick>): Promise<Checklist> {
  return invoke('lend', { connection, step, ticks: channel(ticks) });
}

/** Answers an ask with a file, chosen in a native dialog. */
export function pickFile(connection: string, step: string, ask: string): Promise<Checklist> {
  return invoke('pick_file', { connection, step, ask });
}

/** Searches the directory. */
export function findPeople(connection: string, words: string): Promise<PeopleFound> {
  return invoke('find_people', { connection, words });
}

/** Finds the people of a pasted list. */
export function readPeople(connection: string, text: string): Promise<PeopleRead> {
  return invoke('read_people', { connection, text });
}

/** Finds the people of a file that is chosen in a native dialog; `None` when the dialog was closed. */
export function pickPeopleFile(connection: string): Promise<PeopleRead | null> {
  return invoke('pick_people_file', { connection });
}

/** Keeps who was chosen, by object id. */
export function choosePeople(connection: string, step: string, people: string[]): Promise<Checklist> {
  return invoke('choose_people', { connection, step, people });
}

/** Saves the Teams script for another admin. */
export function saveScript(connection: string, step: string, undo: boolean): Promise<Saved> {
  return invoke('save_script', { connection, step, undo });
}

/** Reads the file that the other admin sent back. */
export function readScriptResult(connection: string, step: string): Promise<Checklist> {
  return invoke('read_script_result', { connection, step });
}

/** Writes the sealed file, after a native question for its place. */
export function seal(connection: string, step: string, seal: Seal): Promise<Checklist> {
  return invoke('seal', { connection, step, seal });
}

/** Shows the passphrase of the last sealed file in a native dialog, after a native question. */
export function showPassphrase(connection: string): Promise<null> {
  return invoke('show_passphrase', { connection });
}

/** Saves the hand-over sheet: no secret is on it. */
export function saveSheet(connection: string): Promise<Saved> {
  return invoke('save_sheet', { connection });
}

/** Saves the evidence report: no secret is in it. */
export function saveReport(connection: string): Promise<Saved> {
  return invoke('save_report', { connection });
}

/** Opens a page by its name in the system's browser; the address comes from the core, never from here. */
export function openLink(connection: string, link: string): Promise<null> {
  return invoke('open_link', { connection, link });
}

/** The diary of one connection, or of all. */
export function journal(connection: string | null): Promise<Journal> {
  return invoke('journal', { connection });
}

/** Saves the diary. */
export function exportJournal(connection: string | null): Promise<Saved> {
  return invoke('export_journal', { connection });
}

/** What the workshop keeps; needs no network. */
export function workshop(): Promise<Workshop> {
  return invoke('workshop');
}

/** Makes a key with a self-signed certificate; the key stays in the core. */
export function makeCertificate(order: CertificateOrder): Promise<Workshop> {
  return invoke('make_certificate', { order });
}

/** Makes a key with a request for a company's authority. */
export function makeRequest(order: CertificateOrder): Promise<Workshop> {
  return invoke('make_request', { order });
}

/** Reads a file that is chosen in a native dialog; its passphrase is asked for natively. */
export function importCertificate(): Promise<Workshop> {
  return invoke('import_certificate');
}

/** Writes the files of a destination into a folder that is chosen in a native dialog. */
export function exportCertificate(certificate: string, destination: string, chosen: boolean): Promise<Workshop> {
  return invoke('export_certificate', { certificate, destination, chosen });
}

/** Writes the request into a folder that is chosen in a native dialog. */
export function saveRequest(certificate: string): Promise<Workshop> {
  return invoke('save_request', { certificate });
}

/** Deletes a key with its public part, after a native question. */
export function forgetCertificate(certificate: string): Promise<Workshop> {
  return invoke('forget_certificate', { certificate });
}

/** Compares a certificate with the customKeyIdentifier that Graph shows. */
export function compareThumbprint(certificate: string, text: string): Promise<Compared> {
  return invoke('compare_thumbprint', { certificate, text });
}

/** Every secret and certificate; needs no network. */
export function renewals(): Promise<Renewals> {
  return invoke('renewals');
}

/** Saves the ends and alarms for a calendar. */
export function saveCalendar(): Promise<Saved> {
  return invoke('save_calendar');
}

/** In rehearsal: lets the pretend tenant's time pass. */
export function passTime(days: number): Promise<Renewals> {
  return invoke('pass_time', { days });
}

/** Opens a renewal as it stands; asks the tenant nothing. */
export function renewal(connection: string, step: string): Promise<RenewalPane> {
  return invoke('renewal', { connection, step });
}

/** Looks at the stage whose turn it is; changes nothing. */
export function renewLook(connection: string, step: string, ticks: Ticks<Tick>): Promise<RenewalPane> {
  return invoke('renew_look', { connection, step, ticks: channel(ticks) });
}

/** Carries out the stage with this plan, after a native question. */
export function renewApply(connection: string, step: string, plan: string, ticks: Ticks<Tick>): Promise<RenewalPane> {
  return invoke('renew_apply', { connection, step, plan, ticks: channel(ticks) });
}

/** Seals the new values with a passphrase that Footbridge makes, after a native question for the place. */
export function renewHandOver(connection: string, step: string): Promise<RenewalPane> {
  return invoke('renew_hand_over', { connection, step });
}

/** Ends a proven renewal and leaves the old one until it runs out. */
export function renewKeepOld(connection: string, step: string): Promise<RenewalPane> {
  return invoke('renew_keep_old', { connection, step });
}

/** Takes a renewal back, after a native question. */
export function renewUndo(connection: string, step: string, ticks: Ticks<Tick>): Promise<RenewalPane> {
  return invoke('renew_undo', { connection, step, ticks: channel(ticks) });
}

/** Puts a value on the clipboard by its name; a secret after a native question, and it is taken away again after 45 s. */
export function copyValue(connection: string, value: string): Promise<Copied> {
  return invoke('copy_value', { connection, value });
}

/** Puts a thumbprint on the clipboard by the name of its spelling. */
export function copyThumbprint(certificate: string, spelling: string): Promise<Copied> {
  return invoke('copy_thumbprint', { certificate, spelling });
}

/** Takes the product's offer, a pasted text or the https address that shows it, after its fingerprint was compared in a native dialog. */
export function takeOffer(connection: string, step: string, offer: string): Promise<Checklist> {
  return invoke('take_offer', { connection, step, offer });
}

/** Takes the product's offer out of a file that is chosen in a native dialog. */
export function pickOffer(connection: string, step: string): Promise<Checklist> {
  return invoke('pick_offer', { connection, step });
}

/** Pushes the sealed values to the address in the offer, after a native question that shows what goes where. */
export function push(connection: string, step: string): Promise<Checklist> {
  return invoke('push', { connection, step });
}

/** Puts the sealed values into a server's folder, after its host key was compared and a native question. */
export function sendBySftp(connection: string, step: string, to: Sftp): Promise<Checklist> {
  return invoke('send_by_sftp', { connection, step, to });
}

/** Says for whom a connection is; an empty name takes it back. */
export function setCustomer(connection: string, customer: string): Promise<Checklist> {
  return invoke('set_customer', { connection, customer });
}

/** Sets the proxy to Microsoft, for the next request on. */
export function setProxy(choice: ProxyChoice): Promise<Home> {
  return invoke('set_proxy', { choice });
}

/** Asks natively for the password of the proxy's user; it never comes here. */
export function lendProxyPassword(): Promise<Home> {
  return invoke('lend_proxy_password');
}

/** Asks natively for the certificate file of a further authority. */
export function pickCaFile(): Promise<Home> {
  return invoke('pick_ca_file');
}

/** Trusts the system's authorities only. */
export function forgetCaFile(): Promise<Home> {
  return invoke('forget_ca_file');
}

/** Asks both hosts of the cloud by the set way, without a token. */
export function testNetwork(): Promise<NetworkTest> {
  return invoke('test_network');
}

/** What the app was opened with from the file manager, once; nothing of it is used or opened yet. */
export function openedFile(): Promise<OpenedFile | null> {
  return invoke('opened_file');
}

/** Opens the sheet or report that was saved last in the system's browser, to be read and printed there. */
export function openPaper(): Promise<null> {
  return invoke('open_paper');
}

/** Opens a guide's file or folder, chosen in a native dialog, and shows it; it is not in use yet. */
export function openOwnGuide(folder: boolean): Promise<OwnGuide | null> {
  return invoke('open_own_guide', { folder });
}

/** Lets the guide that was opened be used, after a native question. */
export function takeOwnGuide(): Promise<Home> {
  return invoke('take_own_guide');
}

/** Trusts the key of the guide that was opened, after its fingerprint was typed natively. */
export function pinGuideKey(): Promise<OwnGuide | null> {
  return invoke('pin_guide_key');
}

/** Takes a guide out of use, after a native question. */
export function forgetOwnGuide(guide: string): Promise<Home> {
  return invoke('forget_own_guide', { guide });
}

/** Writes a step into a file for another admin, at a place chosen in a native dialog. */
export function passOn(connection: string, step: string): Promise<PassedOn> {
  return invoke('pass_on', { connection, step });
}

/** Opens a step that another admin passed on, chosen in a native dialog. */
export function takeOver(): Promise<Checklist | null> {
  return invoke('take_over');
}

/** Points a step at an application that was made by hand, and looks at every step. */
export function pointAt(connection: string, step: string, application: string, ticks: Ticks<Tick>): Promise<Checklist> {
  return invoke('point_at', { connection, step, application, ticks: channel(ticks) });
}

/** Brings an application back that a step removed, after a native question. */
export function bringBack(connection: string, step: string, ticks: Ticks<Tick>): Promise<Checklist> {
  return invoke('bring_back', { connection, step, ticks: channel(ticks) });
}

/** Saves the page for the end users, in both languages. */
export function savePage(connection: string, step: string): Promise<Saved> {
  return invoke('save_page', { connection, step });
}

/** The support report as it would be saved; nothing secret and nobody's name is in it. */
export function supportReport(): Promise<string> {
  return invoke('support_report');
}

/** Saves the support report that was shown last, at a place that is chosen natively. */
export function saveSupportReport(): Promise<Saved> {
  return invoke('save_support_report');
}
