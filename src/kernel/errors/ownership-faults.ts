import { type FaultRow, row } from './fault-row.js';

/** Errors about what a project or a client owns; part of the fault table. */
export const OWNERSHIP_FAULTS = {
  resource_not_found: row(
    404,
    'NOT_FOUND',
    'caller',
    'What the call refers to does not exist, or is not yours. Use names that this proxy gave to the same client.',
  ),
  owners_conflict: row(
    400,
    'INVALID_ARGUMENT',
    'caller',
    'The call refers to things that live in different Google projects, and no project can see both. Use them in separate calls.',
  ),
  references_too_many: row(
    400,
    'INVALID_ARGUMENT',
    'caller',
    'The call refers to more files and other resources than any call may. Split it.',
  ),
  scope_missing: row(
    403,
    'PERMISSION_DENIED',
    'caller',
    'This belongs to the whole Google project, which several clients share here. Ask the operator of this proxy for a token with the scope `project:admin`.',
  ),
  ownership_unavailable: row(
    503,
    'UNAVAILABLE',
    'proxy',
    'The database of this proxy, which knows whose files and other resources these are, does not answer at the moment. Try again after the stated delay.',
  ),
  page_token_invalid: row(
    400,
    'INVALID_ARGUMENT',
    'caller',
    'The page token has expired, or belongs to another list. Begin the list again without it; the other parameters must not change from page to page.',
  ),
} satisfies Record<string, FaultRow>;
