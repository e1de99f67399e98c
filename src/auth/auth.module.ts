import { Global, Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { AdminAccounts } from './admin-accounts.js';
import { AdminSessions } from './admin-sessions.js';
import { CallerGuard } from './caller.guard.js';
import { LoginService } from './login.service.js';
import { OwnTokens } from './own-tokens.js';
import { SharedSecretTokens } from './shared-secret-tokens.js';
import { SigningRing } from './signing-ring.js';
import { TokenIssuer } from './token-issuer.js';
import { TokenSignature } from './token-signature.js';
import { TokenVerifier } from './token-verifier.js';

/** Login, sessions, tokens and the guard of both planes. */
@Global()
@Module({
  imports: [JwtModule.register({})],
  providers: [
    AdminAccounts,
    AdminSessions,
    CallerGuard,
    LoginService,
    OwnTokens,
    SharedSecretTokens,
    SigningRing,
    TokenIssuer,
    TokenSignature,
    TokenVerifier,
  ],
  exports: [AdminSessions, CallerGuard, LoginService, TokenIssuer, TokenVerifier],
})
export class AuthModule {}
