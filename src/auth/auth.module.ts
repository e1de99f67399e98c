import { Global, Module } from '@nestjs/common';
import { AdminAccounts } from './admin-accounts.js';
import { AdminSessions } from './admin-sessions.js';
import { AuthTokensModule } from './auth-tokens.module.js';
import { CallerGuard } from './caller.guard.js';
import { EphemeralTokens } from './ephemeral/ephemeral-tokens.js';
import { TokenMint } from './ephemeral/token-mint.js';
import { TokenRemoval } from './ephemeral/token-removal.js';
import { LoginService } from './login.service.js';
import { OwnTokens } from './own-tokens.js';
import { SharedSecretTokens } from './shared-secret-tokens.js';
import { TokenSignature } from './token-signature.js';
import { TokenVerifier } from './token-verifier.js';

/** Login, sessions, tokens and the guard of both planes. */
@Global()
@Module({
  imports: [AuthTokensModule],
  providers: [
    AdminAccounts,
    AdminSessions,
    CallerGuard,
    EphemeralTokens,
    LoginService,
    OwnTokens,
    SharedSecretTokens,
    TokenMint,
    TokenRemoval,
    TokenSignature,
    TokenVerifier,
  ],
  exports: [AdminSessions, CallerGuard, AuthTokensModule, EphemeralTokens, LoginService, TokenMint, TokenVerifier],
})
export class AuthModule {}
