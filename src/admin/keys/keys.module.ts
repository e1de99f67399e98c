import { Module } from '@nestjs/common';
import { AuditModule } from '../../audit/audit.module.js';
import { BalancerModule } from '../../balancer/balancer.module.js';
import { ConfiguredKeys } from './configured-keys.js';
import { KeyActionsController } from './key-actions.controller.js';
import { KeyViews } from './key-views.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';

/** The Gemini keys over HTTP. */
@Module({
  imports: [AuditModule, BalancerModule],
  controllers: [KeysController, KeyActionsController],
  providers: [ConfiguredKeys, KeyViews, KeysService],
})
export class KeysModule {}
