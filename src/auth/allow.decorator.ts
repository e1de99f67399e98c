import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiForbiddenResponse, ApiUnauthorizedResponse } from '@nestjs/swagger';
import type { Permission } from './permissions.js';

/** Who may call a route. A control-plane route that says nothing is refused to everybody. */
export type Access =
  | { readonly kind: 'open' }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'permitted'; readonly permission: Permission };

/** Where the guard finds the Access of a handler or its class. */
export const ACCESS = 'gemini-proxy:access';

/** The name of the bearer scheme in the OpenAPI document. */
export const BEARER_SCHEME = 'session';

type RouteDecorator = MethodDecorator & ClassDecorator;

/** The route needs a session whose role holds the permission; documented with its 401 and 403. */
export function Allow(permission: Permission): RouteDecorator {
  return applyDecorators(
    access({ kind: 'permitted', permission }),
    ApiBearerAuth(BEARER_SCHEME),
    ApiUnauthorizedResponse({ description: 'No token, or one that is not valid (any more).' }),
    ApiForbiddenResponse({ description: `The role lacks the permission \`${permission}\`.` }),
  );
}

/** The route needs a session, of whatever role. */
export function Authenticated(): RouteDecorator {
  return applyDecorators(
    access({ kind: 'authenticated' }),
    ApiBearerAuth(BEARER_SCHEME),
    ApiUnauthorizedResponse({ description: 'No token, or one that is not valid (any more).' }),
  );
}

/** The route needs no token. */
export function Open(): RouteDecorator {
  return access({ kind: 'open' });
}

function access(value: Access): RouteDecorator {
  return SetMetadata<string, Access>(ACCESS, value);
}
