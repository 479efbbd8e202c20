// Which of Microsoft's services stands behind a permission of Graph, and where each thing stands on the map.
import type { AskedPermission, Risk } from '../ipc.gen';

export type Workload = 'directory' | 'teams' | 'mail' | 'files' | 'graph';

// By the word before the first dot, as Microsoft's own reference groups them.
const SERVICES: [Workload, RegExp][] = [
  ['teams', /^(OnlineMeeting|Team|Channel|Chat|Call|Presence|VirtualEvent|VirtualAppointment)/],
  ['mail', /^(Mail|Calendar|Contacts|Place|SMTP|IMAP|POP|EWS|OrgContact)/],
  ['files', /^(Sites|Files|FileStorage)/],
  ['directory', /^(User|Group|Directory|Organization|Application|AppRole|Domain|Role|Member|People|Profile|Device|Policy|DelegatedPermission|AuditLog|Bookings)/],
];

export function serviceOf(permission: string): Workload {
  if (['openid', 'profile', 'email', 'offline_access'].includes(permission)) return 'directory';
  return SERVICES.find(([, names]) => names.test(permission))?.[0] ?? 'graph';
}

const POWER: Risk[] = ['highest', 'high', 'medium', 'low'];
const ORDER: Workload[] = ['directory', 'teams', 'mail', 'files', 'graph'];

export interface Placed { permission: AskedPermission; service: Workload; lines: string[]; y: number; height: number }
export interface Group { service: Workload; y: number; height: number }
export interface Drawn { permissions: Placed[]; services: Group[]; height: number }

/** A name in lines that fit, broken after dots as the portal breaks it. */
export function broken(name: string, most: number): string[] {
  const lines: string[] = [];
  for (const part of name.split(/(?<=[.\s-])/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length <= most) lines[lines.length - 1] = last + part;
    else lines.push(part);
  }
  return lines.flatMap((line) => line.match(new RegExp(`.{1,${most}}`, 'g')) ?? []);
}

const LINE = 18;
const GAP = 12;

/** The permissions from top to bottom, those of one service beside each other, the most powerful first. */
export function drawn(permissions: AskedPermission[], most: number): Drawn {
  const sorted = permissions
    .map((permission) => ({ permission, service: serviceOf(permission.name) }))
    .sort((one, other) => ORDER.indexOf(one.service) - ORDER.indexOf(other.service) || POWER.indexOf(one.permission.risk) - POWER.indexOf(other.permission.risk));
  const placed: Placed[] = [];
  let y = 0;
  for (const one of sorted) {
    const lines = broken(one.permission.name, most);
    const height = 34 + LINE * lines.length;
    placed.push({ ...one, lines, y, height });
    y += height + GAP;
  }
  const services = ORDER.filter((service) => placed.some((one) => one.service === service)).map((service) => {
    const own = placed.filter((one) => one.service === service);
    const first = own[0];
    const last = own.at(-1);
    return { service, y: first?.y ?? 0, height: (last ? last.y + last.height : 0) - (first?.y ?? 0) };
  });
  return { permissions: placed, services, height: Math.max(0, y - GAP) };
}
