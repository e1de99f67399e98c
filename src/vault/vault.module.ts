import { Global, Module } from '@nestjs/common';
import { ConfigStore } from '../config/config.store.js';
import { MasterKey, MasterKeyError } from './master-key.js';
import { Vault } from './vault.js';

/** One vault, over the master key that the process was started with. */
@Global()
@Module({
  providers: [
    {
      provide: Vault,
      inject: [ConfigStore],
      useFactory: (config: ConfigStore) => new Vault(masterKeyOf(config)),
    },
  ],
  exports: [Vault],
})
export class VaultModule {}

/** A missing one is made, or refused, before the modules start; here it would be a mistake of this program. */
function masterKeyOf(config: ConfigStore): MasterKey {
  const secret = config.current.security.master_key;
  if (!secret) throw new MasterKeyError('MASTER_KEY (security.master_key) is not set. Set it to 32 random bytes.');
  return MasterKey.parse(secret);
}
