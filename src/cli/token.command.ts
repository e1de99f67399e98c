import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { parseArgs } from 'node:util';
import { AuthTokensModule } from '../auth/auth-tokens.module.js';
import { TokenIssuer } from '../auth/token-issuer.js';
import { ClockModule } from '../clock.module.js';
import { ConfigModule } from '../config/config.module.js';
import { ConfigStore } from '../config/config.store.js';
import type { ProxyConfig } from '../config/schema.js';
import { parseDurationMs } from '../kernel/units.js';
import { PersistenceModule } from '../persistence/persistence.module.js';
import { VaultModule } from '../vault/vault.module.js';
import { commandConfig } from './command-config.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { complain, say } from './output.js';

@Module({})
class TokenCommandModule {}

/** `gemini-proxy token`: prints a client token; works beside a running proxy and without one. */
export async function tokenCommand(args: readonly string[]): Promise<ExitCode> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string' },
      client: { type: 'string' },
      ttl: { type: 'string' },
      scope: { type: 'string', multiple: true, default: [] },
    },
  });
  const config = commandConfig(values.config);
  const ttlMs = values.ttl === undefined ? config.auth.client_token_ttl : parseDurationMs(values.ttl);
  if (values.client === undefined || ttlMs === undefined) {
    complain('Name the client with --client NAME; --ttl takes a duration such as 30d or 12h.');
    return EXIT.configuration;
  }
  const { token, expiresAt } = await withIssuer(config, (issuer) =>
    issuer.issueClientToken({ client: values.client ?? '', ttlMs, scopes: values.scope }),
  );
  say(token);
  complain(`Valid until ${expiresAt.toISOString()}.`);
  return EXIT.ok;
}

async function withIssuer<T>(config: ProxyConfig, use: (issuer: TokenIssuer) => Promise<T>): Promise<T> {
  const context = await NestFactory.createApplicationContext(
    {
      module: TokenCommandModule,
      imports: [
        ClockModule,
        ConfigModule.forRoot(new ConfigStore(config)),
        VaultModule,
        PersistenceModule.forCommand(),
        AuthTokensModule,
      ],
    },
    { logger: ['error'], abortOnError: false },
  );
  try {
    return await use(context.get(TokenIssuer, { strict: false }));
  } finally {
    await context.close();
  }
}
