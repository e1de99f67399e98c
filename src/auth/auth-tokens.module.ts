import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { SigningRing } from './signing-ring.js';
import { TokenIssuer } from './token-issuer.js';

/** Makes tokens; all that a command needs of auth. */
@Module({
  imports: [JwtModule.register({})],
  providers: [SigningRing, TokenIssuer],
  exports: [JwtModule, SigningRing, TokenIssuer],
})
export class AuthTokensModule {}
