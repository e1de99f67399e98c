import type { Role } from '../kernel/principal.js';

/** What a route of the control plane may ask for; `<resource>:<read|write>`. */
export const PERMISSIONS = [
  'config:read',
  'config:write',
  'weights:read',
  'weights:write',
  'keys:read',
  'keys:write',
  'clients:read',
  'clients:write',
  'sessions:read',
  'sessions:write',
  'audit:read',
  'security:read',
  'security:write',
  'usage:read',
  'metrics:read',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const READS = PERMISSIONS.filter((permission) => permission.endsWith(':read'));

/** The matrix of docs/security.md: what each role may do on the control plane. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  admin: new Set(PERMISSIONS),
  operator: new Set([...READS, 'keys:write', 'weights:write', 'clients:write']),
  auditor: new Set(['audit:read', 'security:read', 'usage:read', 'metrics:read']),
  viewer: new Set(READS.filter((permission) => permission !== 'audit:read' && permission !== 'sessions:read')),
  client: new Set(),
};

/** Whether the role holds the permission. */
export function isPermitted(role: Role, permission: Permission): boolean {
  return ROLE_PERMISSIONS[role].has(permission);
}
