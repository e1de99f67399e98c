import { describe, expect, it } from '@jest/globals';
import { isPermitted, PERMISSIONS, type Permission } from '../../src/auth/permissions.js';
import { type Role, ROLES } from '../../src/kernel/principal.js';

const ADMIN_ONLY = ['config:write', 'sessions:write', 'security:write'];
const OPERATOR_WRITES = ['keys:write', 'weights:write', 'clients:write'];

const HELD: Readonly<Record<Role, (permission: Permission) => boolean>> = {
  admin: () => true,
  operator: (permission) => !ADMIN_ONLY.includes(permission),
  auditor: (permission) => ['audit:read', 'security:read', 'usage:read', 'metrics:read'].includes(permission),
  viewer: (permission) => permission.endsWith(':read') && !['audit:read', 'sessions:read'].includes(permission),
  client: () => false,
};

describe('the roles', () => {
  const cases = ROLES.flatMap((role) =>
    PERMISSIONS.map((permission) => ({ role, permission, held: HELD[role](permission) })),
  );

  it.each(cases)('$role holds $permission: $held', ({ role, permission, held }) => {
    expect(isPermitted(role, permission)).toBe(held);
  });

  it('splits every write permission between admin alone and operator', () => {
    const writes = PERMISSIONS.filter((permission) => permission.endsWith(':write'));

    expect([...writes].sort()).toEqual([...ADMIN_ONLY, ...OPERATOR_WRITES].sort());
  });
});
